/* The lines of krb5.conf that matter, and how libkrb5 comes to read these and no others. */
#include "realm_profile.h"

#include <arpa/inet.h>
#include <krb5/krb5.h>
#include <netinet/in.h>
#include <profile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pipe_file.h"

enum { NAME_MAX_LENGTH = 253, KDC_SIZE = 32 };

struct realm_profile {
    int descriptor; /* libkrb5 looks at it again now and then, whether it has changed */
    krb5_context context;
    char kdc[KDC_SIZE];
    char realm[NAME_MAX_LENGTH + 1];
};

/* No DNS: who may answer for a name is settled. TCP alone, as tickets of Active Directory do not fit into
 * datagrams, and as the relay is TCP. Forwardable, or every S4U2Proxy fails. A lifetime below the KDC's maximum
 * and no renewable one, or tickets come back renewable and outlive what was asked for. AES alone. Where nothing
 * is said, nothing is found: credential caches and keytabs are named by whoever uses them, and the usual places
 * are other people's. */
static const char settled[] =
    "[libdefaults]\n"
    " dns_lookup_realm = false\n"
    " dns_lookup_kdc = false\n"
    " dns_uri_lookup = false\n"
    " dns_canonicalize_hostname = false\n"
    " rdns = false\n"
    " forwardable = true\n"
    " proxiable = false\n"
    " ticket_lifetime = 1h\n"
    " udp_preference_limit = 1\n"
    " allow_weak_crypto = false\n"
    " permitted_enctypes = " /* of keys, and of what is asked for where nothing else says so */
    "aes256-cts-hmac-sha384-192 aes128-cts-hmac-sha256-128 aes256-cts-hmac-sha1-96 aes128-cts-hmac-sha1-96\n"
    " default_tkt_enctypes = "
    "aes256-cts-hmac-sha384-192 aes128-cts-hmac-sha256-128 aes256-cts-hmac-sha1-96 aes128-cts-hmac-sha1-96\n"
    " default_tgs_enctypes = "
    "aes256-cts-hmac-sha384-192 aes128-cts-hmac-sha256-128 aes256-cts-hmac-sha1-96 aes128-cts-hmac-sha1-96\n"
    " default_ccache_name = MEMORY:none\n"
    " default_keytab_name = MEMORY:none\n"
    " default_client_keytab_name = MEMORY:none\n";

static bool is_in(char byte, char first, char last)
{
    return byte >= first && byte <= last;
}

/* Nothing that is more than a name in this format: no space, bracket, brace, quote, comment or line end. */
static bool is_name(struct text name)
{
    for (size_t i = 0; i < name.length; i++) {
        char byte = name.base[i];
        if (!is_in(byte, 'A', 'Z') && !is_in(byte, '0', '9') && byte != '.' && byte != '-')
            return false;
    }
    return name.length != 0 && name.length <= NAME_MAX_LENGTH && name.base[0] != '.' && name.base[0] != '-';
}

static void write_domain(struct text realm, struct buffer *out)
{
    for (size_t i = 0; i < realm.length; i++) {
        char byte = realm.base[i];
        buffer_append_byte(out, is_in(byte, 'A', 'Z') ? (char)(byte - 'A' + 'a') : byte);
    }
    buffer_print(out, " = %.*s\n", TEXT_ARGUMENTS(realm));
}

bool realm_profile_write(const struct realm_profile_options *options, uint16_t port, struct buffer *out)
{
    struct text realm = options->realm;
    if (!is_name(realm))
        return false;
    buffer_append(out, text_of(settled));
    buffer_print(out, " default_realm = %.*s\n[realms]\n %.*s = {\n  kdc = 127.0.0.1:%u\n }\n[domain_realm]\n",
                 TEXT_ARGUMENTS(realm), TEXT_ARGUMENTS(realm), (unsigned)port);
    buffer_append(out, TEXT(" "));
    write_domain(realm, out);
    buffer_append(out, TEXT(" ."));
    write_domain(realm, out);
    return true;
}

/* Where the relay listens; nothing but loopback will do. */
static bool read_port(int listener, uint16_t *port)
{
    struct sockaddr_in address = {0};
    socklen_t size = sizeof(address);
    if (getsockname(listener, (struct sockaddr *)&address, &size) != 0 || address.sin_family != AF_INET ||
        address.sin_addr.s_addr != htonl(INADDR_LOOPBACK))
        return false;
    *port = ntohs(address.sin_port);
    return *port != 0;
}

/* What libkrb5, GSSAPI and the resolver read besides: other files, traces with names in them, a proxy that
 * would be asked instead. */
static void clear_environment(void)
{
    static const char *const heard[] = {
        "KRB5CCNAME",      "KRB5_KTNAME",       "KRB5_CLIENT_KTNAME", "KRB5_TRACE",      "KRB5RCACHENAME",
        "KRB5RCACHETYPE",  "KRB5RCACHEDIR",     "KRB5_KDC_PROFILE",   "GSS_MECH_CONFIG", "GSS_USE_PROXY",
        "GSSPROXY_SOCKET", "GSSPROXY_BEHAVIOR", "HOSTALIASES",        "LOCALDOMAIN",     "RES_OPTIONS",
    };
    for (size_t i = 0; i < sizeof(heard) / sizeof(heard[0]); i++)
        unsetenv(heard[i]);
}

static bool find_kdc(const struct realm_profile *profile, krb5_context context)
{
    const char *const names[] = {"realms", profile->realm, "kdc", NULL};
    profile_t read = NULL;
    char **kdcs = NULL;
    if (krb5_get_profile(context, &read) != 0)
        return false;
    bool is_found = profile_get_values(read, names, &kdcs) == 0 && kdcs[0] != NULL && kdcs[1] == NULL &&
                    strcmp(kdcs[0], profile->kdc) == 0;
    if (kdcs != NULL)
        profile_free_list(kdcs);
    profile_release(read);
    return is_found;
}

bool realm_profile_check(const struct realm_profile *profile, const char **mistake)
{
    krb5_context context = NULL;
    char *realm = NULL;
    *mistake = "libkrb5 cannot be started with the configuration made for it";
    if (krb5_init_context(&context) != 0)
        return false;
    bool is_there = krb5_get_default_realm(context, &realm) == 0 && strcmp(realm, profile->realm) == 0 &&
                    find_kdc(profile, context);
    krb5_free_default_realm(context, realm);
    krb5_free_context(context);
    *mistake = is_there ? NULL : "libkrb5 does not have the configuration made for it any more";
    return is_there;
}

/* The second context, in the check, has to find what this first one has read. */
static bool start(struct realm_profile *profile, struct text written, const char **mistake)
{
    char path[PIPE_FILE_PATH_SIZE];
    *mistake = "no pipe can be had that holds the configuration of libkrb5";
    profile->descriptor = pipe_file_open(written, path);
    if (profile->descriptor < 0)
        return false;
    clear_environment();
    *mistake = "libkrb5 cannot read the configuration made for it";
    if (setenv("KRB5_CONFIG", path, 1) != 0 || krb5_init_context(&profile->context) != 0)
        return false;
    return realm_profile_check(profile, mistake);
}

bool realm_profile_open(const struct realm_profile_options *options, struct realm_profile **profile,
                        const char **mistake)
{
    SCOPED_BUFFER written = {0};
    uint16_t port;
    *profile = NULL;
    *mistake = "the relay's listener is not on 127.0.0.1";
    if (!read_port(options->listener, &port))
        return false;
    *mistake = "the realm has other characters than capital letters, digits, dots and dashes";
    if (!realm_profile_write(options, port, &written))
        return false;
    struct realm_profile *opened = calloc(1, sizeof(*opened));
    INVARIANT(opened != NULL);
    snprintf(opened->kdc, sizeof(opened->kdc), "127.0.0.1:%u", (unsigned)port);
    snprintf(opened->realm, sizeof(opened->realm), "%.*s", TEXT_ARGUMENTS(options->realm));
    if (start(opened, buffer_text(&written), mistake)) {
        *profile = opened;
        return true;
    }
    realm_profile_close(opened);
    return false;
}

void realm_profile_close(struct realm_profile *profile)
{
    if (profile == NULL)
        return;
    if (profile->context != NULL)
        krb5_free_context(profile->context);
    if (profile->descriptor >= 0)
        close(profile->descriptor);
    free(profile);
}
