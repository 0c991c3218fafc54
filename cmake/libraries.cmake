# Every foreign library, once. Which room may link which one is decided in gateway/CMakeLists.txt.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(OPENSSL REQUIRED IMPORTED_TARGET "openssl>=3.0")
pkg_check_modules(H2O REQUIRED IMPORTED_TARGET libh2o-evloop)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(PQ REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(JWT REQUIRED IMPORTED_TARGET libjwt)
pkg_check_modules(YAJL REQUIRED IMPORTED_TARGET yajl)
pkg_check_modules(KRB5 REQUIRED IMPORTED_TARGET krb5-gssapi krb5)
# Its file says -isystem, which CMake takes for a folder the first time and, from its cache, for a flag ever after: at the
# second configuration everything of it would be built anew.
string(REGEX REPLACE "-isystem;|-I" "" DRAGOMAN_KRB5_FOLDERS "${KRB5_CFLAGS}")
set_target_properties(PkgConfig::KRB5 PROPERTIES INTERFACE_COMPILE_OPTIONS "" INTERFACE_INCLUDE_DIRECTORIES "${DRAGOMAN_KRB5_FOLDERS}")
pkg_check_modules(LDAP REQUIRED IMPORTED_TARGET ldap lber)
pkg_check_modules(P11 REQUIRED p11-kit-1) # headers alone: modules are loaded while it runs
# libh2o's pkg-config file does not say which event loop it was built with; without this its headers choose libuv
# and every struct has another layout.
target_compile_definitions(PkgConfig::H2O INTERFACE H2O_USE_EPOLL=1)
