/* Whose a session is, and what of it lies in the store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "message_fixture.h"
#include "session/session_facts.h"

struct fixture {
    struct arena *arena;
    struct sealer *sealer;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    unsigned char key[32] = {4, 5, 6};
    fixture.arena = arena_create();
    fixture.sealer = sealer_create(secret_create(key, sizeof(key)));
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    sealer_destroy(fixture->sealer);
    arena_destroy(fixture->arena);
    return 0;
}

static const char alice[] = "{\"subject\":{\"iss\":\"https://idp\",\"sub\":\"alice\"},\"client\":\"agent\","
                            "\"chain\":[{\"iss\":\"us\",\"sub\":\"agent\"}],\"id\":\"01\"}";

static bool is_same_owner(struct arena *arena, struct text target, const char *record)
{
    unsigned char one[DIGEST_SIZE], other[DIGEST_SIZE];
    session_owner(TEXT("files"), fixture_json(arena, alice), one);
    session_owner(target, fixture_json(arena, record), other);
    return memcmp(one, other, DIGEST_SIZE) == 0;
}

static void test_belongs_to_target_subject_client_and_chain_together(void **state)
{
    struct arena *arena = ((struct fixture *)*state)->arena;
    static const char *const others[] = {
        "{\"subject\":{\"iss\":\"https://"
        "idp\",\"sub\":\"bob\"},\"client\":\"agent\",\"chain\":[{\"iss\":\"us\",\"sub\":\"agent\"}]}",
        "{\"subject\":{\"iss\":\"https://"
        "other\",\"sub\":\"alice\"},\"client\":\"agent\",\"chain\":[{\"iss\":\"us\",\"sub\":\"agent\"}]}",
        "{\"subject\":{\"iss\":\"https://"
        "idp\",\"sub\":\"alice\"},\"client\":\"other\",\"chain\":[{\"iss\":\"us\",\"sub\":\"agent\"}]}",
        "{\"subject\":{\"iss\":\"https://"
        "idp\",\"sub\":\"alice\"},\"client\":\"agent\",\"chain\":[{\"iss\":\"us\",\"sub\":\"other\"}]}",
        "{\"subject\":{\"iss\":\"https://"
        "idp\",\"sub\":\"alice\"},\"client\":\"agent\",\"chain\":[{\"iss\":\"us\",\"sub\":\"agent\"},{\"iss\":"
        "\"us\",\"sub\":\"second\"}]}",
        "{\"subject\":{\"iss\":\"https://idp\",\"sub\":\"alice\"},\"client\":\"agent\",\"chain\":[]}",
        "{\"subject\":{\"iss\":\"https://idp\",\"sub\":\"alice\"},\"client\":\"agent\"}",
        "{\"subject\":{\"iss\":\"https://"
        "idpa\",\"sub\":\"lice\"},\"client\":\"agent\",\"chain\":[{\"iss\":\"us\",\"sub\":\"agent\"}]}",
    };
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(is_same_owner(arena, TEXT("files"), others[i]));
    assert_false(is_same_owner(arena, TEXT("mail"), alice));
}

static void test_belongs_to_no_credential(void **state)
{
    struct arena *arena = ((struct fixture *)*state)->arena;
    assert_true(is_same_owner(arena, TEXT("files"),
                              "{\"id\":\"02\",\"scope_given\":\"more\",\"expires_at\":7,\"client\":\"agent\","
                              "\"subject\":{\"sub\":\"alice\",\"iss\":\"https://idp\"},"
                              "\"chain\":[{\"sub\":\"agent\",\"iss\":\"us\"}]}"));
}

static struct session_facts facts_of_one(void)
{
    struct session_facts facts = {.lease = TEXT("01ARZ3NDEKTSV4RRFFQ69G5FAV"),
                                  .upstream_id = TEXT("their-own-\"id\""),
                                  .opened_at_s = 1800000000,
                                  .expires_at_s = 1800028800};
    memset(facts.owner, 7, DIGEST_SIZE);
    return facts;
}

static void test_comes_out_of_the_store_as_it_went_in(void **state)
{
    const struct fixture *x = *state;
    const struct session_facts facts = facts_of_one();
    struct session_facts found;
    char key[SESSION_KEY_SIZE];
    session_key(x->sealer, session_make_id(x->arena), key);
    struct text sealed = session_facts_seal(x->sealer, x->arena, text_of(key), &facts);
    assert_null(memmem(sealed.base, sealed.length, "their-own", 9));
    assert_int_equal(session_facts_open(x->sealer, x->arena, text_of(key), sealed, &found), FAULT_NONE);
    assert_true(text_equal(found.lease, facts.lease) && text_equal(found.upstream_id, facts.upstream_id));
    assert_memory_equal(found.owner, facts.owner, DIGEST_SIZE);
    assert_int_equal(found.opened_at_s, facts.opened_at_s);
    assert_int_equal(found.expires_at_s, facts.expires_at_s);
}

static void test_opens_under_no_other_key_and_not_when_it_was_changed(void **state)
{
    const struct fixture *x = *state;
    const struct session_facts facts = facts_of_one();
    struct session_facts found;
    char key[SESSION_KEY_SIZE], other[SESSION_KEY_SIZE];
    session_key(x->sealer, session_make_id(x->arena), key);
    session_key(x->sealer, session_make_id(x->arena), other);
    struct text sealed = session_facts_seal(x->sealer, x->arena, text_of(key), &facts);
    assert_int_equal(session_facts_open(x->sealer, x->arena, text_of(other), sealed, &found),
                     FAULT_MCP_SESSION_UNKNOWN);
    char *changed = (char *)(uintptr_t)arena_copy(x->arena, sealed).base;
    changed[sealed.length / 2] ^= 1;
    assert_int_equal(
        session_facts_open(x->sealer, x->arena, text_of(key), (struct text){changed, sealed.length}, &found),
        FAULT_MCP_SESSION_UNKNOWN);
}

static void test_has_an_id_of_its_own_shape(void **state)
{
    struct arena *arena = ((struct fixture *)*state)->arena;
    struct text one = session_make_id(arena), other = session_make_id(arena);
    assert_true(session_id_is_whole(one) && !text_equal(one, other));
    assert_false(session_id_is_whole(TEXT_NONE));
    assert_false(session_id_is_whole((struct text){one.base, one.length - 1}));
    assert_false(session_id_is_whole(TEXT("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+")));
}

static void test_takes_no_id_of_a_server_that_could_be_more_than_one(void **state)
{
    (void)state;
    static char many[SESSION_UPSTREAM_ID_BYTES_MAX + 1];
    memset(many, 'x', sizeof(many));
    assert_true(session_upstream_id_is_plain(TEXT("!s-1~")));
    assert_true(session_upstream_id_is_plain((struct text){many, sizeof(many) - 1}));
    assert_false(session_upstream_id_is_plain((struct text){many, sizeof(many)}));
    assert_false(session_upstream_id_is_plain(TEXT("")));
    assert_false(session_upstream_id_is_plain(TEXT("a b")));
    assert_false(session_upstream_id_is_plain(TEXT("a\x7f")));
    assert_false(session_upstream_id_is_plain(TEXT("a\xc3\xa4")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_belongs_to_target_subject_client_and_chain_together, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_belongs_to_no_credential, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_comes_out_of_the_store_as_it_went_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_opens_under_no_other_key_and_not_when_it_was_changed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_has_an_id_of_its_own_shape, set_up, tear_down),
        cmocka_unit_test(test_takes_no_id_of_a_server_that_could_be_more_than_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
