/* The canonical bytes of a record are a format: known answers, and what must not be in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/record.h"

static void assert_text_is(struct text text, const char *expected)
{
    assert_int_equal(text.length, strlen(expected));
    assert_memory_equal(text.base, expected, text.length);
}

static const struct record_identity chain[] = {{TEXT("https://cluster.example"), TEXT("billing")},
                                               {TEXT("https://gateway.example"), TEXT("orders-agent")}};

static const struct record full = {
    .id = TEXT("01KASZ7Q00ABCDEFGHJKMNPQRS"),
    .at_us = 1763906706123456,
    .kind = TEXT("exchange"),
    .outcome = TEXT("refused"),
    .fault = FAULT_SCOPE_WIDER,
    .team = TEXT("payments"),
    .client = TEXT("billing-agents"),
    .client_method = TEXT("agent_class"),
    .agent = {TEXT("https://cluster.example"), TEXT("billing")},
    .subject = {TEXT("https://idp.corp.example"), TEXT("ann \"a\"")},
    .subject_fingerprint = TEXT("aa"),
    .actor_fingerprint = TEXT("bb"),
    .chain = chain,
    .chain_length = 2,
    .root = TEXT("root-1"),
    .task = TEXT("task-1"),
    .purpose = TEXT("monthly bill"),
    .parent = TEXT("01KASZ7Q00ABCDEFGHJKMNPQRA"),
    .subject_domain = TEXT("corp"),
    .target_domain = TEXT("partner"),
    .target = TEXT("partner-orders"),
    .audience = TEXT("https://api.partner.example"),
    .scope_asked = TEXT("orders:read orders:write"),
    .scope_given = TEXT("orders:read"),
    .token_type = TEXT("urn:ietf:params:oauth:token-type:access_token"),
    .expires_at_s = 1763907006,
    .key_id = TEXT("kid-1"),
    .generation = 17,
    .source_address = TEXT("10.1.2.3"),
    .ladder_json = TEXT("[{\"check\":\"scope\",\"result\":\"scope_wider\"}]"),
    .change = TEXT("{\"kind\":\"Target\"}"),
};

static void has_these_bytes_in_this_order(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct store_record sealed = record_seal(arena, &full);
    assert_text_is(
        sealed.canonical,
        "{\"id\":\"01KASZ7Q00ABCDEFGHJKMNPQRS\",\"at\":\"2025-11-23T14:05:06.123456Z\",\"kind\":\"exchange\","
        "\"outcome\":\"refused\",\"reason\":\"scope_wider\",\"team\":\"payments\",\"client\":"
        "\"billing-agents\",\"client_method\":\"agent_class\",\"agent\":{\"iss\":"
        "\"https://cluster.example\",\"sub\":\"billing\"},\"subject\":{\"iss\":\"https://idp.corp.example\","
        "\"sub\":\"ann \\\"a\\\"\"},\"subject_token\":\"aa\",\"actor_token\":\"bb\",\"chain\":[{\"iss\":"
        "\"https://cluster.example\",\"sub\":\"billing\"},{\"iss\":\"https://gateway.example\",\"sub\":"
        "\"orders-agent\"}],\"root\":\"root-1\",\"task\":\"task-1\",\"purpose\":\"monthly bill\","
        "\"parent\":\"01KASZ7Q00ABCDEFGHJKMNPQRA\",\"from\":\"corp\",\"to\":\"partner\",\"target\":"
        "\"partner-orders\",\"audience\":\"https://api.partner.example\",\"scope_asked\":"
        "\"orders:read orders:write\",\"scope_given\":\"orders:read\",\"token_type\":"
        "\"urn:ietf:params:oauth:token-type:access_token\",\"expires_at\":1763907006,\"kid\":\"kid-1\","
        "\"generation\":17,\"address\":\"10.1.2.3\",\"ladder\":[{\"check\":\"scope\",\"result\":"
        "\"scope_wider\"}],\"change\":{\"kind\":\"Target\"}}");
}

static void leaves_out_what_is_empty(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct record sparse = {.id = TEXT("01KASZ7Q00ABCDEFGHJKMNPQRS"),
                                  .at_us = 0,
                                  .kind = TEXT("key"),
                                  .outcome = TEXT("done"),
                                  .task = TEXT(""),
                                  .agent = {TEXT_NONE, TEXT("admin")}};
    struct store_record sealed = record_seal(arena, &sparse);
    assert_text_is(sealed.canonical,
                   "{\"id\":\"01KASZ7Q00ABCDEFGHJKMNPQRS\",\"at\":\"1970-01-01T00:00:00.000000Z\","
                   "\"kind\":\"key\",\"outcome\":\"done\",\"agent\":{\"sub\":\"admin\"}}");
    unsigned char expected[DIGEST_SIZE] = {0x1d};
    digest_sha256(sealed.canonical, expected);
    assert_memory_equal(sealed.hash, expected, DIGEST_SIZE);
}

static void hashes_the_canonical_bytes(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct store_record sealed = record_seal(arena, &full);
    char hex[2 * DIGEST_SIZE + 1];
    digest_hex(sealed.hash, hex);
    assert_string_equal(hex, "812448d74e7539e76192f43aef3239b8cdf366cd3e2747c499559b1552b0a169");
}

static void has_authorization_details_and_a_call_behind_all_others(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct record with = full;
    with.policy_version = TEXT("00");
    with.facts = TEXT("{}");
    with.authorization_details = TEXT("[{\"type\":\"pay\"}]");
    with.call = TEXT("{\"method\":\"GET\"}");
    assert_true(text_ends_with(record_seal(arena, &with).canonical,
                               TEXT(",\"policy\":\"00\",\"facts\":{},\"authorization_details\":[{\"type\":"
                                    "\"pay\"}],\"call\":{\"method\":\"GET\"}}")));
}

static void writes_a_parsed_ladder_as_it_writes_a_raw_one(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct json_value *ladder = NULL;
    assert_int_equal(json_parse(arena, full.ladder_json, &json_limits_document, &ladder), FAULT_NONE);
    struct record parsed = full;
    parsed.ladder = ladder;
    parsed.ladder_json = TEXT_NONE;
    assert_memory_equal(record_seal(arena, &parsed).hash, record_seal(arena, &full).hash, DIGEST_SIZE);
}

static void fills_the_columns_a_record_is_found_by(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct store_record sealed = record_seal(arena, &full);
    assert_text_is(sealed.id, "01KASZ7Q00ABCDEFGHJKMNPQRS");
    assert_int_equal(sealed.at_us, full.at_us);
    assert_text_is(sealed.reason, "scope_wider");
    assert_text_is(sealed.root, "root-1");
    assert_text_is(sealed.parent, "01KASZ7Q00ABCDEFGHJKMNPQRA");
    assert_text_is(sealed.team, "payments");
    assert_text_is(sealed.client, "billing-agents");
    assert_text_is(sealed.actor, "https://cluster.example billing");
    assert_text_is(sealed.subject, "https://idp.corp.example ann \"a\"");
    assert_text_is(sealed.target, "partner-orders");
    assert_int_equal(sealed.expires_at_s, 1763907006);
}

static void keeps_columns_without_a_value_null(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct record sparse = {
        .id = TEXT("i"), .kind = TEXT("key"), .outcome = TEXT("done"), .root = TEXT("")};
    struct store_record sealed = record_seal(arena, &sparse);
    assert_null(sealed.reason.base);
    assert_null(sealed.root.base);
    assert_null(sealed.actor.base);
    assert_null(sealed.subject.base);
    assert_null(sealed.target.base);
}

static void puts_newer_members_behind_the_older_ones(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct text stands_on[] = {TEXT("root a\"b"), TEXT("team x")};
    struct record newer = {.id = TEXT("01KASZ7Q00ABCDEFGHJKMNPQRS"),
                           .kind = TEXT("exchange"),
                           .outcome = TEXT("granted"),
                           .ladder_json = TEXT("[]"),
                           .stands_on = stands_on,
                           .stands_on_count = 2,
                           .policy_version = TEXT("0011223344556677"),
                           .facts = TEXT("{\"lifetime\":60}"),
                           .target_team = TEXT("shop"),
                           .account = TEXT("alice@CORP"),
                           .handed_over = TEXT("{\"mail\":\"a@b\"}")};
    assert_text_is(record_seal(arena, &newer).canonical,
                   "{\"id\":\"01KASZ7Q00ABCDEFGHJKMNPQRS\",\"at\":\"1970-01-01T00:00:00.000000Z\","
                   "\"kind\":\"exchange\",\"outcome\":\"granted\",\"ladder\":[],\"stands_on\":[\"root a\\\"b\","
                   "\"team x\"],\"policy\":\"0011223344556677\",\"facts\":{\"lifetime\":60},"
                   "\"target_team\":\"shop\",\"account\":\"alice@CORP\",\"handed_over\":{\"mail\":\"a@b\"}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_these_bytes_in_this_order),
        cmocka_unit_test(leaves_out_what_is_empty),
        cmocka_unit_test(hashes_the_canonical_bytes),
        cmocka_unit_test(has_authorization_details_and_a_call_behind_all_others),
        cmocka_unit_test(writes_a_parsed_ladder_as_it_writes_a_raw_one),
        cmocka_unit_test(fills_the_columns_a_record_is_found_by),
        cmocka_unit_test(keeps_columns_without_a_value_null),
        cmocka_unit_test(puts_newer_members_behind_the_older_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
