/* Documents from files and folders. */
#include "reading.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    memcpy(folder, "/tmp/dragoman-config-XXXXXX", sizeof("/tmp/dragoman-config-XXXXXX"));
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static const char *path_of(struct arena *arena, const char *name)
{
    return arena_print(arena, "%s/%s", folder, name).base;
}

static int remove_folder(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    static const char *const names[] = {"b.yaml",    "a.yml",    "c.json", "d.txt",   ".e.yaml",    "link.yaml",
                                        "pipe.yaml", "big.yaml", "x.txt",  "f.cedar", "f.test.yaml"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unlink(path_of(arena, names[i]));
    return rmdir(folder);
}

static void write_file(struct arena *arena, const char *name, const char *content)
{
    FILE *file = fopen(path_of(arena, name), "w");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void reads_a_folder_in_name_order_and_only_its_documents(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    write_file(arena, "b.yaml", READING_GATEWAY);
    write_file(arena, "a.yml", "kind: Team\nmetadata: {name: one}\n");
    write_file(arena, "c.json", "{\"kind\": \"Team\", \"metadata\": {\"name\": \"two\"}}");
    write_file(arena, "d.txt", "no document");
    write_file(arena, ".e.yaml", "no document");
    write_file(arena, "f.test.yaml", "- {name: a case, expect: allow}");
    struct documents documents;
    documents_init(&documents, arena);
    documents_read_path(&documents, folder);
    reading_assert_mistakes(&documents, "");
    assert_int_equal(documents.count, 3);
    assert_true(text_is(documents.items[0]->name, "one"));
    assert_true(text_is(documents.items[1]->source, path_of(arena, "b.yaml")));
    assert_true(text_is(documents.items[1]->gateway.sealing.key_file, path_of(arena, "k")));
    assert_true(text_is(documents.items[2]->name, "two"));
}

static void follows_links_but_waits_for_no_pipe(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    assert_int_equal(symlink("b.yaml", path_of(arena, "link.yaml")), 0);
    assert_int_equal(mkfifo(path_of(arena, "pipe.yaml"), 0600), 0);
    struct documents documents;
    documents_init(&documents, arena);
    documents_read_path(&documents, path_of(arena, "link.yaml"));
    assert_int_equal(documents.count, 1);
    documents_read_path(&documents, path_of(arena, "pipe.yaml"));
    reading_assert_mistakes(
        &documents,
        arena_print(arena, "%s/pipe.yaml: cannot be read: it is not a regular file\n", folder).base);
}

static void names_a_file_that_is_missing_or_too_large(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct documents documents;
    documents_init(&documents, arena);
    write_file(arena, "big.yaml", "");
    assert_int_equal(truncate(path_of(arena, "big.yaml"), DOCUMENTS_BYTES_MAX + 5), 0);
    documents_read_path(&documents, path_of(arena, "big.yaml"));
    documents_read_path(&documents, path_of(arena, "none.yaml"));
    reading_assert_mistakes(&documents,
                            arena_print(arena,
                                        "%s/big.yaml: larger than 1 MiB; split it into several files\n"
                                        "%s/none.yaml: cannot be read: No such file or directory\n",
                                        folder, folder)
                                .base);
}

static void says_when_a_folder_has_no_documents(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    char empty[] = "/tmp/dragoman-config-XXXXXX";
    assert_non_null(mkdtemp(empty));
    struct documents documents;
    documents_init(&documents, arena);
    documents_read_path(&documents, empty);
    assert_int_equal(rmdir(empty), 0);
    reading_assert_mistakes(
        &documents,
        arena_print(arena, "%s: cannot be read: there is no *.yaml, *.yml, *.json or *.cedar in this folder\n",
                    empty)
            .base);
}

static void reads_a_file_that_documents_name_once_and_with_them(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    write_file(arena, "x.txt", "permit (principal, action, resource);\n");
    write_file(arena, "big.yaml",
               "kind: Policy\nmetadata: {name: a}\nspec: {file: x.txt}\n---\n"
               "kind: Policy\nmetadata: {name: b}\nspec: {file: x.txt}\n");
    struct documents documents, again;
    documents_init(&documents, arena);
    documents_read_path(&documents, path_of(arena, "big.yaml"));
    reading_assert_mistakes(&documents, "");
    assert_int_equal(documents.count, 2);
    assert_int_equal(documents.file_count, 2);
    assert_int_equal(documents.files[1].role, FILE_NAMED);
    assert_string_equal(documents.files[1].path, path_of(arena, "x.txt"));
    /* Whatever becomes of the files, a set that was read before is what it was. */
    write_file(arena, "x.txt", "other");
    documents_init(&again, arena);
    documents_read_files(&again, documents.files, documents.file_count);
    assert_int_equal(again.count, 2);
    assert_int_equal(again.file_count, 2);
    assert_true(text_is(again.items[1]->policy.policies, "permit (principal, action, resource);\n"));
    documents_init(&again, arena);
    documents_read_files(&again, documents.files, 1);
    reading_assert_mistakes(&again,
                            arena_print(arena,
                                        "%s/big.yaml:3:14: spec.file: %s/x.txt cannot be read: it was not "
                                        "there when the documents were read\n"
                                        "%s/big.yaml:7:14: spec.file: %s/x.txt cannot be read: it was not "
                                        "there when the documents were read\n",
                                        folder, folder, folder, folder)
                                .base);
}

static void takes_a_file_of_policies_for_a_document(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct documents documents;
    write_file(arena, "f.cedar", "permit (principal, action, resource);\n");
    documents_init(&documents, arena);
    documents_read_path(&documents, path_of(arena, "f.cedar"));
    reading_assert_mistakes(&documents, "");
    assert_int_equal(documents.count, 1);
    documents_init(&documents, arena);
    unlink(path_of(arena, "big.yaml"));
    unlink(path_of(arena, "pipe.yaml"));
    documents_read_path(&documents, folder);
    assert_non_null(documents_find(&documents, DOCUMENT_POLICY, TEXT("f")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_folder_in_name_order_and_only_its_documents),
        cmocka_unit_test(follows_links_but_waits_for_no_pipe),
        cmocka_unit_test(names_a_file_that_is_missing_or_too_large),
        cmocka_unit_test(says_when_a_folder_has_no_documents),
        cmocka_unit_test(reads_a_file_that_documents_name_once_and_with_them),
        cmocka_unit_test(takes_a_file_of_policies_for_a_document),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
