/* docs/reference/settings.md, documents.md and schema/documents.schema.json say what the tables say. With
 * DRAGOMAN_WRITE_MANUAL set this test writes them anew; without, it fails where they differ. */
#include "reading.h"

#include <stdio.h>

#include "configuration_manual.h"
#include "json/json_value.h"

/* A file of the project: this one is four folders down. */
static const char *project_file(struct arena *arena, const char *name)
{
    struct text top = TEXT(__FILE__);
    for (int i = 0; i < 4; i++)
        do
            top.length--;
        while (top.base[top.length] != '/');
    return arena_print(arena, "%.*s/%s", TEXT_ARGUMENTS(top), name).base;
}

static void read_project_file(struct arena *arena, const char *name, struct buffer *out)
{
    FILE *file = fopen(project_file(arena, name), "r");
    char piece[4096];
    size_t length;
    while (file != NULL && (length = fread(piece, 1, sizeof(piece), file)) != 0)
        buffer_append(out, (struct text){piece, length});
    if (file != NULL)
        fclose(file);
    buffer_append_byte(out, '\0');
}

static void compare_or_write(struct arena *arena, const char *name, const struct buffer *expected)
{
    if (getenv("DRAGOMAN_WRITE_MANUAL") != NULL) {
        FILE *file = fopen(project_file(arena, name), "w");
        assert_non_null(file);
        assert_int_equal(fwrite(expected->base, 1, expected->length - 1, file), expected->length - 1);
        assert_int_equal(fclose(file), 0);
    }
    SCOPED_BUFFER content = {0};
    read_project_file(arena, name, &content);
    if (strcmp(content.base, expected->base) != 0)
        fail_msg("%s does not say what the tables say; run this test with DRAGOMAN_WRITE_MANUAL=1 and look at "
                 "the change",
                 name);
}

static void the_schema_is_the_tables(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    SCOPED_BUFFER expected = {0};
    configuration_manual_schema(&expected);
    const struct json_value *schema;
    assert_int_equal(json_parse(arena, buffer_text(&expected), &json_limits_document, &schema), FAULT_NONE);
    assert_int_equal(json_member(schema, TEXT("allOf"))->count, DOCUMENT_KIND_COUNT);
    buffer_append_byte(&expected, '\0');
    compare_or_write(arena, "schema/documents.schema.json", &expected);
}

static void the_reference_is_the_tables(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    SCOPED_BUFFER settings = {0}, documents = {0};
    configuration_manual_settings(&settings);
    buffer_append_byte(&settings, '\0');
    compare_or_write(arena, "docs/reference/settings.md", &settings);
    configuration_manual_documents(&documents);
    buffer_append_byte(&documents, '\0');
    compare_or_write(arena, "docs/reference/documents.md", &documents);
}

static void the_smallest_configuration_in_the_manual_is_the_tested_one(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    SCOPED_BUFFER manual = {0}, smallest = {0};
    read_project_file(arena, "docs/configuration.md", &manual);
    read_project_file(arena, "tests/unit/config/smallest.yaml", &smallest);
    assert_true(smallest.length > 1);
    assert_non_null(strstr(manual.base, arena_print(arena, "```yaml\n%s```\n", smallest.base).base));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_schema_is_the_tables),
        cmocka_unit_test(the_reference_is_the_tables),
        cmocka_unit_test(the_smallest_configuration_in_the_manual_is_the_tested_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
