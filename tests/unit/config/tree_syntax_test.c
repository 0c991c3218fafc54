/* Broken bytes and broken YAML: where, and what to do about it. */
#include "reading.h"

static const struct reading_case broken[] = {
    {"kind: Domain\n"
     "metadata:\n"
     "\tname: a\n",
     "f.yaml:3:1: a tab cannot indent; use spaces\n"},
    {"a: [1, 2\n",
     "f.yaml:2:1: expected \",\" or \"]\" to go on with or close a list (in what begins in line 1)\n"},
    {"a: {b: 1\n"
     "c: 2\n",
     "f.yaml:2:2: expected \",\" or \"}\" to go on with or close a mapping (in what begins in line 1)\n"},
    {"a: \"b\n", "f.yaml:2:1: a quoted text is not closed (in what begins in line 1)\n"},
    {"a: b: c\n",
     "f.yaml:1:5: a colon cannot stand here; check the indentation, and quote a value that has \": \" in it\n"},
    {"a: @b\n", "f.yaml:1:4: a value that begins with this character must be quoted\n"},
    {"a: \"\\q\"\n", "f.yaml:1:5: this \\ escape is not known; quote with ' instead of \" to keep the \\\n"},
    {"a: \"\\ud83d\\ude00\"\n",
     "f.yaml:1:7: \\u cannot write half a character (a surrogate); write the character itself\n"},
    {"a: 1\n"
     " b: 2\n",
     "f.yaml:2:3: a colon cannot stand here; check the indentation, and quote a value that has \": \" in it\n"},
    {"- a\n"
     "b: c\n",
     "f.yaml:2:1: expected \"- \" as before the other items; check the indentation (in what begins in line "
     "1)\n"},
    {"a\n"
     "b: c\n",
     "f.yaml:2:2: a colon cannot stand here; check the indentation, and quote a value that has \": \" in it\n"},
    {"a: 1\n"
     "] \n",
     "f.yaml:2:1: expected a name and a colon; check the indentation (in what begins in line 1)\n"},
    {"{\"a\": 1} {\"b\": 2}\n",
     "f.yaml:1:1: kind is missing; known: Gateway, Domain, Issuer, Client, AgentClass, Target, Adapter, Team, "
     "Policy, Combination\n"
     "f.yaml:1:1: metadata is missing: it holds the document's name\n"
     "f.yaml:1:2: unknown key \"a\" in a document; known: kind, metadata, spec\n"
     "f.yaml:1:10: expected the end of the document, or \"---\" before the next one\n"},
    {"a: [1\n"
     "---\n"
     "kind: Domain\n"
     "metadata: {name: good}\n"
     "---\n"
     "b: \"\n"
     "---\n"
     "kind: Domain\n"
     "metadata: {name: fine}\n",
     "f.yaml:2:1: expected \",\" or \"]\" to go on with or close a list (in what begins in line 1)\n"
     "f.yaml:7:1: a quoted text is not closed (in what begins in line 6)\n"},
};

static void says_where_the_syntax_is_broken_and_reads_on_at_the_next_document(void **state)
{
    (void)state;
    reading_assert_cases(broken, sizeof(broken) / sizeof(broken[0]), false);
}

static void keeps_the_good_documents_around_a_broken_one(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct documents documents = reading_of(arena, "kind: Domain\nmetadata: {name: one}\n---\nkind: [\n---\n"
                                                   "kind: Domain\nmetadata: {name: two}\n");
    assert_int_equal(documents.count, 2);
    assert_int_equal(documents.items[1]->line, 6);
    assert_true(documents.is_incomplete);
    reading_assert_mistakes(&documents, "f.yaml:5:1: expected a value, or the end of a list or mapping\n");
}

static const struct reading_case bad_bytes[] = {
    {"kind: \xff",
     "f.yaml:1:7: byte 0xff begins no character that may stand here; documents are UTF-8 text without "
     "control characters and without marks that turn the direction of writing\n"},
    {"a: \xc3\xa4\n\xc3\xa4\x01",
     "f.yaml:2:2: byte 0x01 begins no character that may stand here; documents are UTF-8 "
     "text without control characters and without marks that turn the direction of "
     "writing\n"},
    {"# \xe2\x80\xae",
     "f.yaml:1:3: byte 0xe2 begins no character that may stand here; documents are UTF-8 text without "
     "control characters and without marks that turn the direction of writing\n"},
    {"a: 1\rb: 2",
     "f.yaml:1:5: byte 0x0d begins no character that may stand here; documents are UTF-8 text without "
     "control characters and without marks that turn the direction of writing\n"},
    {"a: \xed\xa0\x80",
     "f.yaml:1:4: byte 0xed begins no character that may stand here; documents are UTF-8 text without "
     "control characters and without marks that turn the direction of writing\n"},
};

static void refuses_bytes_that_are_no_text_and_marks_that_turn_writing(void **state)
{
    (void)state;
    reading_assert_cases(bad_bytes, sizeof(bad_bytes) / sizeof(bad_bytes[0]), false);
}

static void takes_a_byte_order_mark_carriage_returns_and_foreign_letters(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct document *document = reading_one(arena, "\xef\xbb\xbfkind: Issuer\r\nmetadata: {name: corp} # "
                                                         "\xc3\xa4\r\nspec:\r\n  issuer: https://i.example\r\n"
                                                         "  audiences: [\xc3\xa4pfel]\r\n");
    assert_true(text_is(document->issuer.audiences.items[0], "\xc3\xa4pfel"));
}

static void refuses_more_than_a_mebibyte(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    char *content = arena_allocate(arena, DOCUMENTS_BYTES_MAX + 1);
    memset(content, '#', DOCUMENTS_BYTES_MAX + 1);
    struct documents documents;
    documents_init(&documents, arena);
    documents_read(&documents, TEXT("f.yaml"), (struct text){content, DOCUMENTS_BYTES_MAX});
    assert_int_equal(documents.mistake_count, 0);
    documents_read(&documents, TEXT("f.yaml"), (struct text){content, DOCUMENTS_BYTES_MAX + 1});
    reading_assert_mistakes(&documents, "f.yaml: larger than 1 MiB; split it into several files\n");
}

/* Each costs libyaml a look at all before it: a mebibyte of them would keep a loop busy for a minute. */
static void refuses_directives_without_number(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct buffer content = buffer_in(arena, DOCUMENTS_BYTES_MAX);
    for (unsigned i = 0; content.length < DOCUMENTS_BYTES_MAX - 64; i++)
        buffer_print(&content, "%%TAG !%u! x\n", i);
    struct documents documents;
    documents_init(&documents, arena);
    documents_read(&documents, TEXT("f.yaml"), buffer_text(&content));
    reading_assert_mistakes(&documents, "f.yaml:17:1: more than 16 lines that begin with %\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_where_the_syntax_is_broken_and_reads_on_at_the_next_document),
        cmocka_unit_test(keeps_the_good_documents_around_a_broken_one),
        cmocka_unit_test(refuses_bytes_that_are_no_text_and_marks_that_turn_writing),
        cmocka_unit_test(takes_a_byte_order_mark_carriage_returns_and_foreign_letters),
        cmocka_unit_test(refuses_more_than_a_mebibyte),
        cmocka_unit_test(refuses_directives_without_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
