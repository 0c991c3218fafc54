/* The krb5.conf that libkrb5 itself reads: what it says, that nothing can be slipped in, and that it is read
 * once for all contexts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <krb5/krb5.h>
#include <netinet/in.h>
#include <profile.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "realm_profile.h"

static int listen_on(in_addr_t host)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(host)};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(listener >= 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listener, 5), 0);
    return listener;
}

static unsigned port_of(int listener)
{
    struct sockaddr_in address;
    socklen_t size = sizeof(address);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    return ntohs(address.sin_port);
}

static struct realm_profile_options options_of(int listener)
{
    return (struct realm_profile_options){.realm = TEXT("CORP.EXAMPLE"), .listener = listener};
}

static struct realm_profile *open_good(int listener)
{
    const struct realm_profile_options options = options_of(listener);
    struct realm_profile *profile;
    const char *mistake;
    if (!realm_profile_open(&options, &profile, &mistake))
        fail_msg("%s", mistake);
    return profile;
}

/* What a context that is made now finds. */
static void assert_says(const char *section, const char *name, const char *member, const char *value)
{
    const char *const names[] = {section, name, member, NULL};
    krb5_context context;
    profile_t read;
    char **values = NULL;
    assert_int_equal(krb5_init_context(&context), 0);
    assert_int_equal(krb5_get_profile(context, &read), 0);
    if (profile_get_values(read, names, &values) != 0)
        fail_msg("%s %s is not there", section, name);
    assert_string_equal(values[0], value);
    assert_null(values[1]);
    profile_free_list(values);
    profile_release(read);
    krb5_free_context(context);
}

#define AES                                                                                                    \
    "aes256-cts-hmac-sha384-192 aes128-cts-hmac-sha256-128 aes256-cts-hmac-sha1-96 aes128-cts-hmac-sha1-96"

static void libkrb5_reads_what_was_made_for_it(void **state)
{
    static const char *const rows[][2] = {
        {"default_realm", "CORP.EXAMPLE"},
        {"dns_lookup_realm", "false"},
        {"dns_lookup_kdc", "false"},
        {"dns_uri_lookup", "false"},
        {"dns_canonicalize_hostname", "false"},
        {"rdns", "false"},
        {"forwardable", "true"},
        {"proxiable", "false"},
        {"ticket_lifetime", "1h"},
        {"udp_preference_limit", "1"},
        {"allow_weak_crypto", "false"},
        {"permitted_enctypes", AES},
        {"default_tkt_enctypes", AES},
        {"default_tgs_enctypes", AES},
        {"default_ccache_name", "MEMORY:none"},
        {"default_keytab_name", "MEMORY:none"},
        {"default_client_keytab_name", "MEMORY:none"},
    };
    int listener = listen_on(INADDR_LOOPBACK);
    char kdc[32];
    (void)state;
    struct realm_profile *profile = open_good(listener);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_says("libdefaults", rows[i][0], NULL, rows[i][1]);
    snprintf(kdc, sizeof(kdc), "127.0.0.1:%u", port_of(listener));
    assert_says("realms", "CORP.EXAMPLE", "kdc", kdc);
    assert_says("domain_realm", ".corp.example", NULL, "CORP.EXAMPLE");
    assert_says("domain_realm", "corp.example", NULL, "CORP.EXAMPLE");
    realm_profile_close(profile);
    close(listener);
}

static void only_aes_is_let(void **state)
{
    static const krb5_enctype wanted[] = {ENCTYPE_AES256_CTS_HMAC_SHA384_192,
                                          ENCTYPE_AES128_CTS_HMAC_SHA256_128, ENCTYPE_AES256_CTS_HMAC_SHA1_96,
                                          ENCTYPE_AES128_CTS_HMAC_SHA1_96, 0};
    int listener = listen_on(INADDR_LOOPBACK);
    krb5_context context;
    krb5_enctype *types;
    (void)state;
    struct realm_profile *profile = open_good(listener);
    assert_int_equal(krb5_init_context(&context), 0);
    assert_int_equal(krb5_get_permitted_enctypes(context, &types), 0);
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        assert_int_equal(types[i], wanted[i]);
    krb5_free_enctypes(context, types);
    krb5_free_context(context);
    realm_profile_close(profile);
    close(listener);
}

static void *use_contexts(void *context)
{
    unsigned *found = context;
    for (int i = 0; i < 25; i++) {
        krb5_context mine;
        char *realm = NULL;
        if (krb5_init_context(&mine) != 0)
            continue;
        if (krb5_get_default_realm(mine, &realm) == 0)
            *found += strcmp(realm, "CORP.EXAMPLE") == 0;
        krb5_free_default_realm(mine, realm);
        krb5_free_context(mine);
    }
    return NULL;
}

/* libkrb5 looks whether a file has changed, at most once in a second. */
static void all_contexts_of_all_threads_share_it_also_later(void **state)
{
    const struct timespec later = {.tv_sec = 1, .tv_nsec = 100000000};
    int listener = listen_on(INADDR_LOOPBACK);
    const char *mistake;
    pthread_t threads[4];
    unsigned found[4] = {0};
    (void)state;
    struct realm_profile *profile = open_good(listener);
    nanosleep(&later, NULL);
    assert_true(realm_profile_check(profile, &mistake));
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use_contexts, &found[i]), 0);
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(found[i], 25);
    }
    realm_profile_close(profile);
    close(listener);
}

/* As when the one context has gone: the pipe is empty. And as when somebody else's file is read instead. */
static void it_is_noticed_that_the_configuration_is_not_there_any_more(void **state)
{
    char other[] = "/tmp/realm_profile_XXXXXX";
    int listener = listen_on(INADDR_LOOPBACK), file = mkstemp(other);
    const char *mistake = NULL, *ours = NULL;
    (void)state;
    struct realm_profile *profile = open_good(listener);
    char *path = strdup(getenv("KRB5_CONFIG"));
    assert_true(realm_profile_check(profile, &mistake));
    assert_null(mistake);

    int spent[2];
    char spent_path[40];
    assert_int_equal(pipe(spent), 0);
    close(spent[1]);
    snprintf(spent_path, sizeof(spent_path), "/proc/self/fd/%d", spent[0]);
    setenv("KRB5_CONFIG", spent_path, 1);
    assert_false(realm_profile_check(profile, &mistake));
    assert_string_equal(mistake, "libkrb5 does not have the configuration made for it any more");

    ours = "[libdefaults]\n default_realm = CORP.EXAMPLE\n[realms]\n CORP.EXAMPLE = {\n  kdc = "
           "kdc.evil.example\n }\n";
    assert_int_equal(write(file, ours, strlen(ours)), strlen(ours));
    setenv("KRB5_CONFIG", other, 1);
    assert_false(realm_profile_check(profile, &mistake));

    setenv("KRB5_CONFIG", path, 1);
    assert_true(realm_profile_check(profile, &mistake));
    free(path);
    close(spent[0]);
    close(file);
    unlink(other);
    realm_profile_close(profile);
    close(listener);
}

static void the_environment_has_no_say(void **state)
{
    static const char *const names[] = {"KRB5CCNAME",    "KRB5_KTNAME",    "KRB5_CLIENT_KTNAME", "KRB5_TRACE",
                                        "GSS_USE_PROXY", "KRB5RCACHENAME", "GSS_MECH_CONFIG",    "HOSTALIASES"};
    int listener = listen_on(INADDR_LOOPBACK);
    krb5_context context;
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        setenv(names[i], "/nowhere/at/all", 1);
    setenv("KRB5_CONFIG", "/nowhere/at/all", 1);
    struct realm_profile *profile = open_good(listener);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_null(getenv(names[i]));
    assert_int_equal(krb5_init_context(&context), 0);
    assert_string_equal(krb5_cc_default_name(context), "MEMORY:none");
    krb5_free_context(context);
    realm_profile_close(profile);
    close(listener);
}

static bool is_written(struct text realm)
{
    SCOPED_BUFFER out = {0};
    const struct realm_profile_options options = {.realm = realm};
    return realm_profile_write(&options, 88, &out);
}

static void names_that_might_be_more_than_names_are_refused(void **state)
{
    static const struct text realms[] = {
        TEXT(""),          TEXT("corp.example"), TEXT("CORP EXAMPLE"), TEXT("CORP\n[realms]"), TEXT("C = {"),
        TEXT("CORP}"),     TEXT("CORP#"),        TEXT("CORP;"),        TEXT("\"CORP\""),       TEXT("CORP\0X"),
        TEXT(".CORP"),     TEXT("-CORP"),        TEXT("CORP/X"),       TEXT("CORP@X"),         TEXT("C\\nX"),
        TEXT("C\xc3\x9f"), TEXT("CORP*"),        TEXT("CORP\t")};
    char long_name[254];
    (void)state;
    assert_true(is_written(TEXT("CORP-1.EXAMPLE")));
    for (size_t i = 0; i < sizeof(realms) / sizeof(realms[0]); i++)
        assert_false(is_written(realms[i]));
    memset(long_name, 'A', sizeof(long_name));
    assert_false(is_written((struct text){long_name, sizeof(long_name)}));
}

static void what_cannot_be_opened_is_said(void **state)
{
    struct realm_profile *profile;
    const char *mistake;
    int open_to_all = listen_on(INADDR_ANY);
    struct realm_profile_options options = options_of(open_to_all);
    (void)state;
    assert_false(realm_profile_open(&options, &profile, &mistake));
    assert_string_equal(mistake, "the relay's listener is not on 127.0.0.1");
    assert_null(profile);
    close(open_to_all);
    options.listener = -1;
    assert_false(realm_profile_open(&options, &profile, &mistake));
    options.listener = listen_on(INADDR_LOOPBACK);
    options.realm = TEXT("corp");
    assert_false(realm_profile_open(&options, &profile, &mistake));
    assert_string_equal(mistake,
                        "the realm has other characters than capital letters, digits, dots and dashes");
    close(options.listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(libkrb5_reads_what_was_made_for_it),
        cmocka_unit_test(only_aes_is_let),
        cmocka_unit_test(all_contexts_of_all_threads_share_it_also_later),
        cmocka_unit_test(it_is_noticed_that_the_configuration_is_not_there_any_more),
        cmocka_unit_test(the_environment_has_no_say),
        cmocka_unit_test(names_that_might_be_more_than_names_are_refused),
        cmocka_unit_test(what_cannot_be_opened_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
