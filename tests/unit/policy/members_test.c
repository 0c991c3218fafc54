/* Records that are filled member by member. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "facts/members.h"

static void are_a_record_in_whatever_order_they_were_added(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct scope_set scopes = {.scopes = {TEXT("write"), TEXT("read")}, .count = 2};
    struct members members = members_begin(arena, 4);
    members_add(&members, "scopes", scopes_of(arena, &scopes));
    members_add_text(&members, "name", TEXT(""));
    members_add_text_if(&members, "absent", TEXT_NONE);
    members_add(&members, "domain", entity_of(arena, "Domain", TEXT("corp")));
    const struct cedar_record *record = members_end(arena, &members).record;
    assert_int_equal(record->count, 3);
    assert_int_equal(cedar_record_find(record, TEXT("scopes"))->set->count, 2);
    assert_int_equal(cedar_record_find(record, TEXT("name"))->string.length, 0);
    assert_null(cedar_record_find(record, TEXT("absent")));
    const struct cedar_uid domain = uid_of("Domain", TEXT("corp"));
    assert_true(cedar_uid_equal(cedar_record_find(record, TEXT("domain"))->entity, &domain));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(are_a_record_in_whatever_order_they_were_added),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
