/* Every mistake in a realm's settings has its pointer, and what is not said has its default. */
#include "call_stage.h"

#include <stdio.h>
#include <string.h>

#define NAMES                                                                                                  \
    "'realm':'CORP.EXAMPLE','kdcs':['127.0.0.1:1088','dc2.corp.example'],'principal':'gw/"                     \
    "gateway.corp.example'"
#define SUBJECTS        ",'subjects':[{'issuer':'https://idp.example','name':'sub'}]"
#define SERVICES        ",'services':[{'service':'HTTP/app.corp.example'}]"
#define REST            SUBJECTS SERVICES
#define WHOLE           NAMES REST
#define KDC(kdc)        "{'realm':'R','kdcs':[" kdc "],'principal':'gw/g'" REST "}"
#define PROXIED(more)   "{'realm':'R','gssproxy':true,'principal':'gw/g'" REST more "}"
#define SERVED(service) "{" NAMES SUBJECTS ",'services':[" service "]}"

static void assert_mistake(const char *document, const char *path, const char *words)
{
    struct call_stage stage;
    struct realm_settings realm;
    call_stage_begin(&stage);
    struct adapter_mistakes *mistakes = adapter_mistakes_begin(&stage.call);
    realm_settings_read(mistakes, call_stage_json(&stage, document), stage.arena, &realm);
    call_stage_assert_mistake(&stage, mistakes, document, path, words);
    realm_settings_close(&realm);
    call_stage_end(&stage);
}

static const struct {
    const char *document, *path, *words;
} cases[] = {
    {"{" WHOLE "}", NULL, NULL},
    {"{" WHOLE ",'extra':1}", "/extra", "no such setting"},
    {"{" WHOLE ",'kdc':1}", "/kdc", "did you mean \"kdcs\"?"},
    /* names */
    {"{'kdcs':['a'],'principal':'gw/g'" REST "}", "/realm", "missing"},
    {"{'realm':'A@B','kdcs':['a'],'principal':'gw/g'" REST "}", "/realm", "name of a realm"},
    {"{'realm':'corp.example','kdcs':['a'],'principal':'gw/g'" REST "}", "/realm", "capital letters"},
    {"{'realm':'R','kdcs':['a']" REST "}", "/principal", "missing"},
    {"{'realm':'R','kdcs':['a'],'principal':'gw/g@R'" REST "}", "/principal", "without its realm"},
    {"{'realm':'R','kdcs':['a'],'principal':'gw/'" REST "}", "/principal", "without its realm"},
    {"{'realm':'R','kdcs':['a'],'principal':'a/b/c'" REST "}", "/principal", "without its realm"},
    {"{'realm':'R','kdcs':['a'],'principal':'GW$'" REST "}", NULL, NULL},
    /* KDCs */
    {"{'realm':'R','principal':'gw/g'" REST "}", "/kdcs", "not looked up"},
    {"{'realm':'R','kdcs':[],'principal':'gw/g'" REST "}", "/kdcs", "1 to 8 elements"},
    {KDC("'a','a','a','a','a','a','a','a','a'"), "/kdcs", "1 to 8 elements"},
    {KDC("'a',7"), "/kdcs/1", "printable text"},
    {KDC("'a:0'"), "/kdcs/0", "expected a host"},
    {KDC("'a:65536'"), "/kdcs/0", "expected a host"},
    {KDC("'a:'"), "/kdcs/0", "expected a host"},
    {KDC("'a:1:2'"), "/kdcs/0", "expected a host"},
    {KDC("'a b'"), "/kdcs/0", "expected a host"},
    {KDC("'[::1'"), "/kdcs/0", "expected a host"},
    {KDC("'[::1]x'"), "/kdcs/0", "expected a host"},
    {KDC("'a\\u007d'"), "/kdcs/0", "expected a host"}, /* would end the realm in a profile */
    {KDC("'[::1]:88','[2001:db8::1]','10.0.0.1'"), NULL, NULL},
    /* gssproxy */
    {PROXIED(""), NULL, NULL},
    {PROXIED(",'kdcs':['a']"), "/kdcs", "leave this out"},
    {"{" WHOLE ",'gssproxy':'yes'}", "/gssproxy", "true or false"},
    {"{" WHOLE ",'gssproxy':false}", NULL, NULL},
    {PROXIED(",'directory':{'url':'ldaps://a','base':'d','bind':'anonymous'}"), NULL, NULL},
    {PROXIED(",'directory':{'url':'ldaps://a','base':'d'}"), "/directory/bind", "expected anonymous"},
    {"{'realm':'R','gssproxy':true,'principal':'gw/g'" SUBJECTS
     ",'services':[{'service':'HTTP/a'},{'service':'HTTP/b','outputs':['spnego','ccache']}]}",
     "/services/1/outputs", "spnego alone"},
    /* how long */
    {"{" WHOLE ",'exchangeTimeout':99}", "/exchangeTimeout", "100 to 10000"},
    {"{" WHOLE ",'exchangeTimeout':10001}", "/exchangeTimeout", "100 to 10000"},
    {"{" WHOLE ",'cache':{'evidence':601}}", "/cache/evidence", "0 to 600"},
    {"{" WHOLE ",'cache':{'ticket':601}}", "/cache/ticket", "0 to 600"},
    {"{" WHOLE ",'cache':{'entries':0}}", "/cache/entries", "1 to 65536"},
    {"{" WHOLE ",'cache':{'rows':1}}", "/cache/rows", "no such setting"},
    /* services */
    {"{" NAMES SUBJECTS "}", "/services", "missing"},
    {"{" NAMES SUBJECTS ",'services':{}}", "/services", "1 to 256"},
    {SERVED("'HTTP/a'"), "/services/0", "an object"},
    {SERVED("{}"), "/services/0/service", "missing"},
    {SERVED("{'service':'HTTP'}"), "/services/0/service", "HTTP/app"},
    {SERVED("{'service':'HTTP/a@R'}"), "/services/0/service", "HTTP/app"},
    {SERVED("{'service':'HTTP/a/b'}"), "/services/0/service", "HTTP/app"},
    {SERVED("{'service':'HTTP/a:x'}"), "/services/0/service", "HTTP/app"},
    {SERVED("{'service':'MSSQLSvc/db.corp.example:1433'}"), NULL, NULL},
    {SERVED("{'service':'krbtgt/CORP.EXAMPLE'}"), "/services/0/service", "belongs to the KDC"},
    {SERVED("{'service':'KADMIN/changepw'}"), "/services/0/service", "belongs to the KDC"},
    {SERVED("{'service':'HTTP/a'},{'service':'HTTP/a'}"), "/services/1/service", "twice"},
    {SERVED("{'service':'HTTP/a','teams':[]}"), "/services/0/teams", "1 to 64"},
    {SERVED("{'service':'HTTP/a','teams':['']}"), "/services/0/teams/0", "printable"},
    {SERVED("{'service':'HTTP/a','outputs':['tgt']}"), "/services/0/outputs/0", "spnego or ccache"},
    {SERVED("{'service':'HTTP/a','maximumLifetime':601}"), "/services/0/maximumLifetime", "60 to 600"},
    {SERVED("{'service':'HTTP/a','maximumLifetime':59}"), "/services/0/maximumLifetime", "60 to 600"},
    {SERVED("{'service':'HTTP/a','host':'b'}"), "/services/0/host", "no such setting"},
    /* who nobody may be */
    {"{" WHOLE ",'denied':['a/b']}", "/denied/0", "one component"},
    {"{" WHOLE ",'deniedPrefixes':['']}", "/deniedPrefixes/0", "printable"},
    {"{" WHOLE ",'denied':'a'}", "/denied", "an array"},
    /* the self-test's user */
    {"{" WHOLE ",'probe':{'service':'HTTP/app.corp.example'}}", "/probe/subject", "missing"},
    {"{" WHOLE ",'probe':{'subject':'p'}}", "/probe/service", "missing"},
    {"{" WHOLE ",'probe':{'subject':'p','service':'HTTP/b'}}", "/probe/service", "one of the services"},
    {"{" WHOLE ",'probe':{'subject':'p@R','service':'HTTP/app.corp.example'}}", "/probe/subject",
     "one component"},
    {"{" WHOLE ",'probe':{'subject':'administrator','service':'HTTP/app.corp.example'}}", "/probe/subject",
     "nobody may be"},
    {"{" WHOLE ",'probe':{'subject':'p','service':'HTTP/app.corp.example','x':1}}", "/probe/x",
     "no such setting"},
    /* directory */
    {"{" WHOLE ",'directory':{'url':'ldaps://dc1.corp.example','base':'dc=corp'}}", NULL, NULL},
    {"{" WHOLE ",'directory':{'url':'ldap://127.0.0.1:3389/','base':'dc=corp'}}", NULL, NULL},
    {"{" WHOLE ",'directory':{'url':'ldap://[::1]:3389','base':'dc=corp'}}", NULL, NULL},
    {"{" WHOLE ",'directory':{'url':'ldap://dc1.corp.example','base':'d'}}", "/directory/url", "loopback"},
    {"{" WHOLE ",'directory':{'url':'ldap://127.0.0.1.example','base':'d'}}", "/directory/url", "loopback"},
    {"{" WHOLE ",'directory':{'url':'ldaps://a/dc=b','base':'d'}}", "/directory/url", "nothing behind"},
    {"{" WHOLE ",'directory':{'url':'ldaps://u@a','base':'d'}}", "/directory/url", "nothing behind"},
    {"{" WHOLE ",'directory':{'url':'https://a','base':'d'}}", "/directory/url", "ldaps://"},
    {"{" WHOLE ",'directory':{'base':'d'}}", "/directory/url", "missing"},
    {"{" WHOLE ",'directory':{'url':'ldaps://a'}}", "/directory/base", "missing"},
    {"{" WHOLE ",'directory':{'url':'ldaps://a','base':'d','match':'a=*)(b'}}", "/directory/match", "letter"},
    {"{" WHOLE ",'directory':{'url':'ldaps://a','base':'d','account':'1a'}}", "/directory/account", "letter"},
    {"{" WHOLE ",'directory':{'url':'ldaps://a','base':'d','bind':'simple'}}", "/directory/bind",
     "gssapi or anonymous"},
    {"{" WHOLE ",'directory':{'url':'ldaps://a','base':'d','password':'x'}}", "/directory/password",
     "no such setting"},
    {"{" NAMES SERVICES ",'subjects':[{'issuer':'https://i','name':'sub','directory':true}]}", "/directory",
     "/subjects/0 asks it"},
};

static void says_every_mistake_where_it_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_mistake(cases[i].document, cases[i].path, cases[i].words);
}

static void misses_settings_that_are_not_there(void **state)
{
    (void)state;
    struct call_stage stage;
    struct realm_settings realm;
    call_stage_begin(&stage);
    struct adapter_mistakes *mistakes = adapter_mistakes_begin(&stage.call);
    realm_settings_read(mistakes, NULL, stage.arena, &realm);
    call_stage_assert_mistake(&stage, mistakes, "(none)", "", "no spec.settings");
    realm_settings_close(&realm);
    call_stage_end(&stage);
}

static void has_a_default_for_what_is_not_said(void **state)
{
    (void)state;
    struct call_stage stage;
    struct realm_settings realm;
    call_stage_begin(&stage);
    call_stage_realm(&stage, "{" WHOLE ",'directory':{'url':'ldaps://a','base':'d'}}", &realm);
    assert_int_equal(realm.exchange_timeout_ms, 2000);
    assert_int_equal(realm.evidence_s, 60);
    assert_int_equal(realm.ticket_s, 300);
    assert_int_equal(realm.cache_entries, 4096);
    assert_int_equal(realm.services[0].outputs, KERBEROS_SPNEGO);
    assert_int_equal(realm.services[0].maximum_lifetime_s, 600);
    assert_null(realm.probe_subject.base);
    assert_string_equal(realm.directory.host.host, "a");
    assert_int_equal(realm.directory.host.port, 636);
    assert_true(realm.directory.is_secure);
    assert_true(text_is(realm.directory.match, "userPrincipalName"));
    assert_true(text_is(realm.directory.account, "sAMAccountName"));
    assert_false(realm.directory.is_anonymous);
    realm_settings_close(&realm);
    call_stage_realm(&stage, "{" WHOLE "}", &realm);
    assert_false(realm.directory.is_used);
    realm_settings_close(&realm);
    call_stage_end(&stage);
}

static void finds_kdcs_and_services_as_they_are_written(void **state)
{
    (void)state;
    struct call_stage stage;
    struct realm_settings realm;
    call_stage_begin(&stage);
    call_stage_realm(&stage,
                     "{'realm':'R','kdcs':['[::1]:1088','dc2.corp.example'],'principal':'gw/g'" SUBJECTS
                     ",'services':[{'service':'HTTP/a','teams':['orders'],'outputs':['ccache','spnego']},"
                     "{'service':'HTTP/b'}],'directory':{'url':'ldaps://a','base':'d','bind':'anonymous'}}",
                     &realm);
    assert_int_equal(realm.kdcs.count, 2);
    assert_true(text_is(realm.kdcs.texts[0], "[::1]:1088") && text_is(realm.kdcs.texts[1], "dc2.corp.example"));
    assert_true(realm.directory.is_anonymous);
    const struct service_settings *a = realm_service(&realm, TEXT("HTTP/a"));
    assert_int_equal(a->outputs, KERBEROS_SPNEGO | KERBEROS_CCACHE);
    assert_true(service_is_let_to(a, TEXT("orders")));
    assert_false(service_is_let_to(a, TEXT("order")));
    assert_false(service_is_let_to(a, TEXT_NONE));
    assert_true(service_is_let_to(realm_service(&realm, TEXT("HTTP/b")), TEXT_NONE));
    assert_null(realm_service(&realm, TEXT("http/a")));
    realm_settings_close(&realm);
    call_stage_end(&stage);
}

/* The program keeps them, and the call in which they were read is long over. */
static void outlives_the_document_it_was_read_from(void **state)
{
    (void)state;
    struct call_stage stage;
    struct realm_settings realm;
    SCOPED_ARENA arena = arena_create();
    call_stage_begin(&stage);
    struct adapter_mistakes *mistakes = adapter_mistakes_begin(&stage.call);
    realm_settings_read(mistakes,
                        call_stage_json(&stage,
                                        "{" NAMES SERVICES
                                        ",'subjects':[{'issuer':'https://i','name':'sub','pattern':'a+',"
                                        "'domains':['d'],'table':{'x':'y'},'when':{'k':'v'}}]}"),
                        arena, &realm);
    call_stage_end(&stage);
    const struct subject_rule *rule = &realm.subjects.rules[0];
    assert_true(text_is(realm.realm, "CORP.EXAMPLE") && text_is(realm.kdcs.texts[1], "dc2.corp.example"));
    assert_true(text_is(rule->path, "/subjects/0") && text_is(rule->domains.texts[0], "d"));
    assert_true(text_is(json_text_of(rule->table, "x"), "y") && text_is(rule->conditions[0].value, "v"));
    assert_true(subject_rule_fits_pattern(rule, TEXT("aa")));
    realm_settings_close(&realm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_every_mistake_where_it_is),
        cmocka_unit_test(misses_settings_that_are_not_there),
        cmocka_unit_test(has_a_default_for_what_is_not_said),
        cmocka_unit_test(finds_kdcs_and_services_as_they_are_written),
        cmocka_unit_test(outlives_the_document_it_was_read_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
