/* The strict subset: what YAML allows and documents do not, and what each scalar is. */
#include "reading.h"
#include "tree.h"

static const struct reading_case refused[] = {
    {"kind: &k Domain\n"
     "metadata: {name: *k}\n",
     "f.yaml:1:7: anchors (&name) are not allowed; write the value out\n"
     "f.yaml:2:18: aliases (*name) are not allowed; write the value out, or quote it\n"},
    {"kind: !!str Domain\n"
     "metadata: !x {name: a, team: ! b}\n",
     "f.yaml:1:7: tags (!name) are not allowed; a value is what it is written as\n"
     "f.yaml:2:11: tags (!name) are not allowed; a value is what it is written as\n"
     "f.yaml:2:30: tags (!name) are not allowed; a value is what it is written as\n"},
    {"kind: Domain\n"
     "metadata: {name: a}\n"
     "spec:\n"
     "  <<: {enabled: true}\n",
     "f.yaml:4:3: merge keys (<<) are not allowed; write the members out\n"},
    {"kind: Domain\n"
     "metadata: {name: a, name: b}\n"
     "kind: Domain\n",
     "f.yaml:2:21: \"name\" stands here twice, first in line 2\n"
     "f.yaml:3:1: \"kind\" stands here twice, first in line 1\n"},
    {"%YAML 1.1\n"
     "---\n"
     "kind: Domain\n"
     "metadata: {name: a}\n",
     "f.yaml:1:1: directives (%YAML, %TAG) are not allowed\n"},
    {"kind: Domain\n"
     "metadata: {name: a}\n"
     "? [a, b]\n"
     ": c\n",
     "f.yaml:3:3: expected a name before the colon, found a list or mapping\n"},
    {"kind: Domain\n"
     "metadata: {name: \"a\\nb\"}\n",
     "f.yaml:2:18: text must be one line without control characters and without marks that turn the direction "
     "of writing\n"},
    {"kind: Domain\n"
     "metadata:\n"
     "  name: |\n"
     "    corp\n",
     "f.yaml:3:9: text must be one line without control characters and without marks that turn the direction "
     "of writing\n"},
    {"kind: Issuer\n"
     "metadata: {name: a}\n"
     "spec: {issuer: https://i.example, audiences: [\"\\ufeff\", \"a\\uffff\"]}\n",
     "f.yaml:3:47: text must be one line without control characters and without marks that turn the direction "
     "of writing\n"
     "f.yaml:3:57: text must be one line without control characters and without marks that turn the direction "
     "of writing\n"},
    {"kind: Domain\n"
     "metadata: {name: \"a\\0\"}\n"
     "spec: {\"\\u202e\": 1}\n",
     "f.yaml:2:18: text must be one line without control characters and without marks that turn the direction "
     "of writing\n"
     "f.yaml:3:8: text must be one line without control characters and without marks that turn the direction "
     "of writing\n"},
    {": a\n", "f.yaml:1:1: expected a name and a colon; check the indentation\n"},
    {"kind: Domain\n"
     "metadata: {name: a}\n"
     "spec: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n"
     "---\n"
     "kind: Domain\n"
     "metadata: {name: b, nme: c}\n",
     "f.yaml:3:38: lists and mappings are nested more than 32 deep\n"
     "f.yaml:6:21: unknown key \"nme\" in metadata; did you mean \"name\"?\n"},
};

static void refuses_what_documents_need_not_have(void **state)
{
    (void)state;
    reading_assert_cases(refused, sizeof(refused) / sizeof(refused[0]), false);
}

static enum tree_kind kind_of(const char *scalar)
{
    SCOPED_ARENA arena = arena_create();
    return tree_of_literal(arena, scalar)->kind;
}

static void knows_only_true_and_false_as_booleans_and_json_numbers_as_numbers(void **state)
{
    (void)state;
    static const char *const texts[] = {"yes",  "no",   "on",    "off",    "True", "TRUE", "Null",
                                        "0x1f", "010",  "1_000", ".5",     "5.",   "+1",   "1e",
                                        "1:30", ".inf", "\"1\"", "'true'", "\"\"", "5m"};
    static const char *const numbers[] = {"0", "-0", "12", "-7", "1.5", "1e5", "2E-3", "0.0"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_int_equal(kind_of(texts[i]), TREE_TEXT);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        assert_int_equal(kind_of(numbers[i]), TREE_NUMBER);
    assert_int_equal(kind_of("true"), TREE_BOOLEAN);
    assert_int_equal(kind_of("false"), TREE_BOOLEAN);
    assert_int_equal(kind_of("null"), TREE_NULL);
    assert_int_equal(kind_of("~"), TREE_NULL);
}

static void nests_as_deep_as_allowed_and_no_deeper(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    char deep[2 * DOCUMENTS_DEPTH_MAX + 3] = {0};
    memset(deep, '[', DOCUMENTS_DEPTH_MAX);
    memset(deep + DOCUMENTS_DEPTH_MAX, ']', DOCUMENTS_DEPTH_MAX);
    struct documents documents = reading_of(arena, deep);
    reading_assert_mistakes(&documents,
                            "f.yaml:1:1: expected a document (kind, metadata, spec), found a list\n");
    memset(deep, '[', DOCUMENTS_DEPTH_MAX + 1);
    memset(deep + DOCUMENTS_DEPTH_MAX + 1, ']', DOCUMENTS_DEPTH_MAX + 1);
    documents = reading_of(arena, deep);
    reading_assert_mistakes(&documents, "f.yaml:1:33: lists and mappings are nested more than 32 deep\n");
}

static void is_not_held_up_by_brackets_without_end(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    char *content = arena_allocate(arena, DOCUMENTS_BYTES_MAX);
    memset(content, '[', DOCUMENTS_BYTES_MAX - 1);
    struct documents documents = reading_of(arena, content);
    assert_int_equal(documents.mistake_count, 1);
}

static void reads_a_thousand_documents_of_a_stream_and_no_more(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    SCOPED_BUFFER content = {0};
    for (int i = 0; i < DOCUMENTS_STREAM_MAX; i++)
        buffer_print(&content, "---\nkind: Team\nmetadata: {name: t%d}\n", i);
    struct documents documents;
    documents_init(&documents, arena);
    documents_read(&documents, TEXT("f.yaml"), buffer_text(&content));
    assert_int_equal(documents.count, DOCUMENTS_STREAM_MAX);
    assert_int_equal(documents.mistake_count, 0);
    buffer_print(&content, "---\nkind: Team\nmetadata: {name: last}\n");
    documents_read(&documents, TEXT("g.yaml"), buffer_text(&content));
    reading_assert_mistakes(&documents,
                            "g.yaml:3002:1: more than 1000 documents in one stream; the rest was not read\n");
}

static void refuses_a_mapping_with_too_many_members(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    SCOPED_BUFFER content = {0};
    for (int i = 0; i < 1001; i++)
        buffer_print(&content, "a%d: 1\n", i);
    struct documents documents;
    documents_init(&documents, arena);
    documents_read(&documents, TEXT("f.yaml"), buffer_text(&content));
    reading_assert_mistakes(&documents, "f.yaml:1001:1: more than 1000 members in one mapping\n");
}

static void skips_documents_with_nothing_in_them(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct documents documents =
        reading_of(arena, "# only words\n---\n---\nkind: Team\nmetadata: {name: t}\n...\n---\n");
    reading_assert_mistakes(&documents, "");
    assert_int_equal(documents.count, 1);
    documents = reading_of(arena, "");
    assert_int_equal(documents.count + documents.mistake_count, 0);
}

static void finds_the_nearest_place_that_is_written(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct tree_node *root = tree_of_literal(arena, "a: 1\nb:\n  c: 2\n");
    assert_int_equal(tree_nearest(root, "b.c")->column, 6);
    assert_int_equal(tree_nearest(root, "b.d.e")->line, 3);
    assert_ptr_equal(tree_nearest(root, "x"), root);
    assert_ptr_equal(tree_nearest(root, NULL), root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_documents_need_not_have),
        cmocka_unit_test(knows_only_true_and_false_as_booleans_and_json_numbers_as_numbers),
        cmocka_unit_test(nests_as_deep_as_allowed_and_no_deeper),
        cmocka_unit_test(is_not_held_up_by_brackets_without_end),
        cmocka_unit_test(reads_a_thousand_documents_of_a_stream_and_no_more),
        cmocka_unit_test(refuses_a_mapping_with_too_many_members),
        cmocka_unit_test(skips_documents_with_nothing_in_them),
        cmocka_unit_test(finds_the_nearest_place_that_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
