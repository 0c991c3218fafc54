/* Rules that would let in whom nobody meant are mistakes, and a pattern is about the whole account. */
#include "call_stage.h"

#include <string.h>

#define RULE(members)                                                                                          \
    "{'realm':'R','kdcs':['a'],'principal':'gw/g','services':[{'service':'HTTP/a'}],'directory':{'url':"       \
    "'ldaps://a','base':'d'},'subjects':[{'issuer':'https://i'" members "}]}"
#define SUB ",'name':'sub'"

static const struct {
    const char *document, *path, *words;
} cases[] = {
    {RULE(SUB), NULL, NULL},
    {"{'realm':'R','kdcs':['a'],'principal':'gw/g','services':[{'service':'HTTP/a'}]}", "/subjects", "missing"},
    {RULE(""), "/subjects/0/name", "missing"},
    {"{'realm':'R','kdcs':['a'],'principal':'gw/g','services':[{'service':'HTTP/"
     "a'}],'subjects':[{'issuer':'people'" SUB "}]}",
     "/subjects/0/issuer", "spec.issuer"},
    {RULE(SUB ",'claim':'sub'"), "/subjects/0/claim", "no such setting"},
    {RULE(",'name':'email'"), "/subjects/0/when", "email_verified"},
    {RULE(",'name':'email','when':{'email_verified':'false'}"), "/subjects/0/when", "email_verified"},
    {RULE(",'name':'email','when':{'email_verified':'true'}"), NULL, NULL},
    {RULE(",'name':'upn'"), NULL, NULL},
    {RULE(SUB ",'when':{}"), "/subjects/0/when", "1 to 16"},
    {RULE(SUB ",'when':{'a':true}"), "/subjects/0/when/a", "a text"},
    {RULE(SUB ",'when':{'a':''}"), "/subjects/0/when/a", "a text"},
    {RULE(SUB ",'domains':['corp example']"), "/subjects/0/domains/0", "a domain"},
    {RULE(SUB ",'domains':['corp.example@b']"), "/subjects/0/domains/0", "a domain"},
    {RULE(SUB ",'domains':[]"), "/subjects/0/domains", "1 to 64"},
    {RULE(SUB ",'lowerCase':'yes'"), "/subjects/0/lowerCase", "true or false"},
    {RULE(SUB ",'table':{}"), "/subjects/0/table", "1 to 4096"},
    {RULE(SUB ",'table':{'a':7}"), "/subjects/0/table/a", "an account"},
    {RULE(SUB ",'table':{'a':'b@c'}"), "/subjects/0/table/a", "one component"},
    {RULE(SUB ",'table':{'a':'ADMINISTRATOR'}"), "/subjects/0/table/a", "nobody may be"},
    {RULE(SUB ",'table':{'A':'b'},'lowerCase':true"), "/subjects/0/table/A", "never found"},
    {RULE(SUB ",'table':{'A':'b'}"), NULL, NULL},
    {RULE(SUB ",'table':{'a':'b'},'directory':true"), "/subjects/0/directory", "one of the two"},
    {RULE(SUB ",'directory':true"), NULL, NULL},
    /* patterns */
    {RULE(SUB ",'pattern':'[a-z'"), "/subjects/0/pattern", "regular expression"},
    {RULE(SUB ",'pattern':'a)|(b'"), "/subjects/0/pattern", "regular expression"},
    {RULE(SUB ",'pattern':'(a*)\\\\1'"), "/subjects/0/pattern", "back references"},
    {RULE(SUB ",'pattern':'((a{100}){100}){2}'"), "/subjects/0/pattern", "10000"},
    {RULE(SUB ",'pattern':'a{0,99999999999999999999}'"), "/subjects/0/pattern", "10000"},
    {RULE(SUB ",'pattern':'[a-z]{1,20}[0-9]{0,100}'"), NULL, NULL},
    {RULE(SUB ",'pattern':'a\\u0000b'"), "/subjects/0/pattern", "printable"},
    {RULE(SUB ",'pattern':'\\\\\\\\1{2}'"), NULL, NULL}, /* a backslash and a digit */
};

static void says_every_mistake_where_it_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct call_stage stage;
        struct realm_settings realm;
        call_stage_begin(&stage);
        struct adapter_mistakes *mistakes = adapter_mistakes_begin(&stage.call);
        realm_settings_read(mistakes, call_stage_json(&stage, cases[i].document), stage.arena, &realm);
        call_stage_assert_mistake(&stage, mistakes, cases[i].document, cases[i].path, cases[i].words);
        realm_settings_close(&realm);
        call_stage_end(&stage);
    }
}

static void refuses_patterns_without_end(void **state)
{
    (void)state;
    struct call_stage stage;
    struct realm_settings realm;
    char long_one[PATTERN_MAX + 2];
    memset(long_one, 'a', sizeof(long_one) - 1);
    long_one[sizeof(long_one) - 1] = '\0';
    call_stage_begin(&stage);
    struct adapter_mistakes *mistakes = adapter_mistakes_begin(&stage.call);
    struct text document = arena_print(stage.arena, RULE(SUB ",'pattern':'%s'"), long_one);
    realm_settings_read(mistakes, call_stage_json(&stage, document.base), stage.arena, &realm);
    call_stage_assert_mistake(&stage, mistakes, document.base, "/subjects/0/pattern", "1 to 256 bytes");
    realm_settings_close(&realm);
    call_stage_end(&stage);
}

static const struct {
    const char *pattern, *account;
    bool fits;
} accounts[] = {
    {"[a-z][a-z0-9]{0,19}", "alice", true},
    {"[a-z][a-z0-9]{0,19}", "alice2", true},
    {"[a-z][a-z0-9]{0,19}", "2alice", false},
    {"[a-z][a-z0-9]{0,19}", "alice-admin", false},
    {"[a-z][a-z0-9]{0,19}", "Alice", false},
    {"alice|bob", "alice", true},
    {"alice|bob", "bob", true},
    {"alice|bob", "alice2", false}, /* what "^alice|bob$" would let in */
    {"alice|bob", "notbob", false},
    {"a)|b", "ax", false}, /* brackets that are none in POSIX */
    {"a)|b", "xb)", false},
    {"a", "", false},
};

static void fits_the_whole_account_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(accounts) / sizeof(*accounts); i++) {
        struct call_stage stage;
        struct realm_settings realm;
        call_stage_begin(&stage);
        struct text document = arena_print(stage.arena, RULE(SUB ",'pattern':'%s'"), accounts[i].pattern);
        call_stage_realm(&stage, document.base, &realm);
        if (subject_rule_fits_pattern(&realm.subjects.rules[0], text_of(accounts[i].account)) !=
            accounts[i].fits)
            fail_msg("%s: %s", accounts[i].pattern, accounts[i].account);
        realm_settings_close(&realm);
        call_stage_end(&stage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_every_mistake_where_it_is),
        cmocka_unit_test(refuses_patterns_without_end),
        cmocka_unit_test(fits_the_whole_account_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
