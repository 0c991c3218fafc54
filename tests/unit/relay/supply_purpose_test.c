/* What an upstream's credential is for: all that its record says of whom it was given to, and for what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "egress/supply_purpose.h"
#include "exchange/handed_attributes.h"

#define RECORD(more)                                                                                           \
    "{\"client\":\"agent\",\"subject\":{\"iss\":\"https://idp\",\"sub\":\"alice\"},\"chain\":[{\"iss\":"       \
    "\"https://us\",\"sub\":\"agent\"},{\"iss\":\"https://k\",\"sub\":\"helper\"}],\"root\":\"tree\","         \
    "\"task\":\"t-1\",\"scope_given\":\"a b\"" more "}"

struct question {
    struct document document;
    struct target target;
    struct caller caller;
    struct relayed_call call;
};

static struct shared_purpose read(struct arena *arena, struct question *question, const char *record)
{
    struct shared_purpose purpose;
    question->target.document = &question->document;
    question->caller.client_id = TEXT("agent");
    question->caller.account = TEXT("client/agent");
    question->call.call.arena = arena;
    question->call.call.caller = &question->caller;
    question->call.target = &question->target;
    assert_int_equal(
        json_parse(arena, text_of(record), &json_limits_document, &question->call.credential.record),
        FAULT_NONE);
    supply_purpose_read(&question->call, &purpose);
    return purpose;
}

static void is_what_the_record_says(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct question question = {.call.consent.id = TEXT("consent")};
    const struct shared_purpose purpose = read(arena, &question, RECORD(""));
    assert_true(purpose.is_egress);
    assert_ptr_equal(purpose.target, &question.target);
    assert_true(text_is(purpose.subject.issuer, "https://idp") && text_is(purpose.subject.subject, "alice"));
    assert_int_equal(purpose.actor_count, 2);
    assert_true(text_is(purpose.actors[0].subject, "agent") && text_is(purpose.actors[1].subject, "helper"));
    assert_true(text_is(purpose.client_id, "agent") && text_is(purpose.account, "client/agent"));
    assert_true(text_is(purpose.scope, "a b") && text_is(purpose.consent, "consent"));
    assert_null(purpose.details);
    assert_null(purpose.root.base);
    assert_null(purpose.task.base);
}

/* Two calls that may do different things never share what is good for both. */
static void tells_authorization_details_apart(void **state)
{
    static const char *const records[] = {
        RECORD(""),
        RECORD(",\"authorization_details\":[{\"type\":\"charge\",\"amount\":5}]"),
        RECORD(",\"facts\":{\"authorization_details\":[{\"type\":\"charge\",\"amount\":6}]}"),
    };
    (void)state;
    SCOPED_ARENA arena = arena_create();
    unsigned char keys[3][DIGEST_SIZE];
    for (size_t i = 0; i < 3; i++) {
        struct question question = {0};
        const struct adapter adapter = {.name = TEXT("saas-oauth")};
        question.target.egress_adapter = &adapter;
        const struct shared_purpose purpose = read(arena, &question, records[i]);
        shared_credential_key(arena, &purpose, keys[i]);
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(keys[j], keys[i], DIGEST_SIZE);
    }
}

/* As they were when the credential was issued, of what the target hands over today. */
static void is_told_what_was_handed_over_and_still_is(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct text names[] = {TEXT("groups"), TEXT("phone")};
    struct question question = {.document.target.hand_over.attributes = {names, 2}};
    const char *record = RECORD(",\"handed_over\":{\"mail\":\"a@b\",\"groups\":[\"x\"]}");
    struct shared_purpose purpose = read(arena, &question, record);
    struct text told = handed_attributes_json(arena, purpose.handed_attributes);
    assert_true(text_is(told, "{\"groups\":[\"x\"]}"));
    purpose = read(arena, &question, RECORD(""));
    assert_int_equal(purpose.handed_attributes->count, 0);
    question.document.target.hand_over.attributes.count = 0;
    purpose = read(arena, &question, record);
    assert_null(purpose.handed_attributes);
}

/* The tree is part of it where the adapter is shown a token that says it. */
static void is_for_one_tree_where_an_assertion_names_it(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct question question = {.document.target.hand_over.assertion_audience = TEXT("https://login.example")};
    const struct shared_purpose purpose = read(arena, &question, RECORD(""));
    assert_true(text_is(purpose.root, "tree") && text_is(purpose.task, "t-1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_what_the_record_says),
        cmocka_unit_test(tells_authorization_details_apart),
        cmocka_unit_test(is_told_what_was_handed_over_and_still_is),
        cmocka_unit_test(is_for_one_tree_where_an_assertion_names_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
