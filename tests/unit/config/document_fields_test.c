/* The tables themselves: every row can be explained, and every default would be accepted if written. */
#include "document_fields.h"
#include "reading.h"

static void check_rows(const struct field *fields)
{
    for (const struct field *field = fields; field->name != NULL; field++) {
        assert_non_null(field->help);
        assert_true(field->help[strlen(field->help) - 1] == '.');
        for (const struct field *other = fields; other != field; other++)
            assert_string_not_equal(field->name, other->name);
        if (field->fields != NULL)
            check_rows(field->fields);
        if (field->shape == FIELD_GROUP)
            continue;
        /* Required, or with a default that is written down, one of the two. */
        assert_int_equal(field->is_required + (field->fallback != NULL) + (field->otherwise != NULL), 1);
        if (field->type == VALUE_INTEGER || field->type == VALUE_DURATION || field->shape != FIELD_ONE)
            assert_true(field->maximum > field->minimum);
        if (field->type == VALUE_INTEGER && field->unit == NULL)
            fail_msg("%s is a number: its row in document_fields.c needs a .unit", field->name);
    }
}

static void explain_every_field_and_say_what_happens_without_it(void **state)
{
    (void)state;
    check_rows(metadata_fields);
    for (int kind = 0; kind < DOCUMENT_KIND_COUNT; kind++) {
        assert_non_null(kind_row((enum document_kind)kind)->help);
        check_rows(kind_row((enum document_kind)kind)->fields);
    }
}

static void write_defaults(struct buffer *out, const struct field *fields, unsigned depth)
{
    for (const struct field *field = fields; field->name != NULL; field++) {
        if (field->shape != FIELD_GROUP && field->fallback == NULL)
            continue;
        buffer_print(out, "%*s%s: %s\n", (int)(2 * depth), "", field->name,
                     field->shape == FIELD_GROUP ? "" : field->fallback);
        if (field->shape == FIELD_GROUP)
            write_defaults(out, field->fields, depth + 1);
    }
}

static void accept_every_default_when_it_is_written(void **state)
{
    (void)state;
    for (int kind = 0; kind < DOCUMENT_KIND_COUNT; kind++) {
        SCOPED_ARENA arena = arena_create();
        SCOPED_BUFFER content = {0};
        buffer_print(&content, "kind: %s\nmetadata: {name: a}\nspec:\n",
                     kind_row((enum document_kind)kind)->name);
        write_defaults(&content, kind_row((enum document_kind)kind)->fields, 1);
        struct documents documents;
        documents_init(&documents, arena);
        documents_read(&documents, TEXT("f.yaml"), buffer_text(&content));
        for (size_t i = 0; i < documents.mistake_count; i++) {
            const char *sentence = documents.mistakes[i].sentence.base;
            bool is_about_a_default =
                strstr(sentence, "missing") == NULL && strstr(sentence, "found nothing") == NULL;
            if (is_about_a_default)
                fail_msg("%s", sentence);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(explain_every_field_and_say_what_happens_without_it),
        cmocka_unit_test(accept_every_default_when_it_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
