/* What an adapter finds in its settings is told where it stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/documents.h"

static const char target[] = "kind: Target\nmetadata: {name: a}\nspec:\n  audiences: [https://a.example]\n"
                             "  settings:\n    list:\n      - x\n      - {deep: 1}\n    a/b: 2\n    m~n: 3\n";

static void expect(const char *pointer, const char *wanted)
{
    SCOPED_ARENA arena = arena_create();
    SCOPED_BUFFER said = {0};
    struct documents documents;
    documents_init(&documents, arena);
    documents_read(&documents, TEXT("f.yaml"), text_of(target));
    assert_int_equal(documents.mistake_count, 0);
    documents_add_settings_mistake(&documents, documents.items[0], "spec.settings", text_of(pointer),
                                   TEXT("no"));
    documents_print_mistakes(&documents, &said);
    assert_string_equal(arena_copy(arena, buffer_text(&said)).base, wanted);
}

static void stands_at_the_place_that_the_pointer_names(void **state)
{
    (void)state;
    expect("/list/1/deep", "f.yaml:8:16: spec.settings/list/1/deep: no\n");
    expect("/list/0", "f.yaml:7:9: spec.settings/list/0: no\n");
    expect("/a~1b", "f.yaml:9:10: spec.settings/a~1b: no\n");
    expect("/m~0n", "f.yaml:10:10: spec.settings/m~0n: no\n");
    expect("", "f.yaml:6:5: spec.settings: no\n");
}

static void stands_at_the_nearest_place_there_is(void **state)
{
    (void)state;
    expect("/missing/x", "f.yaml:6:5: spec.settings/missing/x: no\n");
    expect("/list/7", "f.yaml:7:7: spec.settings/list/7: no\n");
    expect("/list/-1", "f.yaml:7:7: spec.settings/list/-1: no\n");
    expect("/list/0/x", "f.yaml:7:9: spec.settings/list/0/x: no\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stands_at_the_place_that_the_pointer_names),
        cmocka_unit_test(stands_at_the_nearest_place_there_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
