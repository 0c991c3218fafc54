/* Facts in records: what is read back decides as what was written did, and what makes no sense is refused. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "policy/facts_record.h"
#include "policy/question.h"
#include "policy_fixture.h"

static uint64_t seed = 7;

static unsigned roll(unsigned sides)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(seed >> 33) % sides;
}

static struct text pick(const char *const *texts, unsigned count)
{
    return text_of(texts[roll(count)]);
}

#define PICK(...)                                                                                              \
    pick((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static struct policy_party random_party(struct arena *arena, enum policy_party_kind kind)
{
    struct policy_attribute *attributes = ARENA_ARRAY(arena, struct policy_attribute, 2);
    attributes[0] = (struct policy_attribute){TEXT("risk"), PICK("1", "55", "x y", "\"\\"), false};
    attributes[1] = (struct policy_attribute){TEXT("gr\"oups"), PICK("a", "a b", "a b c"), roll(2) == 0};
    return (struct policy_party){
        .kind = kind,
        .issuer = PICK("https://idp.corp.example", "https://builds.example"),
        .subject = PICK("alice", "job 7", "a\"b", "\xc3\xa9"),
        .issuer_document = PICK("corp-idp", "builds", ""),
        .attributes = attributes,
        .attribute_count = roll(3),
        .risk = roll(101),
    };
}

static void random_holdings(struct arena *arena, struct policy_facts *facts)
{
    struct policy_holding *holdings = ARENA_ARRAY(arena, struct policy_holding, 6);
    facts->holding_count = roll(6);
    facts->holdings = holdings;
    for (size_t i = 0; i < facts->holding_count; i++)
        holdings[i] = (struct policy_holding){(enum policy_holder)roll(POLICY_HOLDER_COUNT),
                                              PICK("corp", "partner"), PICK("orders", "ledger"),
                                              PICK("", "read", "read write"), FIXTURE_NOW_S + roll(3) - 1};
}

static void random_gathered(struct arena *arena, struct policy_facts *facts)
{
    struct policy_identity *chain = ARENA_ARRAY(arena, struct policy_identity, 3);
    facts->chain_length = roll(4);
    facts->chain = chain;
    for (size_t i = 0; i < facts->chain_length; i++)
        chain[i] = (struct policy_identity){PICK("https://a.example", "https://b.example"), PICK("x", "y z")};
    random_holdings(arena, facts);
    for (int holder = POLICY_HOLDER_AGENT; holder < POLICY_HOLDER_COUNT; holder++) {
        facts->last_minute[holder] = roll(2);
        facts->last_hour[holder] = roll(3);
    }
}

static struct policy_facts random_facts(struct arena *arena)
{
    struct scope_set *scopes = ARENA_NEW(arena, struct scope_set);
    struct policy_facts facts = {.action = "exchange", .scopes = scopes};
    assert_int_equal(scope_set_parse(PICK("", "read", "write read"), scopes), FAULT_NONE);
    facts.actor = random_party(arena, (enum policy_party_kind)roll(3));
    facts.subject = random_party(arena, (enum policy_party_kind)(1 + roll(2)));
    facts.subject_is_actor = text_equal(facts.actor.issuer, facts.subject.issuer) &&
                             text_equal(facts.actor.subject, facts.subject.subject);
    facts.client = PICK("", "orders-agent");
    facts.agent_class = facts.client.length != 0 ? TEXT_NONE : PICK("deployer", "");
    facts.proof = PICK("", "private_key_jwt");
    facts.subject_domain = PICK("corp", "local");
    facts.root = PICK("r1", "r2");
    facts.task = PICK("", "t");
    facts.purpose = PICK("", "why \"so\"");
    facts.target = PICK("orders", "ledger");
    facts.issued_type = PICK("", "urn:t:a", "urn:t:b");
    facts.lifetime_s = roll(500);
    facts.is_bound = roll(2) == 1;
    facts.acr = PICK("", "mfa");
    facts.amr = PICK("", "pwd", "pwd otp");
    facts.auth_time_s = roll(2) * (FIXTURE_NOW_S - roll(100));
    facts.source = PICK("192.0.2.7", "2001:db8::1", "unix");
    facts.now_us = (int64_t)FIXTURE_NOW_S * 1000000 + roll(1000) * 1000;
    random_gathered(arena, &facts);
    return facts;
}

/* A record with what is said outside of its facts: docs/records.md. */
static const struct json_value *record_of(struct arena *arena, const struct policy_facts *facts)
{
    struct buffer out = buffer_in(arena, 1024);
    struct json_writer writer = json_writer_on(&out);
    const struct json_value *record = NULL;
    char at[CLOCK_TEXT_SIZE];
    clock_format(facts->now_us, at);
    json_begin_object(&writer);
    json_member_text(&writer, "at", text_of(at));
    json_name(&writer, TEXT("subject"));
    json_begin_object(&writer);
    json_member_text(&writer, "iss", facts->subject.issuer);
    json_member_text(&writer, "sub", facts->subject.subject);
    json_end_object(&writer);
    json_member_text(&writer, "from", facts->subject_domain);
    json_member_text(&writer, "root", facts->root);
    json_member_text(&writer, "task", facts->task);
    json_member_text(&writer, "purpose", facts->purpose);
    json_member_text(&writer, "target", facts->target);
    json_member_text(&writer, "address", facts->source);
    json_name(&writer, TEXT("facts"));
    policy_facts_write(facts, &writer);
    json_end_object(&writer);
    assert_int_equal(json_parse(arena, buffer_text(&out), &json_limits_document, &record), FAULT_NONE);
    return record;
}

static void print_entity(const struct cedar_entities *entities, const struct cedar_uid *uid, struct buffer *out)
{
    const struct cedar_entity *entity = cedar_entities_find(entities, uid);
    const struct cedar_record *records[] = {entity->attributes, entity->tags};
    cedar_uid_print(uid, out);
    for (size_t i = 0; i < 2; i++)
        if (records[i] != NULL && records[i]->count != 0)
            cedar_value_print(&(struct cedar_value){.kind = CEDAR_RECORD, .record = records[i]}, out);
    for (size_t i = 0; i < entity->ancestor_count; i++)
        cedar_uid_print(&entity->ancestors[i], out);
}

/* All that a policy can see. */
static struct text seen(struct arena *arena, const struct policy_base *base, const struct policy_facts *facts)
{
    struct cedar_request request;
    struct cedar_entities *entities;
    struct buffer out = buffer_in(arena, 1024);
    policy_facts_request(arena, base, facts, &request, &entities);
    print_entity(entities, &request.principal, &out);
    cedar_uid_print(&request.action, &out);
    cedar_uid_print(&request.resource, &out);
    cedar_value_print(&(struct cedar_value){.kind = CEDAR_RECORD, .record = request.context}, &out);
    for (const char *const *name = (const char *const[]){"user", "workload", NULL}; *name != NULL; name++) {
        const struct cedar_value *subject = cedar_record_find(request.context, text_of(*name));
        if (subject != NULL)
            print_entity(entities, subject->entity, &out);
    }
    return buffer_text(&out);
}

static void are_read_as_they_were_written(void **state)
{
    struct policy_fixture *fixture = *state;
    for (int i = 0; i < 1500; i++) {
        SCOPED_ARENA arena = arena_create();
        struct policy_facts facts = random_facts(arena), again;
        assert_true(policy_facts_read(arena, record_of(arena, &facts), &again));
        assert_int_equal(facts.is_bound, again.is_bound);
        struct text before = seen(arena, fixture->base, &facts), after = seen(arena, fixture->base, &again);
        if (!text_equal(before, after))
            fail_msg("%d:\n%.*s\n%.*s", i, TEXT_ARGUMENTS(before), TEXT_ARGUMENTS(after));
        assert_true(text_equal(policy_question(arena, fixture->base, &facts),
                               policy_question(arena, fixture->base, &again)));
        assert_int_equal(policy_facts_risk(&facts), policy_facts_risk(&again));
    }
}

static void of_a_refused_call_are_those_of_that_call(void **state)
{
    struct policy_fixture *fixture = *state;
    struct policy_facts again;
    const struct json_value *record;
    assert_int_equal(
        json_parse(fixture->arena,
                   TEXT("{\"kind\":\"call\",\"at\":\"2026-01-07T12:00:00.000000Z\",\"subject\":{\"iss\":\"i\","
                        "\"sub\":\"s\"},\"facts\":{\"actor\":{\"kind\":\"agent\",\"iss\":\"i\",\"sub\":\"a\"},"
                        "\"subject\":{\"kind\":\"user\"}},\"call\":{\"method\":\"GET\",\"path\":\"/x\"}}"),
                   &json_limits_document, &record),
        FAULT_NONE);
    assert_true(policy_facts_read(fixture->arena, record, &again));
    assert_string_equal(again.action, "call");
    assert_true(text_is(again.call.method, "GET"));
    assert_true(text_is(again.call.path, "/x"));
    assert_int_equal(again.call.host.length, 0);
}

static void are_of_the_type_that_was_issued_where_it_was_not_known_before(void **state)
{
    struct policy_fixture *fixture = *state;
    struct policy_facts again;
    const struct json_value *record;
    assert_int_equal(
        json_parse(
            fixture->arena,
            TEXT("{\"at\":\"2026-01-07T12:00:00.000000Z\",\"subject\":{\"iss\":\"i\",\"sub\":\"s\"},"
                 "\"token_type\":\"urn:t:ccache\",\"facts\":{\"actor\":{\"kind\":\"agent\",\"iss\":\"i\","
                 "\"sub\":\"a\"},\"subject\":{\"kind\":\"user\"}}}"),
            &json_limits_document, &record),
        FAULT_NONE);
    assert_true(policy_facts_read(fixture->arena, record, &again));
    assert_true(text_is(again.issued_type, "urn:t:ccache"));
}

static void keep_details_and_a_time_to_the_millisecond(void **state)
{
    struct policy_fixture *fixture = *state;
    struct policy_facts again;
    const struct json_value *details = NULL;
    assert_int_equal(json_parse(fixture->arena, TEXT("[{\"type\":\"pay\"}]"), &json_limits_document, &details),
                     FAULT_NONE);
    fixture->facts.authorization_details = details;
    fixture->facts.now_us += 123456;
    assert_true(policy_facts_read(fixture->arena, record_of(fixture->arena, &fixture->facts), &again));
    assert_true(json_equal(again.authorization_details, details));
    assert_int_equal(again.now_us, fixture->facts.now_us - 456);
}

static void stay_short_however_much_is_held(void **state)
{
    struct policy_fixture *fixture = *state;
    struct policy_facts again;
    enum { MANY = 4096 };
    struct policy_holding *holdings = ARENA_ARRAY(fixture->arena, struct policy_holding, MANY);
    char scopes[4000];
    for (size_t i = 0; i < sizeof(scopes); i++)
        scopes[i] = i % 64 == 63 ? ' ' : 's';
    for (size_t i = 0; i < MANY; i++)
        holdings[i] = (struct policy_holding){POLICY_HOLDER_SUBJECT, TEXT("corp"), TEXT("orders"), TEXT("read"),
                                              FIXTURE_NOW_S + 1};
    fixture->facts.holdings = holdings;
    for (fixture->facts.holding_count = 1; fixture->facts.holding_count <= MANY;
         fixture->facts.holding_count *= 2) {
        SCOPED_BUFFER json = {0};
        struct json_writer writer = json_writer_on(&json);
        policy_facts_write(&fixture->facts, &writer);
        assert_true(json.length < 20000);
        assert_int_equal(policy_facts_read(fixture->arena, record_of(fixture->arena, &fixture->facts), &again),
                         fixture->facts.holding_count <= 128);
    }
    fixture->facts.holding_count = 3;
    for (size_t i = 0; i < 3; i++)
        holdings[i].scopes = (struct text){scopes, sizeof(scopes) - 1};
    assert_false(policy_facts_read(fixture->arena, record_of(fixture->arena, &fixture->facts), &again));
}

#define RECORD(facts)                                                                                          \
    "{\"at\":\"2027-01-15T08:00:00.000000Z\",\"subject\":{\"iss\":\"https://"                                  \
    "i\",\"sub\":\"s\"},\"facts\":" facts "}"
#define ACTOR      "\"actor\":{\"kind\":\"agent\",\"iss\":\"https://a\",\"sub\":\"b\"},"
#define SUBJECT    "\"subject\":{\"kind\":\"user\"}"
#define WITH(more) RECORD("{" ACTOR SUBJECT "," more "}")

static bool is_read(struct arena *arena, const char *record)
{
    const struct json_value *json = NULL;
    struct policy_facts facts;
    assert_int_equal(json_parse(arena, text_of(record), &json_limits_document, &json), FAULT_NONE);
    return policy_facts_read(arena, json, &facts);
}

static void are_refused_where_they_make_no_sense(void **state)
{
    static const char *const records[] = {
        "{}",
        "{\"facts\":{}}",
        RECORD("[]"),
        RECORD("{" SUBJECT "}"),
        RECORD("{\"actor\":{\"kind\":\"god\",\"iss\":\"https://a\",\"sub\":\"b\"}," SUBJECT "}"),
        RECORD("{\"actor\":{\"kind\":\"agent\",\"iss\":\"https://a\"}," SUBJECT "}"),
        "{\"at\":\"yesterday\",\"subject\":{\"iss\":\"i\",\"sub\":\"s\"},\"facts\":{" ACTOR SUBJECT "}}",
        "{\"at\":\"2027-01-15T08:00:00.000000Z\",\"facts\":{" ACTOR SUBJECT "}}",
        WITH("\"scopes\":\"a  b\""),
        WITH("\"lifetime\":9223372036854775807"),
        WITH("\"lifetime\":\"60\""),
        WITH("\"auth_time\":-9223372036854775807"),
        WITH("\"chain\":[{\"iss\":\"https://a\"}]"),
        WITH("\"chain\":[7]"),
        WITH("\"exchanges_by_agent\":[1]"),
        WITH("\"exchanges_in_tree\":[-1,2]"),
        WITH("\"exchanges_in_tree\":{\"a\":1,\"b\":2}"),
        WITH("\"held\":[{\"by\":\"nobody\"}]"),
        WITH("\"held\":[{\"by\":\"tree\",\"scopes\":\"   \"}]"),
        WITH("\"held\":[{\"by\":\"tree\",\"until\":-1}]"),
        RECORD("{" ACTOR "\"subject\":{\"kind\":\"user\",\"risk\":101}}"),
        RECORD("{" ACTOR "\"subject\":{\"kind\":\"user\",\"attributes\":[\"a\",\"b\"]}}"),
        RECORD("{" ACTOR "\"subject\":{\"kind\":\"user\",\"attributes\":{\"a\":7}}}"),
        RECORD("{" ACTOR "\"subject\":{\"kind\":\"user\",\"attributes\":{\"a\":[\"x\\nadmin\"]}}}"),
        RECORD("{" ACTOR "\"subject\":{\"kind\":\"user\",\"attributes\":{\"a\":[\"\"]}}}"),
    };
    struct policy_fixture *fixture = *state;
    assert_true(is_read(fixture->arena, WITH("\"lifetime\":60")));
    assert_true(is_read(fixture->arena, RECORD("{" ACTOR "\"subject\":{\"kind\":\"user\",\"attributes\":"
                                               "{\"a\":[\"x\",\"admin\"],\"b\":\"x admin\"}}}")));
    for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++)
        if (is_read(fixture->arena, records[i]))
            fail_msg("%s", records[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, policy_fixture_create, policy_fixture_destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(are_read_as_they_were_written),
        TEST(of_a_refused_call_are_those_of_that_call),
        TEST(are_of_the_type_that_was_issued_where_it_was_not_known_before),
        TEST(keep_details_and_a_time_to_the_millisecond),
        TEST(stay_short_however_much_is_held),
        TEST(are_refused_where_they_make_no_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
