/* Rows of the vault: sealed, bound to where they stand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../../adapters/vault/vault_row.h"

static struct sealer *make_sealer(void)
{
    char folder[] = "/tmp/dragoman-test-XXXXXX", path[64], detail[256];
    struct sealer *sealer;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/key", folder);
    assert_int_equal(sealer_make_file(path, detail), FAULT_NONE);
    assert_int_equal(sealer_open(path, &sealer, detail), FAULT_NONE);
    unlink(path);
    rmdir(folder);
    return sealer;
}

static const struct credential_identity alice = {TEXT("https://idp.example"), TEXT("alice")};
static const struct credential_identity everybody = {TEXT_NONE, TEXT_NONE};
static const struct credential_target openai = {.name = TEXT("openai"), .team = TEXT("shop")};
static const struct credential_target openai_of_books = {.name = TEXT("openai"), .team = TEXT("books")};
static const struct credential_target openai_of_nobody = {.name = TEXT("openai")};
static const struct credential_target github = {.name = TEXT("github"), .team = TEXT("shop")};
static const struct credential_target t = {.name = TEXT("t")};

static void opens_what_was_sealed_for_the_same_row(void **state)
{
    SCOPED_ARENA arena = arena_create();
    struct text name = vault_row_name(arena, &openai, alice);
    const struct vault_row row = {alice, TEXT("sk-\"quoted\""), 1800000000};
    struct text sealed = vault_row_seal(*state, arena, name, &row);
    struct vault_row opened;
    assert_int_equal(vault_row_open(*state, arena, name, sealed, &opened), FAULT_NONE);
    assert_true(text_equal(opened.key, row.key));
    assert_true(text_equal(opened.subject.subject, alice.subject));
    assert_int_equal(opened.kept_at_s, row.kept_at_s);
}

/* Whoever can write the database must not be able to give one subject's key to another. */
static void opens_nothing_that_was_moved_to_another_row(void **state)
{
    SCOPED_ARENA arena = arena_create();
    const struct vault_row row = {alice, TEXT("sk-1"), 1};
    struct text sealed = vault_row_seal(*state, arena, vault_row_name(arena, &openai, alice), &row);
    const struct text others[] = {
        vault_row_name(arena, &openai, everybody),
        vault_row_name(arena, &github, alice),
        vault_row_name(arena, &openai_of_books, alice),
        vault_row_name(arena, &openai_of_nobody, alice),
        vault_row_name(arena, &openai, (struct credential_identity){alice.issuer, TEXT("mallory")}),
    };
    struct vault_row opened;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_int_equal(vault_row_open(*state, arena, others[i], sealed, &opened), FAULT_SEAL_BROKEN);
}

static void names_no_two_subjects_alike(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct text first = vault_row_name(arena, &t, (struct credential_identity){TEXT("https://a"), TEXT("b c")});
    struct text second =
        vault_row_name(arena, &t, (struct credential_identity){TEXT("https://a b"), TEXT("c")});
    assert_false(text_equal(first, second));
    /* A subject that is called like everybody's row is not everybody. */
    struct text star = vault_row_name(arena, &t, (struct credential_identity){TEXT("x"), TEXT("*")});
    assert_false(text_equal(star, vault_row_name(arena, &t, everybody)));
}

/* A database copy must not let anybody try out keys that people choose. */
static void finds_keys_by_a_hash_that_needs_the_sealing_key(void **state)
{
    SCOPED_ARENA arena = arena_create();
    struct sealer *other = make_sealer();
    struct text fingerprint = vault_fingerprint(*state, arena, TEXT("secret123"));
    assert_int_equal(fingerprint.length, 64);
    assert_true(text_equal(fingerprint, vault_fingerprint(*state, arena, TEXT("secret123"))));
    assert_false(text_equal(fingerprint, vault_fingerprint(other, arena, TEXT("secret123"))));
    sealer_destroy(other);
}

static int begin(void **state)
{
    *state = make_sealer();
    return 0;
}

static int end(void **state)
{
    sealer_destroy(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_what_was_sealed_for_the_same_row),
        cmocka_unit_test(opens_nothing_that_was_moved_to_another_row),
        cmocka_unit_test(names_no_two_subjects_alike),
        cmocka_unit_test(finds_keys_by_a_hash_that_needs_the_sealing_key),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
