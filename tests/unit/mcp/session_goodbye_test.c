/* What a lease keeps of a session at a server: sealed, and for that lease alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "client/session_goodbye.h"

static const struct session_goodbye goodbye = {{"https://files.internal/mcp", 26},
                                               {"upstream-1", 10},
                                               {"2025-11-25", 10},
                                               {"authorization", 13},
                                               {"Bearer opaque", 13}};

static struct sealer *make_sealer(void)
{
    static const unsigned char bytes[32] = {7};
    return sealer_create(secret_create(bytes, sizeof(bytes)));
}

static void is_opened_as_it_was_for_its_own_lease(void **state)
{
    SCOPED_ARENA arena = arena_create();
    struct sealer *sealer = make_sealer();
    struct session_goodbye opened;
    (void)state;
    struct text handle = session_goodbye_seal(sealer, arena, TEXT("lease-1"), &goodbye);
    assert_null(memmem(handle.base, handle.length, "opaque", 6));
    assert_null(memmem(handle.base, handle.length, "upstream-1", 10));
    assert_int_equal(session_goodbye_open(sealer, arena, TEXT("lease-1"), handle, &opened), FAULT_NONE);
    assert_true(text_equal(opened.url, goodbye.url));
    assert_true(text_equal(opened.session_id, goodbye.session_id));
    assert_true(text_equal(opened.version, goodbye.version));
    assert_true(text_equal(opened.header, goodbye.header));
    assert_true(text_equal(opened.credential, goodbye.credential));
    sealer_destroy(sealer);
}

static void is_opened_for_no_other_lease_and_not_when_it_was_changed(void **state)
{
    SCOPED_ARENA arena = arena_create();
    struct sealer *sealer = make_sealer();
    struct session_goodbye opened;
    (void)state;
    struct text handle = session_goodbye_seal(sealer, arena, TEXT("lease-1"), &goodbye);
    assert_int_not_equal(session_goodbye_open(sealer, arena, TEXT("lease-2"), handle, &opened), FAULT_NONE);
    char *bytes = arena_allocate(arena, handle.length);
    memcpy(bytes, handle.base, handle.length);
    bytes[handle.length - 1] = (char)(bytes[handle.length - 1] ^ 1);
    struct text changed = {bytes, handle.length};
    assert_int_not_equal(session_goodbye_open(sealer, arena, TEXT("lease-1"), changed, &opened), FAULT_NONE);
    sealer_destroy(sealer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_opened_as_it_was_for_its_own_lease),
        cmocka_unit_test(is_opened_for_no_other_lease_and_not_when_it_was_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
