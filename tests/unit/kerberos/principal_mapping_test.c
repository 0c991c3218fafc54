/* A subject is one account or nobody: nothing is guessed, and no name is an account that nobody may be. */
#include "principal_mapping.h"

#include "call_stage.h"

#include <string.h>

#define REALM(subjects)                                                                                        \
    "{'realm':'CORP.EXAMPLE','kdcs':['a'],'principal':'gateway','services':[{'service':'HTTP/a'}],"            \
    "'denied':['backup'],'deniedPrefixes':['svc-'],'directory':{'url':'ldaps://a','base':'d'},"                \
    "'subjects':[" subjects "]}"
#define RULE(members) "{'issuer':'https://idp'" members "}"
#define SUB           ",'name':'sub'"

struct outcome {
    struct text account;
    const struct subject_rule *looked_up_by;
    enum adapter_outcome outcome;
};

static struct outcome map(struct call_stage *stage, const struct realm_settings *realm, struct text subject,
                          const char *attributes)
{
    struct outcome mapped = {0};
    const struct adapter_order order = {.subject = {TEXT("https://idp"), subject},
                                        .attributes =
                                            attributes != NULL ? call_stage_json(stage, attributes) : NULL};
    mapped.outcome = principal_map(&stage->call, realm, &order, &mapped.account, &mapped.looked_up_by);
    return mapped;
}

static void assert_refused(struct call_stage *stage, enum adapter_outcome outcome, const char *words)
{
    assert_int_equal(outcome, ADAPTER_REFUSED);
    assert_true(text_is(stage->call.shown, SUBJECT_REFUSED_SHOWN)); /* one for all: no accounts are told */
    if (!text_has(stage->call.said, words))
        fail_msg("\"%.*s\" does not say: %s", TEXT_ARGUMENTS(stage->call.said), words);
}

static const struct {
    const char *subjects;
    struct text subject;
    const char *attributes, *account, *words; /* account NULL: refused, and the record says words */
} cases[] = {
    /* names */
    {RULE(SUB), TEXT("alice"), NULL, "alice", NULL},
    {RULE(SUB), TEXT("Alice"), NULL, "Alice", NULL},
    {RULE(SUB ",'lowerCase':true"), TEXT("ALICE"), NULL, "alice", NULL},
    {RULE(",'name':'upn'"), TEXT("x"), "{'upn':'alice'}", "alice", NULL},
    {RULE(",'name':'upn'"), TEXT("x"), "{'upn':['alice']}", "alice", NULL},
    {RULE(",'name':'upn'"), TEXT("x"), "{'upn':['alice','bob']}", NULL, "exactly one"},
    {RULE(",'name':'upn'"), TEXT("x"), "{'upn':[]}", NULL, "exactly one"},
    {RULE(",'name':'upn'"), TEXT("x"), "{'upn':7}", NULL, "exactly one"},
    {RULE(",'name':'upn'"), TEXT("x"), "{}", NULL, "exactly one"},
    {RULE(",'name':'upn'"), TEXT("x"), NULL, NULL, "exactly one"},
    /* rules: the first that fits */
    {"{'issuer':'https://other','name':'sub'}", TEXT("alice"), NULL, NULL, "no rule"},
    {"{'issuer':'https://idp/','name':'sub'}", TEXT("alice"), NULL, NULL, "no rule"},
    {RULE(SUB ",'when':{'groups':'staff'}"), TEXT("alice"), "{'groups':'staff'}", "alice", NULL},
    {RULE(SUB ",'when':{'groups':'staff'}"), TEXT("alice"), "{'groups':['a','staff']}", "alice", NULL},
    {RULE(SUB ",'when':{'groups':'staff'}"), TEXT("alice"), "{'groups':['a','Staff','staff2']}", NULL,
     "no rule"},
    {RULE(SUB ",'when':{'groups':'staff'}"), TEXT("alice"), "{}", NULL, "no rule"},
    {RULE(SUB ",'when':{'groups':'staff'}"), TEXT("alice"), NULL, NULL, "no rule"},
    {RULE(SUB ",'when':{'a':'1','b':'2'}"), TEXT("alice"), "{'a':'1'}", NULL, "no rule"},
    {RULE(SUB ",'when':{'a':'1','b':'2'}"), TEXT("alice"), "{'b':'2'}", NULL, "no rule"},
    {RULE(SUB ",'when':{'a':'1','b':'2'}"), TEXT("alice"), "{'b':'2','a':'1'}", "alice", NULL},
    {"{'issuer':'https://other','name':'sub','when':{'a':'1'}}", TEXT("alice"), "{'a':'1'}", NULL, "no rule"},
    {RULE(SUB ",'when':{'a':'true'}"), TEXT("alice"), "{'a':true}", NULL, "no rule"},
    {RULE(SUB ",'when':{'a':'1'},'pattern':'z+'") "," RULE(SUB), TEXT("alice"), "{'a':'1'}", NULL,
     "/subjects/0: "},
    {RULE(SUB ",'when':{'a':'1'},'pattern':'z+'") "," RULE(SUB), TEXT("alice"), "{'a':'2'}", "alice", NULL},
    /* domains */
    {RULE(SUB), TEXT("alice@corp.example"), NULL, NULL, "has a domain"},
    {RULE(SUB), TEXT("alice@"), NULL, NULL, "has a domain"},
    {RULE(SUB ",'domains':['corp.example']"), TEXT("alice@corp.example"), NULL, "alice", NULL},
    {RULE(SUB ",'domains':['corp.example']"), TEXT("alice@CORP.Example"), NULL, "alice", NULL},
    {RULE(SUB ",'domains':['corp.example']"), TEXT("alice"), NULL, NULL, "has no domain"},
    {RULE(SUB ",'domains':['corp.example']"), TEXT("alice@evil.example"), NULL, NULL, "not the rule's"},
    {RULE(SUB ",'domains':['corp.example']"), TEXT("alice@a.corp.example"), NULL, NULL, "not the rule's"},
    {RULE(SUB ",'domains':['corp.example']"), TEXT("alice@corp.example."), NULL, NULL, "not the rule's"},
    {RULE(SUB ",'domains':['corp.example']"), TEXT("a@evil.example@corp.example"), NULL, NULL,
     "not the rule's"},
    {RULE(SUB ",'domains':['corp.example']"), TEXT("@corp.example"), NULL, NULL, "1 to 104"},
    /* what is no account */
    {RULE(SUB), TEXT("a/b"), NULL, NULL, "one component"},
    {RULE(SUB), TEXT("a\\b"), NULL, NULL, "one component"},
    {RULE(SUB), TEXT("alice\0x"), NULL, NULL, "printable ASCII"},
    {RULE(SUB), TEXT("alice\n"), NULL, NULL, "printable ASCII"},
    {RULE(SUB), TEXT("\xc3\x85lice"), NULL, NULL, "printable ASCII"},
    {RULE(SUB ",'lowerCase':true"), TEXT("\xe2\x84\xaa"), NULL, NULL, "printable ASCII"}, /* the Kelvin sign */
    {RULE(SUB), TEXT(""), NULL, NULL, "1 to 104"},
    {RULE(SUB ",'pattern':'[a-z]+'"), TEXT("alice"), NULL, "alice", NULL},
    {RULE(SUB ",'pattern':'[a-z]+'"), TEXT("alice1"), NULL, NULL, "pattern"},
    {RULE(SUB ",'pattern':'[a-z]+','lowerCase':true"), TEXT("ALICE"), NULL, "alice", NULL},
    {RULE(SUB ",'pattern':'[a-z]+'"), TEXT("Alice"), NULL, NULL, "pattern"},
    /* who nobody may be */
    {RULE(SUB), TEXT("krbtgt"), NULL, NULL, "nobody may be"},
    {RULE(SUB), TEXT("ADMINISTRATOR"), NULL, NULL, "nobody may be"},
    {RULE(SUB), TEXT("DC1$"), NULL, NULL, "nobody may be"},
    {RULE(SUB), TEXT("Backup"), NULL, NULL, "nobody may be"},
    {RULE(SUB), TEXT("SVC-sql"), NULL, NULL, "nobody may be"},
    {RULE(SUB), TEXT("Gateway"), NULL, NULL, "nobody may be"},
    {RULE(SUB ",'domains':['corp.example']"), TEXT("krbtgt@corp.example"), NULL, NULL, "nobody may be"},
    /* tables */
    {RULE(SUB ",'table':{'alice.smith':'ASmith'}"), TEXT("alice.smith"), NULL, "ASmith", NULL},
    {RULE(SUB ",'table':{'alice.smith':'ASmith'},'lowerCase':true"), TEXT("Alice.Smith"), NULL, "ASmith", NULL},
    {RULE(SUB ",'table':{'alice.smith':'asmith'}"), TEXT("Alice.Smith"), NULL, NULL, "no such name"},
    {RULE(SUB ",'table':{'alice.smith':'asmith'}"), TEXT("asmith"), NULL, NULL, "no such name"},
    {RULE(SUB ",'table':{'alice':'backup'}"), TEXT("alice"), NULL, NULL, "nobody may be"},
    {RULE(SUB ",'table':{'krbtgt':'alice'}"), TEXT("krbtgt"), NULL, NULL, "nobody may be"},
    {RULE(SUB ",'table':{'alice':'asmith'},'pattern':'z+'"), TEXT("alice"), NULL, NULL, "pattern"},
    {RULE(SUB ",'table':{'alice':'asmith'},'domains':['d.example']"), TEXT("alice@d.example"), NULL, "asmith",
     NULL},
};

static void maps_to_one_account_or_to_nobody(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct call_stage stage;
        struct realm_settings realm;
        call_stage_begin(&stage);
        struct text document = arena_print(stage.arena, REALM("%s"), cases[i].subjects);
        call_stage_realm(&stage, document.base, &realm);
        struct outcome mapped = map(&stage, &realm, cases[i].subject, cases[i].attributes);
        if (cases[i].account == NULL)
            assert_refused(&stage, mapped.outcome, cases[i].words);
        else if (mapped.outcome != ADAPTER_DONE || !text_is(mapped.account, cases[i].account))
            fail_msg("%s: %.*s, %.*s", cases[i].subjects, TEXT_ARGUMENTS(mapped.account),
                     TEXT_ARGUMENTS(stage.call.said));
        assert_null(mapped.looked_up_by);
        realm_settings_close(&realm);
        call_stage_end(&stage);
    }
}

static void leaves_the_directory_to_its_caller(void **state)
{
    (void)state;
    struct call_stage stage;
    struct realm_settings realm;
    struct text account;
    call_stage_begin(&stage);
    call_stage_realm(&stage,
                     REALM("{'issuer':'https://idp','name':'sub','domains':['corp.example'],'directory':true,"
                           "'lowerCase':true,'pattern':'[a-z]+'}"),
                     &realm);
    struct outcome mapped = map(&stage, &realm, TEXT("Alice.Smith@corp.example"), NULL);
    assert_int_equal(mapped.outcome, ADAPTER_DONE);
    assert_ptr_equal(mapped.looked_up_by, &realm.subjects.rules[0]);
    assert_true(text_is(mapped.account, "Alice.Smith@corp.example")); /* its pattern is for the account */
    assert_int_equal(principal_check(&stage.call, &realm, mapped.looked_up_by, TEXT("ASmith"), &account),
                     ADAPTER_DONE);
    assert_true(text_is(account, "asmith"));
    assert_refused(&stage, principal_check(&stage.call, &realm, mapped.looked_up_by, TEXT("asmith2"), &account),
                   "pattern");
    assert_refused(&stage, principal_check(&stage.call, &realm, mapped.looked_up_by, TEXT("backup"), &account),
                   "nobody may be");
    assert_refused(&stage, principal_check(&stage.call, &realm, mapped.looked_up_by, TEXT("a/b"), &account),
                   "one component");
    /* what is asked of a directory is a name, too */
    mapped = map(&stage, &realm, TEXT("a)(b\\@corp.example"), NULL);
    assert_refused(&stage, mapped.outcome, "one component");
    mapped = map(&stage, &realm, TEXT("administrator@corp.example"), NULL);
    assert_refused(&stage, mapped.outcome, "nobody may be");
    mapped = map(&stage, &realm, TEXT("alice@evil.example"), NULL);
    assert_refused(&stage, mapped.outcome, "not the rule's");
    assert_null(mapped.looked_up_by);
    realm_settings_close(&realm);
    call_stage_end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maps_to_one_account_or_to_nobody),
        cmocka_unit_test(leaves_the_directory_to_its_caller),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
