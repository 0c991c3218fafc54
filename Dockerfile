# The gateway, its command line and its adapters on Debian 12, for those who have Docker (with BuildKit). scripts/image makes a
# smaller image without it. What is installed is said elsewhere: to build, in scripts/packages.sh; to run, by the package.
#
#   docker build --tag dragoman .
#   docker run --read-only --volume ./etc:/etc/dragoman:ro --volume dragoman:/var/lib/dragoman \
#       --tmpfs /run/dragoman:uid=10001,mode=0700 --publish 8443:8443 dragoman
FROM debian:12-slim AS build
COPY . /source
RUN /source/scripts/package --output /out

FROM debian:12-slim
RUN groupadd --system --gid 10001 dragoman \
    && useradd --system --uid 10001 --gid dragoman --no-create-home --home-dir /var/lib/dragoman \
        --shell /usr/sbin/nologin dragoman \
    && install --directory --owner=dragoman --group=root --mode=0770 /var/lib/dragoman /run/dragoman
RUN --mount=from=build,source=/out,target=/out apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends /out/dragoman_*.deb \
    && rm -rf /var/lib/apt/lists/*
USER 10001:10001
VOLUME ["/var/lib/dragoman", "/run/dragoman"]
EXPOSE 8443
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/dragomand"]
CMD ["run", "--config", "/etc/dragoman"]
