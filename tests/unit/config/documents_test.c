/* The set as a whole: whole files read, found in, cut off at every byte. */
#include "reading.h"

#include <stdio.h>

/* A file beside this test. */
static struct text sample(struct arena *arena, const char *name)
{
    struct text here = TEXT(__FILE__);
    while (here.length != 0 && here.base[here.length - 1] != '/')
        here.length--;
    FILE *file = fopen(arena_print(arena, "%.*s%s", TEXT_ARGUMENTS(here), name).base, "r");
    assert_non_null(file);
    char content[8192];
    size_t length = fread(content, 1, sizeof(content), file);
    assert_int_equal(fclose(file), 0);
    assert_true(length != 0 && length < sizeof(content));
    return arena_copy(arena, (struct text){content, length});
}

static void reads_every_kind_without_mistakes(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct documents documents = reading_of(arena, sample(arena, "every_kind.yaml").base);
    documents_check_references(&documents);
    reading_assert_mistakes(&documents, "");
    assert_int_equal(documents.count, 15);
    bool has_kind[DOCUMENT_KIND_COUNT] = {false};
    for (size_t i = 0; i < documents.count; i++)
        has_kind[documents.items[i]->kind] = true;
    for (int kind = 0; kind < DOCUMENT_KIND_COUNT; kind++)
        assert_true(has_kind[kind]);
}

static void reads_the_smallest_configuration_of_at_most_25_lines(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct text content = sample(arena, "smallest.yaml");
    size_t lines = 0;
    for (size_t i = 0; i < content.length; i++)
        lines += content.base[i] == '\n';
    assert_true(lines <= 25);
    struct documents documents = reading_of(arena, content.base);
    documents_check_references(&documents);
    reading_assert_mistakes(&documents, "");
    assert_int_equal(documents.count, 4);
    assert_true(text_is(documents_find(&documents, DOCUMENT_TARGET, TEXT("orders"))->target.domain, "local"));
}

/* Cut anywhere, a file gives mistakes or fewer documents, and what it gives was written so. */
static void survives_being_cut_off_at_every_byte(void **state)
{
    (void)state;
    SCOPED_ARENA whole_arena = arena_create();
    struct text content = sample(whole_arena, "every_kind.yaml");
    struct documents whole = reading_of(whole_arena, content.base);
    for (size_t length = 0; length < content.length - 1; length++) {
        SCOPED_ARENA arena = arena_create();
        struct documents documents;
        documents_init(&documents, arena);
        /* A copy of exact size, so that a sanitizer sees a read past its end. */
        char *cut = malloc(length + 1);
        memcpy(cut, content.base, length);
        documents_read(&documents, TEXT("f.yaml"), (struct text){cut, length});
        free(cut);
        documents_check_references(&documents);
        assert_true(documents.count <= whole.count);
        bool is_whole = documents.count == whole.count && documents.mistake_count == 0;
        if (is_whole) /* then the last document ends early */
            assert_true(documents.items[whole.count - 1]->body.length <
                        whole.items[whole.count - 1]->body.length);
        for (size_t i = 0; i + 1 < documents.count; i++)
            assert_true(text_equal(documents.items[i]->body, whole.items[i]->body));
    }
}

static void survives_any_byte_being_any_other(void **state)
{
    (void)state;
    static const char bytes[] = "\t\n \"'{}[]:-,#&*!|>%@`?~\x01\x80\xff";
    SCOPED_ARENA sample_arena = arena_create();
    struct text content = sample(sample_arena, "smallest.yaml");
    char *changed = malloc(content.length);
    assert_non_null(changed);
    size_t step = getenv("DRAGOMAN_FULL") != NULL ? 1 : 4; /* of each byte a quarter of the others, in turn */
    for (size_t position = 0; position < content.length; position++)
        for (size_t i = position % step; i < sizeof(bytes); i += step) {
            SCOPED_ARENA arena = arena_create();
            struct documents documents;
            documents_init(&documents, arena);
            memcpy(changed, content.base, content.length);
            changed[position] = bytes[i];
            documents_read(&documents, TEXT("f.yaml"), (struct text){changed, content.length});
            documents_check_references(&documents);
            for (size_t mistake = 0; mistake < documents.mistake_count; mistake++)
                assert_true(text_is_printable(documents.mistakes[mistake].sentence));
        }
    free(changed);
}

static void finds_documents_by_kind_and_name(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct documents documents =
        reading_of(arena, "kind: Team\nmetadata: {name: a}\n---\nkind: Domain\nmetadata: {name: a}\n");
    assert_int_equal(documents_find(&documents, DOCUMENT_DOMAIN, TEXT("a"))->line, 4);
    assert_null(documents_find(&documents, DOCUMENT_DOMAIN, TEXT("b")));
    assert_null(documents_find(&documents, DOCUMENT_ISSUER, TEXT("a")));
}

static void keeps_documents_with_mistakes_out(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct documents documents = reading_of(
        arena, "kind: Team\nmetadata: {name: a}\nspec: {x: 1}\n---\nkind: Team\nmetadata: {name: b}\n");
    assert_int_equal(documents.count, 1);
    assert_true(text_is(documents.items[0]->name, "b"));
    assert_int_equal(documents.refused_count, 1);
}

static void believes_no_document_once_the_list_of_mistakes_is_full(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    SCOPED_BUFFER content = {0};
    for (int i = 0; i < DOCUMENTS_MISTAKES_MAX; i++)
        buffer_print(&content, "x%d: 1\n", i);
    buffer_append(&content, TEXT("---\nkind: Team\nmetadata: {name: a}\nspec: {}\n"));
    struct documents documents;
    documents_init(&documents, arena);
    documents_read(&documents, TEXT("f.yaml"), buffer_text(&content));
    assert_int_equal(documents.mistake_count, DOCUMENTS_MISTAKES_MAX);
    assert_int_equal(documents.count, 0);
}

static void knows_kinds_by_name(void **state)
{
    (void)state;
    enum document_kind kind;
    assert_true(document_kind_parse(TEXT("AgentClass"), &kind));
    assert_int_equal(kind, DOCUMENT_AGENT_CLASS);
    assert_string_equal(document_kind_name(DOCUMENT_AGENT_CLASS), "AgentClass");
    assert_false(document_kind_parse(TEXT("agentclass"), &kind));
    assert_false(document_kind_parse(TEXT(""), &kind));
}

static void puts_later_mistakes_where_their_field_is_written(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct documents documents = reading_of(
        arena,
        "# above\nkind: Target\nmetadata: {name: t}\nspec:\n  audiences: [a]\n  token: {algorithm: RS256}\n");
    documents_add_mistake(&documents, documents.items[0], "spec.token.algorithm", TEXT("one"));
    documents_add_mistake(&documents, documents.items[0], "spec.scopes", TEXT("two"));
    documents_add_mistake(&documents, documents.items[0], NULL, TEXT("three"));
    reading_assert_mistakes(&documents, "f.yaml:6:22: one\nf.yaml:5:3: two\nf.yaml:2:1: three\n");
}

static void knows_what_a_document_may_be_called(void **state)
{
    (void)state;
    char longest[64];
    memset(longest, 'a', sizeof(longest));
    assert_true(document_name_is_well_formed(TEXT("orders-2.eu")));
    assert_true(document_name_is_well_formed((struct text){longest, 63}));
    assert_false(document_name_is_well_formed((struct text){longest, 64}));
    assert_false(document_name_is_well_formed(TEXT("")));
    assert_false(document_name_is_well_formed(TEXT("-orders")));
    assert_false(document_name_is_well_formed(TEXT("Orders")));
    assert_false(document_name_is_well_formed(TEXT("orders/../x")));
    assert_false(document_name_is_well_formed(TEXT("~orders")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_kind_without_mistakes),
        cmocka_unit_test(reads_the_smallest_configuration_of_at_most_25_lines),
        cmocka_unit_test(survives_being_cut_off_at_every_byte),
        cmocka_unit_test(survives_any_byte_being_any_other),
        cmocka_unit_test(finds_documents_by_kind_and_name),
        cmocka_unit_test(keeps_documents_with_mistakes_out),
        cmocka_unit_test(believes_no_document_once_the_list_of_mistakes_is_full),
        cmocka_unit_test(knows_kinds_by_name),
        cmocka_unit_test(knows_what_a_document_may_be_called),
        cmocka_unit_test(puts_later_mistakes_where_their_field_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
