/* libldap reads the authorities from a path, and this program can open none of the operator's: they go through
 * a pipe (pipe_file.h) and are read once, into the context that
 * all connections share. */
#include "directory_library.h"

#include <errno.h>
#include <ldap.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "pipe_file.h"

enum { AUTHORITIES_MAX = 1024 * 1024 };

/* Debian's and the others'. */
static const char *const system_authorities[] = {"/etc/ssl/certs/ca-certificates.crt",
                                                 "/etc/pki/tls/certs/ca-bundle.crt"};

/* All of it, or TEXT_NONE. */
static struct text read_whole(struct arena *arena, int file)
{
    char *bytes = arena_allocate(arena, AUTHORITIES_MAX);
    size_t length = 0;
    ssize_t got;
    do {
        got = pread(file, bytes + length, AUTHORITIES_MAX - length, (off_t)length);
        if (got > 0)
            length += (size_t)got;
    } while (got > 0 || (got < 0 && errno == EINTR));
    return got == 0 && length < AUTHORITIES_MAX ? (struct text){bytes, length} : TEXT_NONE;
}

/* libldap would take a file without any for one that trusts nobody, and say so to nobody. */
static bool has_certificate(struct text pem)
{
    BIO *bytes = BIO_new_mem_buf(pem.base, (int)pem.length);
    X509 *certificate = bytes != NULL ? PEM_read_bio_X509(bytes, NULL, NULL, NULL) : NULL;
    bool is_there = certificate != NULL;
    X509_free(certificate);
    BIO_free(bytes);
    ERR_clear_error();
    return is_there;
}

static bool set(int option, const void *value)
{
    return ldap_set_option(NULL, option, value) == LDAP_OPT_SUCCESS;
}

/* The context is made, and the file read, by the last of these. */
static bool trust(const char *path)
{
    const int demanded = LDAP_OPT_X_TLS_DEMAND, is_server = 0, lowest = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2;
    char *package = NULL;
    ldap_get_option(NULL, LDAP_OPT_X_TLS_PACKAGE, &package);
    /* Of GnuTLS the lowest version is a matter of its priorities. */
    bool is_gnutls = package != NULL && strcmp(package, "GnuTLS") == 0;
    ldap_memfree(package);
    return set(LDAP_OPT_X_TLS_REQUIRE_CERT, &demanded) && set(LDAP_OPT_X_TLS_PROTOCOL_MIN, &lowest) &&
           (!is_gnutls || set(LDAP_OPT_X_TLS_CIPHER_SUITE, "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2")) &&
           set(LDAP_OPT_X_TLS_CACERTFILE, path) && set(LDAP_OPT_X_TLS_NEWCTX, &is_server);
}

static bool trust_file(int file)
{
    char path[PIPE_FILE_PATH_SIZE];
    SCOPED_ARENA arena = arena_create();
    struct text pem = read_whole(arena, file);
    int descriptor = pem.base != NULL && has_certificate(pem) ? pipe_file_open(pem, path) : -1;
    if (descriptor < 0)
        return false;
    bool is_trusted = trust(path);
    close(descriptor);
    return is_trusted;
}

static bool trust_system(void)
{
    size_t i = 0;
    while (i < sizeof(system_authorities) / sizeof(system_authorities[0]) &&
           access(system_authorities[i], R_OK) != 0)
        i++;
    return i < sizeof(system_authorities) / sizeof(system_authorities[0]) && trust(system_authorities[i]);
}

bool directory_library_begin(int authorities, const char **mistake)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    *mistake = "libldap cannot be used";
    /* A directory that closes early must not end us. */
    if (setenv("LDAPNOINIT", "1", 1) != 0 || sigaction(SIGPIPE, &ignore, NULL) != 0)
        return false;
    *mistake = authorities >= 0 ? "the file ca has no certificates in PEM, or cannot be read, or is too large"
                                : "the system has no authorities to trust: name a file ca";
    return authorities >= 0 ? trust_file(authorities) : trust_system();
}
