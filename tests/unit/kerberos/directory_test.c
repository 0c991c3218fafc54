/* With a real directory, slapd, that has people under the names of tests/kit/kdc.py. */
#include "directory_stage.h"

#include <stdio.h>
#include <stdlib.h>

#include "private_realm.h"

#define OPEN   "ou=open,dc=mit,dc=example"
#define CLOSED "ou=closed,dc=mit,dc=example"

static const char *url_of(struct arena *arena, const char *scheme, const char *host)
{
    unsigned secure = 0, plain = 0;
    FILE *file = fopen(realm_path(arena, "directory.ports"), "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%u %u", &secure, &plain), 2);
    fclose(file);
    return arena_print(arena, "%s://%s:%u", scheme, host, scheme[4] == 's' ? secure : plain).base;
}

/* Over TLS, as nobody; what a test wants otherwise it changes. */
static struct directory_options usual(struct arena *arena)
{
    realm_begin(NULL);
    return (struct directory_options){.url = url_of(arena, "ldaps", "127.0.0.1"),
                                      .base = OPEN,
                                      .keytab = realm_path(arena, "gw.keytab"),
                                      .authorities = realm_path(arena, "directory.ca")};
}

static void assert_end(const struct directory_options *options, const char *name, enum adapter_outcome expected,
                       const char *words)
{
    struct directory_stage stage;
    directory_stage_begin(&stage, options);
    directory_stage_assert_end(&stage, name, expected, words);
    directory_stage_end(&stage);
}

static void assert_found(const struct directory_options *options, const char *name, const char *account)
{
    struct directory_stage stage;
    directory_stage_begin(&stage, options);
    assert_string_equal(directory_stage_find(&stage, name), account);
    directory_stage_end(&stage);
}

/* --- answers --- */

static void finds_the_account_of_exactly_one_entry_by_the_directorys_own_comparison(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct directory_options options = usual(arena);
    assert_found(&options, "Alice.Smith@mit.example", "alice");
    assert_found(&options, "ALICE.smith@MIT.example", "alice");
    options.base = "dc=mit,dc=example"; /* the whole tree below it */
    assert_found(&options, "alice.smith@mit.example", "alice");
}

static void
refuses_none_several_and_an_entry_without_exactly_one_account_and_says_none_of_it_to_callers(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct directory_options options = usual(arena);
    assert_end(&options, "nobody@mit.example", ADAPTER_REFUSED, "no entry");
    assert_end(&options, "twin@mit.example", ADAPTER_REFUSED, "several entries");
    assert_end(&options, "triplet@mit.example", ADAPTER_REFUSED, "several entries");
    assert_end(&options, "none@mit.example", ADAPTER_REFUSED, "without an account");
    assert_end(&options, "several@mit.example", ADAPTER_REFUSED, "several accounts");
}

static void takes_a_name_for_a_name_and_never_for_a_filter(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct directory_options options = usual(arena);
    static const char *const names[] = {"*",
                                        "*@mit.example",
                                        "Alice*",
                                        "alice.smith@mit.example)(objectClass=*",
                                        "x)(|(userPrincipalName=Alice.Smith@mit.example)",
                                        "\\41lice.Smith@mit.example"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_end(&options, names[i], ADAPTER_REFUSED, "no entry");
}

static void says_that_a_base_which_is_not_there_or_not_to_be_read_is_the_settings_mistake(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct directory_options options = usual(arena);
    options.base = "ou=nowhere,dc=mit,dc=example";
    assert_end(&options, "alice.smith@mit.example", ADAPTER_MISCONFIGURED, "No such object");
    options.base = "dc=elsewhere";
    assert_end(&options, "alice.smith@mit.example", ADAPTER_MISCONFIGURED, "the search");
    options.base = "no name of anything";
    assert_end(&options, "alice.smith@mit.example", ADAPTER_MISCONFIGURED, "DN syntax");
    options.base = CLOSED;
    assert_end(&options, "bob.jones@mit.example", ADAPTER_MISCONFIGURED, "No such object");
}

static void checks_the_base_alone(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct directory_options options = usual(arena);
    struct directory_stage stage;
    directory_stage_begin(&stage, &options);
    assert_int_equal(directory_check(&stage.call.call, stage.directory), ADAPTER_DONE);
    directory_stage_end(&stage);
    options.base = "ou=nowhere,dc=mit,dc=example";
    directory_stage_begin(&stage, &options);
    assert_int_equal(directory_check(&stage.call.call, stage.directory), ADAPTER_MISCONFIGURED);
    directory_stage_end(&stage);
}

/* --- the gateway's own login --- */

static void logs_in_as_the_gateway_by_kerberos_with_and_without_tls(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct directory_options options = usual(arena);
    options.base = CLOSED;
    options.bind = "gssapi";
    assert_found(&options, "bob.jones@mit.example", "bob");
    options.url = url_of(arena, "ldap", "localhost"); /* for the service it is 127.0.0.1 */
    assert_found(&options, "bob.jones@mit.example", "bob");
    options.bind = NULL;
    assert_end(&options, "bob.jones@mit.example", ADAPTER_MISCONFIGURED, "No such object");
}

/* The first of all: a login that went well is kept as long as the process lives. */
static void says_what_is_wrong_where_it_cannot_log_in(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct directory_options options = usual(arena);
    options.bind = "gssapi";
    options.principal = "nobody/gateway.mit.example";
    options.url = url_of(arena, "ldap", "127.0.0.1");
    assert_end(&options, "alice.smith@mit.example", ADAPTER_MISCONFIGURED, "the gateway's login");
}

/* --- TLS --- */

static void refuses_a_directory_that_others_vouch_for_or_that_is_somewhere_else(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct directory_options options = usual(arena);
    options.authorities = realm_path(arena, "other.ca");
    assert_end(&options, "alice.smith@mit.example", ADAPTER_UNAVAILABLE, "TLS");
    options.authorities = NULL; /* the system's know nothing of it, either */
    assert_end(&options, "alice.smith@mit.example", ADAPTER_UNAVAILABLE, "TLS");
    options.authorities = realm_path(arena, "directory.ca");
    options.url = url_of(arena, "ldaps", "127.0.0.2"); /* where it is, and not as its certificate says */
    assert_end(&options, "alice.smith@mit.example", ADAPTER_UNAVAILABLE, "TLS");
    options.url = url_of(arena, "ldaps", "localhost");
    assert_found(&options, "alice.smith@mit.example", "alice");
}

static void does_not_open_without_certificates(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct directory_options options = usual(arena);
    struct directory_stage stage;
    directory_stage_begin(&stage, &options);
    struct directory *none;
    static const char *const files[] = {"krb5.conf", "gw.keytab", "directory.key"};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        FILE *file = fopen(realm_path(arena, files[i]), "r");
        assert_non_null(file);
        assert_int_equal(directory_open(&stage.call.call, &stage.realm, stage.delegation, fileno(file), &none),
                         ADAPTER_MISCONFIGURED);
        assert_true(text_has(stage.call.call.said, "no certificates"));
        fclose(file);
    }
    directory_stage_end(&stage);
}

/* --- what is kept --- */

static enum adapter_outcome ask(struct directory_stage *stage, const char *documents, bool is_fresh)
{
    struct text account = TEXT_NONE;
    const struct directory_question question = {
        .documents = text_of(documents), .name = TEXT("Alice.Smith@mit.example"), .is_fresh = is_fresh};
    enum adapter_outcome outcome = directory_find(&stage->call.call, stage->directory, &question, &account);
    assert_true(outcome != ADAPTER_DONE || text_is(account, "alice"));
    return outcome;
}

/* From then on nothing can be asked: there is no time for it. */
static void end_all_time(struct directory_stage *stage)
{
    stage->call.call.deadline_us = 1;
}

static void keeps_what_it_found_for_the_same_documents_and_for_who_does_not_ask_afresh(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct directory_options options = usual(arena);
    struct directory_stage stage;
    options.evidence_s = 60;
    directory_stage_begin(&stage, &options);
    assert_int_equal(ask(&stage, "one", false), ADAPTER_DONE);
    end_all_time(&stage);
    assert_int_equal(ask(&stage, "one", false), ADAPTER_DONE);
    assert_int_equal(ask(&stage, "two", false), ADAPTER_UNAVAILABLE);
    assert_int_equal(ask(&stage, "one", true), ADAPTER_UNAVAILABLE);
    directory_stage_end(&stage);
}

static void keeps_nothing_where_the_settings_say_so(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct directory_options options = usual(arena);
    struct directory_stage stage;
    directory_stage_begin(&stage, &options);
    assert_int_equal(ask(&stage, "one", false), ADAPTER_DONE);
    end_all_time(&stage);
    assert_int_equal(ask(&stage, "one", false), ADAPTER_UNAVAILABLE);
    directory_stage_end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_is_wrong_where_it_cannot_log_in),
        cmocka_unit_test(finds_the_account_of_exactly_one_entry_by_the_directorys_own_comparison),
        cmocka_unit_test(
            refuses_none_several_and_an_entry_without_exactly_one_account_and_says_none_of_it_to_callers),
        cmocka_unit_test(takes_a_name_for_a_name_and_never_for_a_filter),
        cmocka_unit_test(says_that_a_base_which_is_not_there_or_not_to_be_read_is_the_settings_mistake),
        cmocka_unit_test(checks_the_base_alone),
        cmocka_unit_test(logs_in_as_the_gateway_by_kerberos_with_and_without_tls),
        cmocka_unit_test(refuses_a_directory_that_others_vouch_for_or_that_is_somewhere_else),
        cmocka_unit_test(does_not_open_without_certificates),
        cmocka_unit_test(keeps_what_it_found_for_the_same_documents_and_for_who_does_not_ask_afresh),
        cmocka_unit_test(keeps_nothing_where_the_settings_say_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
