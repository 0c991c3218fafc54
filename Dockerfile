# The gateway and its command line on Debian 12, without a shell user, a compiler or the sandbox program.
#
#   docker build --tag dragoman .
#   docker run --read-only --volume ./etc:/etc/dragoman:ro --volume dragoman:/var/lib/dragoman \
#       --tmpfs /run/dragoman:uid=10001,mode=0700 --publish 8443:8443 dragoman
FROM debian:12-slim AS build
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
        cmake ninja-build gcc libc6-dev pkg-config libh2o-evloop-dev libssl-dev libyajl-dev libyaml-dev \
        libsqlite3-dev libpq-dev libcurl4-openssl-dev libseccomp-dev libjwt-dev libkrb5-dev libldap-dev
COPY . /source
RUN cmake -S /source -B /build -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DDRAGOMAN_TESTS=OFF \
    && ninja -C /build dragomand dragoman \
    && install -D --strip --target-directory=/out/usr/bin /build/gateway/dragomand /build/cli/dragoman \
    && install -D --mode=0644 /source/LICENSE /out/usr/share/doc/dragoman/LICENSE \
    && ldd /out/usr/bin/dragomand /out/usr/bin/dragoman

FROM debian:12-slim
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
        ca-certificates libh2o-evloop0.13 libssl3 libyajl2 libyaml-0-2 libsqlite3-0 libpq5 libcurl4 libseccomp2 libjwt0 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 dragoman \
    && useradd --system --uid 10001 --gid dragoman --no-create-home --home-dir /var/lib/dragoman \
        --shell /usr/sbin/nologin dragoman \
    && install --directory --owner=dragoman --group=dragoman --mode=0700 /var/lib/dragoman /run/dragoman
COPY --from=build /out/ /
USER 10001:10001
VOLUME /var/lib/dragoman
EXPOSE 8443
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/dragomand"]
CMD ["run", "--config", "/etc/dragoman"]
