/* What a client keeps between two rounds of a call opens for that call alone, and in time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64url.h"
#include "message/request_state.h"
#include "message_fixture.h"

enum { NOW_S = 1800000000, END_S = NOW_S + 300 };

struct fixture {
    struct arena *arena;
    struct sealer *sealer;
    struct request_state_call call;
    struct text sealed;
};

static struct text arguments(struct arena *arena, const char *json)
{
    SCOPED_ARENA reading = arena_create(); /* they are few bytes, and stay when the tree is gone */
    return request_state_arguments(arena, fixture_json(reading, json));
}

static int set_up(void **state)
{
    static struct fixture fixture;
    unsigned char key[32] = {1, 2, 3};
    fixture.arena = arena_create();
    fixture.sealer = sealer_create(secret_create(key, sizeof(key)));
    fixture.call = (struct request_state_call){
        .owner = TEXT("owner"),
        .target = TEXT("files"),
        .method = TEXT("tools/call"),
        .name = TEXT("add"),
        .arguments = arguments(fixture.arena, "{\"a\":1,\"b\":2}"),
    };
    assert_int_equal(request_state_seal(fixture.sealer, fixture.arena, &fixture.call, TEXT("their \0 state"),
                                        END_S, &fixture.sealed),
                     FAULT_NONE);
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

static enum fault opened(const struct fixture *fixture, struct request_state_call call, struct text sealed,
                         int64_t now_s)
{
    struct text found = TEXT_NONE;
    enum fault fault = request_state_open(fixture->sealer, fixture->arena, &call, sealed, now_s, &found);
    if (fault == FAULT_NONE)
        assert_true(text_equal(found, TEXT("their \0 state")));
    return fault;
}

static void opens_for_the_call_that_it_was_sealed_for(void **state)
{
    const struct fixture *fixture = *state;
    assert_int_equal(opened(fixture, fixture->call, fixture->sealed, NOW_S), FAULT_NONE);
    struct request_state_call call = fixture->call;
    call.arguments = arguments(fixture->arena, "{\"b\":2,\"a\":1}");
    assert_int_equal(opened(fixture, call, fixture->sealed, NOW_S), FAULT_NONE);
}

static void opens_for_no_other(void **state)
{
    const struct fixture *fixture = *state;
    struct request_state_call calls[] = {fixture->call, fixture->call, fixture->call, fixture->call,
                                         fixture->call, fixture->call, fixture->call};
    calls[0].owner = TEXT("another");
    calls[1].target = TEXT("others");
    calls[2].method = TEXT("prompts/get");
    calls[3].name = TEXT("delete_all");
    calls[4].arguments = arguments(fixture->arena, "{\"a\":1,\"b\":3}");
    calls[5].arguments = request_state_arguments(fixture->arena, NULL);
    calls[6].owner = TEXT("ownerf"); /* where one text ends and the next begins */
    calls[6].target = TEXT("iles");
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        assert_int_equal(opened(fixture, calls[i], fixture->sealed, NOW_S), FAULT_MCP_STATE);
}

static void opens_until_it_ends(void **state)
{
    const struct fixture *fixture = *state;
    assert_int_equal(opened(fixture, fixture->call, fixture->sealed, END_S - 1), FAULT_NONE);
    assert_int_equal(opened(fixture, fixture->call, fixture->sealed, END_S), FAULT_MCP_STATE);
}

static void does_not_open_when_it_was_changed(void **state)
{
    const struct fixture *fixture = *state;
    for (size_t i = 0; i < fixture->sealed.length; i++) {
        char copy[400];
        assert_true(fixture->sealed.length < sizeof(copy));
        memcpy(copy, fixture->sealed.base, fixture->sealed.length);
        copy[i] = copy[i] == 'A' ? 'B' : 'A';
        assert_int_equal(opened(fixture, fixture->call, (struct text){copy, fixture->sealed.length}, NOW_S),
                         FAULT_MCP_STATE);
    }
    struct text shorter = {fixture->sealed.base, fixture->sealed.length - 1};
    assert_int_equal(opened(fixture, fixture->call, shorter, NOW_S), FAULT_MCP_STATE);
    assert_int_equal(opened(fixture, fixture->call, TEXT(""), NOW_S), FAULT_MCP_STATE);
    assert_int_equal(opened(fixture, fixture->call, TEXT("their state"), NOW_S), FAULT_MCP_STATE);
}

static void shows_nothing_of_what_it_holds(void **state)
{
    const struct fixture *fixture = *state;
    unsigned char bytes[400];
    size_t length = 0;
    assert_true(base64url_decode(fixture->sealed, bytes, &length));
    assert_null(memmem(bytes, length, "their", 5));
    struct text again;
    assert_int_equal(request_state_seal(fixture->sealer, fixture->arena, &fixture->call, TEXT("their \0 state"),
                                        END_S, &again),
                     FAULT_NONE);
    assert_false(text_equal(again, fixture->sealed));
}

static void is_not_longer_than_it_may_be(void **state)
{
    const struct fixture *fixture = *state;
    char *bytes = arena_allocate(fixture->arena, REQUEST_STATE_BYTES_MAX + 1);
    struct text sealed, found;
    struct text longest = {bytes, REQUEST_STATE_BYTES_MAX}, longer = {bytes, REQUEST_STATE_BYTES_MAX + 1};
    assert_int_equal(
        request_state_seal(fixture->sealer, fixture->arena, &fixture->call, longest, END_S, &sealed),
        FAULT_NONE);
    assert_int_equal(request_state_open(fixture->sealer, fixture->arena, &fixture->call, sealed, NOW_S, &found),
                     FAULT_NONE);
    assert_true(text_equal(found, longest));
    assert_int_equal(
        request_state_seal(fixture->sealer, fixture->arena, &fixture->call, longer, END_S, &sealed),
        FAULT_MCP_UPSTREAM_ANSWER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(opens_for_the_call_that_it_was_sealed_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(opens_for_no_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(opens_until_it_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(does_not_open_when_it_was_changed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(shows_nothing_of_what_it_holds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(is_not_longer_than_it_may_be, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
