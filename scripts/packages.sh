# Bash functions shared by scripts/demo, scripts/test and scripts/bench: which Debian packages each kind of work needs,
# and installing those that are missing. Sourced, never run; it assumes nothing but bash, coreutils, dpkg and apt, since a
# minimal Debian 12 has no git, curl, ca-certificates, compiler, python3, openssl or node.

# What building the programs needs.
PACKAGES_BUILD=(cmake ninja-build gcc libc6-dev pkg-config libh2o-evloop-dev libssl-dev libyajl-dev libyaml-dev
    libsqlite3-dev libpq-dev libcurl4-openssl-dev libseccomp-dev libjwt-dev libkrb5-dev libldap-dev libp11-kit-dev)
# What making a Debian package of them needs, and what an image needs beyond that.
PACKAGES_PACKAGE=(debhelper)
PACKAGES_IMAGE=(python3 umoci)
# What looks at both in tests.
PACKAGES_IMAGE_TEST=(binutils lintian man-db mandoc systemd zsh fish mmdebstrap)
# What the demo needs beyond that: a service in another language, and a proxy that asks the gateway.
PACKAGES_DEMO=(python3 python3-jwt python3-cryptography curl ca-certificates nginx)
# What the tests need beyond that.
PACKAGES_TEST=(libcmocka-dev libjansson-dev mold clang clang-format libclang-rt-14-dev nghttp2-client curl
    ca-certificates python3 python3-jwt python3-cryptography sqlite3 openssl tar procps nginx nodejs chromium)
# What the tests start for themselves, each time another one.
PACKAGES_UNSTARTED=(haproxy prometheus softhsm2)
# A realm and a service of the tests' own: MIT's KDC with its LDAP back end, Apache that takes its tickets, and a clock for them.
PACKAGES_KERBEROS=(krb5-kdc krb5-admin-server krb5-kdc-ldap krb5-user slapd ldap-utils apache2 libapache2-mod-auth-gssapi
    gssproxy faketime valgrind libsasl2-modules-gssapi-mit)

# PostgreSQL that survives the loss of a server, and a pooler before it.
PACKAGES_AVAILABILITY=(patroni etcd-server pgbouncer)

package_is_installed() {
    [ "$(dpkg-query --show --showformat '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# install_packages NAME...: installs those that are missing, as root or through sudo; prints one line when it has
# something to do, and the package manager's own words only when it fails.
install_packages() {
    local missing=() name as_root=() log
    for name in "$@"; do
        package_is_installed "$name" || missing+=("$name")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "These Debian packages are missing and this user is neither root nor able to use sudo:" >&2
            echo "    ${missing[*]}" >&2
            echo "Install them as root (apt-get install ${missing[*]}), then run this again." >&2
            return 1
        fi
        as_root=(sudo)
    fi
    echo "installing ${#missing[@]} packages: ${missing[*]}"
    log=$(mktemp)
    if ! { [ -n "${PACKAGES_UPDATED:-}" ] || "${as_root[@]}" apt-get -q update; } >"$log" 2>&1 ||
        ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
            -o Dpkg::Use-Pty=0 install "${missing[@]}" >>"$log" 2>&1 </dev/null; then
        echo "apt could not install them:" >&2
        tail -n 25 "$log" >&2
        rm -f "$log"
        return 1
    fi
    PACKAGES_UPDATED=yes
    rm -f "$log"
}

# update_package_lists: what apt knows of the archive, made new. Fails where that was done in this run already.
update_package_lists() {
    local as_root=()
    [ -z "${PACKAGES_UPDATED:-}" ] || return 1
    [ "$(id -u)" -ne 0 ] && as_root=(sudo)
    PACKAGES_UPDATED=yes
    "${as_root[@]}" apt-get -q update >/dev/null
}

# A PostgreSQL server for the tests to start private ones with. Debian's package makes and starts a cluster of the
# system's when it is installed; that is nobody's here, so it is told not to.
install_postgresql() {
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && return 0
    local as_root=()
    install_packages postgresql-common || return 1
    [ "$(id -u)" -ne 0 ] && as_root=(sudo)
    "${as_root[@]}" sed -i 's/^#\?create_main_cluster.*/create_main_cluster = false/' \
        /etc/postgresql-common/createcluster.conf || return 1
    install_packages postgresql
}

# Debian's packages start what they install, with a cluster, a realm or a directory of the system's; these are nobody's here.
# A machine that has said already what may be started (as containers do) is left as it is.
install_unstarted() {
    local policy=/usr/sbin/policy-rc.d as_root=() status=0 name missing=
    for name in "$@"; do
        package_is_installed "$name" || missing=yes
    done
    [ -z "$missing" ] && return 0
    [ "$(id -u)" -ne 0 ] && as_root=(sudo)
    if [ -e "$policy" ]; then
        policy=
    else
        printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null && "${as_root[@]}" chmod 755 "$policy" || return 1
    fi
    install_packages "$@" || status=1
    [ -n "$policy" ] && "${as_root[@]}" rm -f "$policy"
    return "$status"
}

# What stands around PostgreSQL in production, for the tests to start private ones of.
install_availability() {
    install_unstarted "${PACKAGES_AVAILABILITY[@]}"
}

# The KDC's schema for slapd is among the documents, which small images leave out unless they are told.
install_kerberos() {
    local schema=/usr/share/doc/krb5-kdc-ldap/kerberos.schema.gz as_root=()
    install_unstarted "${PACKAGES_KERBEROS[@]}" || return 1
    [ -e "$schema" ] && return 0
    [ "$(id -u)" -ne 0 ] && as_root=(sudo)
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 \
        -o Dpkg::Options::=--path-include=/usr/share/doc/krb5-kdc-ldap/* install --reinstall krb5-kdc-ldap >/dev/null </dev/null
}

# npm comes with some Node distributions and is a package of its own in Debian's.
install_npm() {
    command -v npm >/dev/null || install_packages nodejs npm
}

# What packages and images are called, and the time that stands in them: that of the last commit, or where there is no
# git (a container that builds) of the changelog.
project_version() {
    sed -n 's/^project(dragoman VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt
}

source_date() {
    echo "${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat --format=%Y CHANGELOG.md)}"
}

# go_is_at_least VERSION: whether a go on PATH is that new.
go_is_at_least() {
    local have
    have=$(go env GOVERSION 2>/dev/null) || return 1
    [ "$(printf '%s\n%s\n' "go$1" "$have" | sort --version-sort | head -n 1)" = "go$1" ]
}

# install_go VERSION: a go that new, on PATH from here on. Debian's is older; with it the tools of that version are fetched,
# which are a Go module like any other (golang.org/toolchain), but for the right to be executed, which modules do not carry.
install_go() {
    local module folder
    go_is_at_least "$1" && return 0
    install_packages golang-go ca-certificates || return 1
    module=golang.org/toolchain@v0.0.1-go$1.linux-$(go env GOARCH)
    folder=$(GOFLAGS=-modcacherw go mod download -json "$module" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
    if [ -z "$folder" ]; then
        echo "go could not fetch $module" >&2
        return 1
    fi
    chmod -R u+x "$folder/bin" "$folder/pkg/tool" || return 1
    export PATH=$folder/bin:$PATH GOTOOLCHAIN=local
    go_is_at_least "$1"
}
