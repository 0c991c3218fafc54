/* Texts of policies: where they come from, and where a mistake in them is told to stand. */
#include "reading.h"

#include <stdio.h>
#include <unistd.h>

#include "document_policy.h"

static const struct policy_document *policy_of(struct arena *arena, const char *content)
{
    return &reading_one(arena, content)->policy;
}

static void finds_each_line_of_a_literal_block_in_the_document(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct policy_document *policy = policy_of(arena, "# above\n"
                                                            "kind: Policy\n"
                                                            "metadata: {name: p}\n"
                                                            "spec:\n"
                                                            "  policies: | # so\n"
                                                            "\n"
                                                            "     permit (\n"
                                                            "       principal);\n");
    assert_true(text_is(policy->policies, "\npermit (\n  principal);\n"));
    assert_true(policy->is_exact && policy->is_enabled && !policy->is_report);
    assert_true(text_is(policy->source, "f.yaml"));
    assert_int_equal(policy->line, 6);
    assert_int_equal(policy->column_offset, 5);
    assert_null(policy->file.base);
}

static void finds_the_text_where_its_indentation_is_written_out(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct policy_document *policy = policy_of(arena, "kind: Policy\r\n"
                                                            "metadata: {name: p}\r\n"
                                                            "spec:\r\n"
                                                            "  policies: |2-\r\n"
                                                            "      indented\r\n"
                                                            "    not\r\n"
                                                            "  enforcement: report\r\n");
    assert_true(text_is(policy->policies, "  indented\nnot"));
    assert_true(policy->is_exact && policy->is_report);
    assert_int_equal(policy->line, 5);
    assert_int_equal(policy->column_offset, 4);
}

static void finds_blocks_in_every_document_of_a_stream_and_after_a_syntax_error(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct documents documents =
        reading_of(arena, "kind: Policy\nmetadata: {name: a}\nspec:\n  policies: |\n    x\n"
                          "---\nkind: [\n"
                          "---\nkind: Policy\nmetadata: {name: b}\nspec:\n  policies: |\n"
                          "   y\n");
    assert_int_equal(documents.count, 2);
    assert_int_equal(documents.items[0]->policy.line, 5);
    assert_int_equal(documents.items[0]->policy.column_offset, 4);
    assert_int_equal(documents.items[1]->policy.line, 13);
    assert_int_equal(documents.items[1]->policy.column_offset, 3);
}

static void knows_only_the_place_of_a_text_in_any_other_style(void **state)
{
    (void)state;
    static const char *const contents[] = {
        "kind: Policy\nmetadata: {name: p}\nspec:\n  policies: >\n    permit\n    all\n",
        "kind: Policy\nmetadata: {name: p}\nspec:\n  policies: \"permit\\nall\"\n",
        "kind: Policy\nmetadata: {name: p}\nspec:\n  policies: permit all\n"};
    for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
        SCOPED_ARENA arena = arena_create();
        const struct policy_document *policy = policy_of(arena, contents[i]);
        assert_false(policy->is_exact);
        assert_int_equal(policy->line, 4);
        assert_int_equal(policy->column_offset, 12);
    }
}

static void tells_a_mistake_in_the_text_at_its_place_in_the_file(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct documents documents =
        reading_of(arena, "kind: Policy\nmetadata: {name: a}\nspec:\n  policies: |\n    x\n    y\n---\n"
                          "kind: Policy\nmetadata: {name: b}\nspec: {policies: \"x\\ny\"}\n");
    documents_add_policy_mistake(&documents, documents.items[0], 2, 3, TEXT("no"));
    documents_add_policy_mistake(&documents, documents.items[1], 2, 3, TEXT("no"));
    reading_assert_mistakes(&documents, "f.yaml:6:7: no\nf.yaml:10:18: no (line 2, column 3 of the text)\n");
}

static const struct reading_case bad[] = {
    {"kind: Policy\n"
     "metadata: {name: p}\n",
     "f.yaml:1:1: spec.policies is missing: it holds the policies (or file names theirs)\n"},
    {"kind: Policy\n"
     "metadata: {name: p}\n"
     "spec: {policies: x, file: y}\n",
     "f.yaml:3:27: spec: expected policies or file, found both\n"},
    {"kind: Policy\n"
     "metadata: {name: p}\n"
     "spec: {policies: [x], enforcement: warn}\n",
     "f.yaml:3:18: spec.policies: expected the text of Cedar policies, found a list\n"
     "f.yaml:3:36: spec.enforcement: expected a way to enforce, found \"warn\"; known: enforce, report\n"},
    {"kind: Policy\n"
     "metadata: {name: p}\n"
     "spec: {policies: \"a\\u001b\"}\n",
     "f.yaml:3:18: text must be one line without control characters and without marks that turn the direction "
     "of writing\n"},
    {"kind: Policy\n"
     "metadata: {name: \"a\\nb\"}\n"
     "spec: {policies: \"\", enforcement: \"report\\n\"}\n",
     "f.yaml:2:18: text must be one line without control characters and without marks that turn the direction "
     "of writing\n"
     "f.yaml:3:18: spec.policies: expected the text of Cedar policies, found \"\"\n"
     "f.yaml:3:35: text must be one line without control characters and without marks that turn the direction "
     "of writing\n"},
    {"kind: Policy\n"
     "metadata: {name: p}\n"
     "spec: {file: /nowhere/x.cedar}\n",
     "f.yaml:3:14: spec.file: /nowhere/x.cedar cannot be read: No such file or directory\n"},
    {"kind: Policy\n"
     "metadata: {name: p}\n"
     "spec: {file: /dev/null}\n",
     "f.yaml:3:14: spec.file: /dev/null cannot be read: it is not a regular file\n"},
};

static void wants_one_text_from_one_place(void **state)
{
    (void)state;
    reading_assert_cases(bad, sizeof(bad) / sizeof(bad[0]), false);
}

static void reads_no_file_for_a_document_that_stands_in_none(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct documents documents;
    documents_init(&documents, arena);
    documents_read(&documents, TEXT("store"),
                   TEXT("kind: Policy\nmetadata: {name: p}\nspec: {file: /etc/hostname}\n"));
    reading_assert_mistakes(&documents,
                            "store:3:14: spec.file: expected the text in the document itself, since "
                            "this one stands in no file, found \"/etc/hostname\"\n");
    assert_int_equal(documents.file_count, 0);
}

static void write_file(char *path, const char *content)
{
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, content, strlen(content)), strlen(content));
    assert_int_equal(close(descriptor), 0);
}

static void puts_the_text_of_a_file_into_the_body(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    char path[] = "/tmp/dragoman-policy-XXXXXX";
    write_file(path, "\xef\xbb\xbfpermit (\r\n\tx);\r\n");
    const struct document *document = reading_one(
        arena,
        arena_print(arena, "kind: Policy\nmetadata: {name: p}\nspec: {enabled: false, file: %s}\n", path).base);
    unlink(path);
    assert_true(text_is(document->policy.policies, "permit (\n\tx);\n"));
    assert_true(text_is(document->policy.source, path) && text_is(document->policy.file, path));
    assert_true(document->policy.is_exact && !document->policy.is_enabled);
    assert_int_equal(document->policy.line, 1);
    assert_int_equal(document->policy.column_offset, 0);
    assert_string_equal(document->body.base, "{\"kind\":\"Policy\",\"metadata\":{\"name\":\"p\"},\"spec\":{"
                                             "\"enabled\":false,\"policies\":\"permit (\\n\\tx);\\n\"}}");
}

static void tells_bytes_that_are_no_text_by_their_place_in_the_file(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    char path[] = "/tmp/dragoman-policy-XXXXXX", empty[] = "/tmp/dragoman-policy-XXXXXX";
    write_file(path, "permit\n \x01");
    write_file(empty, "");
    struct documents documents = reading_of(
        arena, arena_print(arena, "kind: Policy\nmetadata: {name: p}\nspec: {file: %s}\n", path).base);
    struct documents none = reading_of(
        arena, arena_print(arena, "kind: Policy\nmetadata: {name: p}\nspec: {file: %s}\n", empty).base);
    unlink(path);
    unlink(empty);
    assert_int_equal(documents.mistake_count, 1);
    assert_true(text_is(documents.mistakes[0].source, path));
    assert_int_equal(documents.mistakes[0].line, 2);
    assert_int_equal(documents.mistakes[0].column, 2);
    reading_assert_mistakes(&none, arena_print(arena, "%s: there is nothing in this file\n", empty).base);
}

static struct documents reading_file(struct arena *arena, const char *name, const char *content)
{
    struct documents documents;
    documents_init(&documents, arena);
    documents_read(&documents, text_of(name), text_of(content));
    return documents;
}

static void is_named_by_its_file_where_it_is_one(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct documents documents = reading_file(arena, "etc/agents.cedar", "permit (\r\n x);\r\n");
    reading_assert_mistakes(&documents, "");
    assert_int_equal(documents.count, 1);
    const struct document *document = documents.items[0];
    assert_true(text_is(document->name, "agents"));
    assert_string_equal(document->label.base, "Policy/agents (etc/agents.cedar:1)");
    assert_true(text_is(document->policy.file, "etc/agents.cedar"));
    assert_true(document->policy.is_exact && document->policy.is_enabled && !document->policy.is_report);
    documents_add_policy_mistake(&documents, document, 2, 2, TEXT("no"));
    reading_assert_mistakes(&documents, "etc/agents.cedar:2:2: no\n");
    assert_string_equal(document->body.base,
                        "{\"kind\":\"Policy\",\"metadata\":{\"name\":\"agents\"},\"spec\":{"
                        "\"policies\":\"permit (\\n x);\\n\"}}");
}

static void says_which_file_names_can_name_a_document(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct documents documents = reading_file(arena, "etc/Agents_1.cedar", "x");
    reading_assert_mistakes(&documents,
                            "etc/Agents_1.cedar: the file's name before .cedar names the document: "
                            "expected a name of lower-case letters, digits, \"-\" and \".\", at most "
                            "63 bytes, found \"Agents_1\"; call the file agents-1.cedar\n");
    documents = reading_file(arena, "\xc3\x84.cedar", "x");
    assert_null(strstr(documents.mistakes[0].sentence.base, "call the file"));
    assert_true(document_policy_is_name(TEXT("a.cedar")) && !document_policy_is_name(TEXT("cedar")));
    documents = reading_file(arena, "none.cedar", "");
    reading_assert_mistakes(&documents, "none.cedar: there is nothing in this file\n");
}

static void knows_policies_where_documents_are_expected(void **state)
{
    (void)state;
    static const char *const policies[] = {
        "\xef\xbb\xbf\r\n// on trial\r\n  permit (principal, action, resource);",
        "\n\nforbid\n(principal, action, resource);",
        "// a\n// b\n@id(\"a\")\npermit (principal, action, resource);"};
    SCOPED_ARENA arena = arena_create();
    for (size_t i = 0; i < 3; i++) {
        struct documents documents = reading_file(arena, "agents.yaml", policies[i]);
        assert_int_equal(documents.mistake_count, 1);
        assert_int_equal(documents.mistakes[0].line, 3);
        assert_non_null(strstr(documents.mistakes[0].sentence.base, "their file is called NAME.cedar"));
    }
    static const char *const others[] = {"permit: x\n", "// permit (x)\n", "", "permitted (x)\n"};
    for (size_t i = 0; i < 4; i++) {
        unsigned line;
        assert_false(document_policy_is_text(text_of(others[i]), &line));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_each_line_of_a_literal_block_in_the_document),
        cmocka_unit_test(finds_the_text_where_its_indentation_is_written_out),
        cmocka_unit_test(finds_blocks_in_every_document_of_a_stream_and_after_a_syntax_error),
        cmocka_unit_test(knows_only_the_place_of_a_text_in_any_other_style),
        cmocka_unit_test(tells_a_mistake_in_the_text_at_its_place_in_the_file),
        cmocka_unit_test(wants_one_text_from_one_place),
        cmocka_unit_test(reads_no_file_for_a_document_that_stands_in_none),
        cmocka_unit_test(puts_the_text_of_a_file_into_the_body),
        cmocka_unit_test(tells_bytes_that_are_no_text_by_their_place_in_the_file),
        cmocka_unit_test(is_named_by_its_file_where_it_is_one),
        cmocka_unit_test(says_which_file_names_can_name_a_document),
        cmocka_unit_test(knows_policies_where_documents_are_expected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
