/* What an adapter may be given of others is agreed to by whom it belongs to. */
#include "reading.h"

#define ISSUER(name, more)                                                                                     \
    "---\nkind: Issuer\nmetadata: {name: " name "}\nspec: {issuer: 'https://" name ".example'" more "}\n"
#define TARGET(name, metadata, more)                                                                           \
    "---\nkind: Target\nmetadata: {name: " name metadata "}\nspec: {audiences: ['https://" name                \
    ".example']" more "}\n"
#define TEAM(name) "---\nkind: Team\nmetadata: {name: " name "}\nspec: {members: []}\n"

static void assert_mistakes(const char *documents_text, const char *expected)
{
    SCOPED_ARENA arena = arena_create();
    struct text texts[] = {TEXT(READING_GATEWAY), text_of(documents_text)};
    struct documents documents = reading_of(arena, arena_join(arena, texts, 2).base);
    documents_check_references(&documents);
    reading_assert_mistakes(&documents, expected);
}

static void an_issuers_tokens_are_handed_only_where_its_own_document_says_so(void **state)
{
    (void)state;
    assert_mistakes(ISSUER("idp", ", handsTokensTo: [drive]")
                        TARGET("drive", "", ", accepts: {issuers: [idp]}, handOver: {subjectToken: true}"),
                    "");
    assert_mistakes(ISSUER("idp", ", handsTokensTo: [drive]") ISSUER("other", "") TARGET(
                        "drive", "", ", accepts: {issuers: [idp, other]}, handOver: {subjectToken: true}"),
                    "f.yaml:15:71: spec.accepts.issuers: handOver.subjectToken needs \"drive\" in "
                    "spec.handsTokensTo of the Issuer \"other\" (f.yaml:9)\n");
    assert_mistakes(ISSUER("idp", ", handsTokensTo: [drvie]") TARGET("drive", "", ""),
                    "f.yaml:7:55: spec.handsTokensTo: there is no Target named \"drvie\"; did you mean "
                    "\"drive\"?\n");
}

static void our_own_tokens_are_handed_to_no_adapter(void **state)
{
    (void)state;
    assert_mistakes(TARGET("drive", "", ", accepts: {issuers: [self]}, handOver: {subjectToken: true}"),
                    "f.yaml:7:66: spec.accepts.issuers: \"self\" cannot stand here with handOver.subjectToken: "
                    "tokens of this gateway are handed to no adapter\n");
}

static void there_is_no_subject_token_to_hand_over_in_a_call_through_egress(void **state)
{
    (void)state;
    assert_mistakes(
        TARGET("drive", "", ", egress: {upstream: 'https://up.example'}, handOver: {subjectToken: true}"),
        "f.yaml:7:113: spec.handOver.subjectToken: calls through egress come with a credential of "
        "ours, so there is no subject token to hand over\n");
}

static void an_assertion_is_for_nobody_who_might_take_it_for_a_token_of_theirs(void **state)
{
    (void)state;
    assert_mistakes(TARGET("sts", "", ", handOver: {assertionAudience: sts.amazonaws.com}"), "");
    assert_mistakes(TARGET("sts", "", ", handOver: {assertionAudience: 'https://gateway.example'}"),
                    "f.yaml:7:74: spec.handOver.assertionAudience: this names the gateway itself; name the "
                    "other side, as it knows itself\n");
    assert_mistakes(TARGET("sts", "", ", handOver: {assertionAudience: dragoman-admin}"),
                    "f.yaml:7:74: spec.handOver.assertionAudience: this names the gateway itself; name the "
                    "other side, as it knows itself\n");
    assert_mistakes(TEAM("a") TARGET("pay", ", team: a", "")
                        TARGET("sts", "", ", handOver: {assertionAudience: 'https://pay.example'}"),
                    "f.yaml:15:74: spec.handOver.assertionAudience: \"https://pay.example\" is an audience of "
                    "the Target \"pay\" (f.yaml:9) of another team\n");
    assert_mistakes(TEAM("a") TARGET("pay", ", team: a", "")
                        TARGET("sts", ", team: a", ", handOver: {assertionAudience: 'https://pay.example'}"),
                    "");
}

static void a_resource_of_another_team_is_no_audience_either(void **state)
{
    (void)state;
    assert_mistakes(
        TEAM("a") TARGET("pay", ", team: a", ", resources: ['https://pay.example/v1']")
            TARGET("sts", "", ", handOver: {assertionAudience: 'https://pay.example/v1'}"),
        "f.yaml:15:74: spec.handOver.assertionAudience: \"https://pay.example/v1\" is an audience of "
        "the Target \"pay\" (f.yaml:9) of another team\n");
}

/* Whoever has one by a target of their own could use it where the other team is trusted by the same name. */
static void two_teams_have_no_audience_of_assertions_in_common(void **state)
{
    (void)state;
    assert_mistakes(TEAM("a") TARGET("sts", ", team: a", ", handOver: {assertionAudience: sts.amazonaws.com}")
                        TARGET("thieves", "", ", handOver: {assertionAudience: sts.amazonaws.com}"),
                    "f.yaml:11:74: spec.handOver.assertionAudience: \"sts.amazonaws.com\" is an audience of "
                    "the Target \"thieves\" (f.yaml:13) of another team\n"
                    "f.yaml:15:78: spec.handOver.assertionAudience: \"sts.amazonaws.com\" is an audience of "
                    "the Target \"sts\" (f.yaml:9) of another team\n");
    assert_mistakes(TEAM("a") TARGET("sts", ", team: a", ", handOver: {assertionAudience: sts.amazonaws.com}")
                        TARGET("other", ", team: a", ", handOver: {assertionAudience: sts.amazonaws.com}"),
                    "");
}

static void claims_of_an_assertion_need_one(void **state)
{
    (void)state;
    assert_mistakes(TARGET("sts", "", ", handOver: {assertionClaims: {session: root}}"),
                    "f.yaml:7:72: spec.handOver.assertionClaims: there is no assertion without "
                    "assertionAudience\n");
}

static void attributes_are_handed_over_that_some_issuer_maps(void **state)
{
    (void)state;
    assert_mistakes(ISSUER("idp", ", claims: {attributes: {mail: email}}") ISSUER("other", "") TARGET(
                        "drive", "", ", accepts: {issuers: [other, idp]}, handOver: {attributes: [mail]}"),
                    "");
    assert_mistakes(TARGET("drive", "", ", accepts: {issuers: [self]}, handOver: {attributes: [mail]}"), "");
    assert_mistakes(
        ISSUER("idp", ", claims: {attributes: {mail: email}}")
            TARGET("drive", "", ", accepts: {issuers: [idp]}, handOver: {attributes: [mail, mial]}"),
        "f.yaml:11:103: spec.handOver.attributes: none of the Issuers in spec.accepts.issuers maps an "
        "attribute \"mial\" in spec.claims.attributes\n");
}

static void people_connect_only_where_somebody_could_log_in(void **state)
{
    (void)state;
    assert_mistakes(ISSUER("idp", ", login: {clientId: gateway}")
                        TARGET("drive", "", ", accepts: {issuers: [idp, self]}, connection: {lifetime: 30d}"),
                    "");
    assert_mistakes(ISSUER("idp", "")
                        TARGET("drive", "", ", accepts: {issuers: [idp, self]}, connection: {lifetime: 30d}"),
                    "f.yaml:11:102: spec.connection.lifetime: nobody could connect: none of the Issuers in "
                    "spec.accepts.issuers has a login.clientId\n");
    assert_mistakes(TARGET("drive", "", ", accepts: {issuers: [idp]}, connection: {lifetime: 30d}"),
                    "f.yaml:7:66: spec.accepts.issuers: there is no Issuer named \"idp\"; known: self\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_issuers_tokens_are_handed_only_where_its_own_document_says_so),
        cmocka_unit_test(our_own_tokens_are_handed_to_no_adapter),
        cmocka_unit_test(there_is_no_subject_token_to_hand_over_in_a_call_through_egress),
        cmocka_unit_test(an_assertion_is_for_nobody_who_might_take_it_for_a_token_of_theirs),
        cmocka_unit_test(a_resource_of_another_team_is_no_audience_either),
        cmocka_unit_test(two_teams_have_no_audience_of_assertions_in_common),
        cmocka_unit_test(claims_of_an_assertion_need_one),
        cmocka_unit_test(attributes_are_handed_over_that_some_issuer_maps),
        cmocka_unit_test(people_connect_only_where_somebody_could_log_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
