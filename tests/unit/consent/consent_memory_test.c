/* What is remembered is found by the same words alone, until it ends; and links are counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "consent/consent_memory.h"

static const char id[] = "01KAQZ3M5W8Y0E6T2R4V7N9B1C";

static void key_of(const char *const words[5], unsigned char key[DIGEST_SIZE])
{
    consent_memory_key(text_of(words[0]), text_of(words[1]), text_of(words[2]), text_of(words[3]),
                       text_of(words[4]), key);
}

static void a_consent_is_found_by_the_same_words_alone_until_it_ends(void **state)
{
    (void)state;
    struct consent_memory *memory = consent_memory_create();
    const char *words[5] = {"https://idp.example", "alice", "client/agent", "drive", "read"};
    unsigned char key[DIGEST_SIZE], other[DIGEST_SIZE];
    struct consent_found found;
    key_of(words, key);
    assert_false(consent_memory_find(memory, key, 100, &found));
    consent_memory_keep(memory, key, text_of(id), 200);
    assert_true(consent_memory_find(memory, key, 199, &found));
    assert_string_equal(found.id, id);
    assert_int_equal(found.expires_at_s, 200);
    assert_false(consent_memory_find(memory, key, 200, &found));
    for (size_t i = 0; i < 5; i++) {
        const char *changed[5];
        memcpy(changed, words, sizeof(words));
        changed[i] = "x";
        key_of(changed, other);
        assert_false(consent_memory_find(memory, other, 100, &found));
    }
    consent_memory_forget(memory, other);
    assert_true(consent_memory_find(memory, key, 100, &found));
    consent_memory_forget(memory, key);
    assert_false(consent_memory_find(memory, key, 100, &found));
    consent_memory_destroy(memory);
}

static void what_finds_no_place_takes_that_of_what_ends_first(void **state)
{
    (void)state;
    struct consent_memory *memory = consent_memory_create();
    unsigned char keys[5][DIGEST_SIZE] = {{0}};
    struct consent_found found;
    for (unsigned char i = 0; i < 5; i++) {
        keys[i][31] = i; /* one set: its first bytes are the same */
        consent_memory_keep(memory, keys[i], text_of(id), i == 2 ? 150 : 200 + i);
    }
    for (unsigned char i = 0; i < 5; i++)
        assert_int_equal(consent_memory_find(memory, keys[i], 100, &found), i != 2);
    consent_memory_destroy(memory);
}

static void an_id_of_another_kind_is_not_kept(void **state)
{
    (void)state;
    struct consent_memory *memory = consent_memory_create();
    unsigned char key[DIGEST_SIZE] = {1};
    struct consent_found found;
    consent_memory_keep(memory, key, TEXT("01KAQZ3M5W8Y0E6T2R4V7N9B1C-and-more"), 200);
    assert_false(consent_memory_find(memory, key, 100, &found));
    consent_memory_destroy(memory);
}

static void nobody_is_sent_more_links_than_anybody_uses(void **state)
{
    (void)state;
    struct consent_memory *memory = consent_memory_create();
    unsigned char key[DIGEST_SIZE] = {1}, other[DIGEST_SIZE] = {1, 1};
    int64_t retry_after_s;
    for (int i = 0; i < CONSENT_MEMORY_LINKS_MAX; i++)
        assert_true(consent_memory_take_link(memory, key, 1000 + i, 600, &retry_after_s));
    assert_false(consent_memory_take_link(memory, key, 1100, 600, &retry_after_s));
    assert_int_equal(retry_after_s, 500);
    assert_true(consent_memory_take_link(memory, other, 1100, 600, &retry_after_s));
    assert_false(consent_memory_take_link(memory, key, 1599, 600, &retry_after_s));
    assert_true(consent_memory_take_link(memory, key, 1600, 600, &retry_after_s));
    assert_int_equal(retry_after_s, 0);
    consent_memory_destroy(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_consent_is_found_by_the_same_words_alone_until_it_ends),
        cmocka_unit_test(what_finds_no_place_takes_that_of_what_ends_first),
        cmocka_unit_test(an_id_of_another_kind_is_not_kept),
        cmocka_unit_test(nobody_is_sent_more_links_than_anybody_uses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
