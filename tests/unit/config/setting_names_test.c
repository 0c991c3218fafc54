/* Settings by variables and flags: each has one name in the environment, and nothing else is one. */
#include "reading.h"

#include "document_fields.h"
#include "settings/setting_names.h"

static void check_names(struct arena *arena, const struct field *fields, const char *path,
                        struct text_list *seen)
{
    for (const struct field *field = fields; field->name != NULL; field++) {
        const char *name = arena_print(arena, "%s%s%s", path, path[0] == '\0' ? "" : ".", field->name).base;
        if (field->shape == FIELD_GROUP) {
            check_names(arena, field->fields, name, seen);
            continue;
        }
        struct documents documents;
        struct setting_place place;
        documents_init(&documents, arena);
        struct text variable = setting_variable(arena, text_of(name));
        assert_false(text_list_has(seen, variable));
        seen->items[seen->count++] = variable;
        const struct document_file set = {variable.base, TEXT("1"), FILE_SETTING};
        assert_true(setting_place_find(&documents, &set, &place));
        assert_true(text_is(place.path, name) && text_is(place.value, "1"));
        const struct document_file flag = {"--set", arena_print(arena, "spec.%s=a=b", name), FILE_SETTING};
        assert_true(setting_place_find(&documents, &flag, &place));
        assert_true(text_is(place.path, name) && text_is(place.value, "a=b"));
    }
}

static void every_setting_has_one_name_of_its_own(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct text_list seen = {ARENA_ARRAY(arena, struct text, 1000), 0};
    check_names(arena, kind_row(DOCUMENT_GATEWAY)->fields, "", &seen);
    assert_true(seen.count > 100);
    assert_true(text_list_has(&seen, TEXT("DRAGOMAN__STORE__POSTGRES__ANSWER_TIMEOUT")));
}

static const struct {
    const char *path, *content, *mistakes;
} bad[] = {
    {"DRAGOMAN__LIMTS__THREADS", "4",
     "DRAGOMAN__LIMTS__THREADS: no setting is called so in the environment; did you mean "
     "\"DRAGOMAN__LIMITS__THREADS\"?\n"},
    {"DRAGOMAN__LIMITS", "{}",
     "DRAGOMAN__LIMITS: this is a part with settings of its own; set those, such as "
     "DRAGOMAN__LIMITS__THREADS\n"},
    {"DRAGOMAN__LIMIT", "{}",
     "DRAGOMAN__LIMIT: no setting is called so in the environment; did you mean \"DRAGOMAN__LISTEN\"?\n"},
    {"--set", "terminators={addresses: [10.0.0.1/32]}",
     "--set terminators: this is a part with settings of its own; set those, such as terminators.addresses\n"},
    {"--set", "limits.threads", "--set limits.threads: expected SETTING=VALUE, such as limits.threads=4\n"},
    {"--set", "limits.threds=4",
     "--set limits.threds: there is no setting of this name; did you mean \"limits.threads\"?\n"},
    {"--set", "=4", "--set : there is no setting of this name\n"},
    {"--set", "", "--set : expected SETTING=VALUE, such as limits.threads=4\n"},
};

static void what_is_none_is_told_with_the_nearest(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        SCOPED_ARENA arena = arena_create();
        struct documents documents;
        struct setting_place place;
        documents_init(&documents, arena);
        const struct document_file set = {bad[i].path, text_of(bad[i].content), FILE_SETTING};
        assert_false(setting_place_find(&documents, &set, &place));
        reading_assert_mistakes(&documents, bad[i].mistakes);
    }
}

static void variables_come_in_the_order_of_their_names_and_flags_after_them(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct documents documents;
    char *flags[] = {"b=1", "a=2"};
    setenv("DRAGOMAN__LIMITS__THREADS", "4", 1);
    setenv("DRAGOMAN__ISSUER", "https://a.example/?x=y", 1);
    setenv("DRAGOMAN_VECTORS_OF_A_TEST", "no setting: one underscore", 1);
    documents_init(&documents, arena);
    documents_take_settings(&documents, flags, 2);
    unsetenv("DRAGOMAN__LIMITS__THREADS");
    unsetenv("DRAGOMAN__ISSUER");
    unsetenv("DRAGOMAN_VECTORS_OF_A_TEST");
    assert_int_equal(documents.setting_count, 4);
    assert_string_equal(documents.settings[0].path, "DRAGOMAN__ISSUER");
    assert_true(text_is(documents.settings[0].content, "https://a.example/?x=y"));
    assert_string_equal(documents.settings[1].path, "DRAGOMAN__LIMITS__THREADS");
    assert_true(text_is(documents.settings[2].content, "b=1") && text_is(documents.settings[3].content, "a=2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_setting_has_one_name_of_its_own),
        cmocka_unit_test(what_is_none_is_told_with_the_nearest),
        cmocka_unit_test(variables_come_in_the_order_of_their_names_and_flags_after_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
