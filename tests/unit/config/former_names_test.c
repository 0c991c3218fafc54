/* A setting that was renamed: the former name counts, with a warning, and not beside the new one. */
#include "reading.h"

#include "document_body.h"
#include "settings/former_names.h"
#include "tree.h"

static const struct field inner[] = {{"size", .former = &(const struct former_name){"old.size", "0.2", "0.4"}},
                                     {"colour", .former = &(const struct former_name){"colour", "0.3", "0.5"}},
                                     {.name = NULL}};
static const struct field fields[] = {{"box", .shape = FIELD_GROUP, .fields = inner}, {.name = NULL}};

static const struct former_case {
    const char *before, *after; /* after: as JSON */
    const char *mistakes, *warnings;
} cases[] = {
    {"{box: {size: 1}}", "{\"box\":{\"size\":1}}", "", ""},
    {"{colour: red}", "{\"box\":{\"colour\":\"red\"}}", "",
     "f.yaml:1:2: warning: spec.colour is called spec.box.colour since version 0.3; version 0.5 will not know "
     "it\n"},
    {"{other: 1, old: {size: 2, more: 3}, box: {}}", "{\"other\":1,\"old\":{\"more\":3},\"box\":{\"size\":2}}",
     "",
     "f.yaml:1:18: warning: spec.old.size is called spec.box.size since version 0.2; version 0.4 will not know "
     "it\n"},
    {"{box: {colour: red}, colour: green}", "{\"box\":{\"colour\":\"red\"}}",
     "f.yaml:1:22: spec.colour is the former name of spec.box.colour, which is written too; take the former "
     "away\n",
     ""},
    {"{box: none, colour: green}", "{\"box\":\"none\"}",
     "f.yaml:1:13: spec.colour is the former name of spec.box.colour, which is written too; take the former "
     "away\n",
     ""},
    {"{old: 1}", "{\"old\":1}", "", ""},
    {"[colour]", "[\"colour\"]", "", ""},
};

static void values_move_to_where_they_stand_today(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        SCOPED_ARENA arena = arena_create();
        SCOPED_BUFFER warnings = {0};
        struct documents documents;
        struct tree_reader reader;
        documents_init(&documents, arena);
        tree_reader_open(&reader, &documents, TEXT("f.yaml"), text_of(cases[i].before));
        struct tree_node *spec = tree_reader_next(&reader);
        tree_reader_close(&reader);
        former_names_replace(&documents, TEXT("f.yaml"), fields, spec);
        reading_assert_mistakes(&documents, cases[i].mistakes);
        documents_print_warnings(&documents, &warnings);
        buffer_append_byte(&warnings, '\0');
        assert_string_equal(warnings.base, cases[i].warnings);
        assert_string_equal(document_body_of(arena, spec).base, cases[i].after);
    }
}

static void the_sealing_key_may_still_be_named_as_before(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct documents documents =
        reading_of(arena, "kind: Gateway\nmetadata: {name: g}\nspec:\n  issuer: https://gateway.example\n"
                          "  tls: {certificateFile: a, keyFile: b}\n  sealingKeyFile: k\n");
    reading_assert_mistakes(&documents, "");
    assert_int_equal(documents.warning_count, 1);
    assert_true(text_is(documents_gateway(&documents)->sealing.key_file, "k"));
    documents =
        reading_of(arena, "kind: Gateway\nmetadata: {name: g}\nspec:\n  issuer: https://gateway.example\n"
                          "  tls: {certificateFile: a, keyFile: b}\n  sealingKeyFile: k\n"
                          "  sealing: {keyFile: k}\n");
    reading_assert_mistakes(&documents, "f.yaml:6:3: spec.sealingKeyFile is the former name of "
                                        "spec.sealing.keyFile, which is written too; take the former away\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_move_to_where_they_stand_today),
        cmocka_unit_test(the_sealing_key_may_still_be_named_as_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
