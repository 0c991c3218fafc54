/* Key sets: what is in them, what refuses them, who is found. */
#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>

#include "jose/key_set.h"
#include "token_fixture.h"

static const char *jwk(struct arena *arena, enum algorithm algorithm, const char *id)
{
    return fixture_jwk(arena, fixture_key(algorithm), id, algorithm).base;
}

static const char *other_jwk(struct arena *arena, enum algorithm algorithm, const char *id)
{
    return fixture_jwk(arena, fixture_other_key(algorithm), id, algorithm).base;
}

static enum fault read_set(struct text document, struct key_set **set)
{
    *set = NULL;
    return key_set_read(document, ALGORITHM_RS256, set);
}

static void finds_keys_by_id_whatever_their_algorithm(void **state)
{
    struct arena *arena = fixture_arena(state);
    struct key_set *set;
    assert_int_equal(read_set(arena_print(arena, "{\"keys\":[%s,%s]}", jwk(arena, ALGORITHM_ES256, "a"),
                                          jwk(arena, ALGORITHM_RS256, "b")),
                              &set),
                     FAULT_NONE);
    assert_int_equal(key_set_count(set), 2);
    assert_ptr_equal(key_set_find(set, TEXT("b"), ALGORITHM_RS256), key_set_at(set, 1));
    /* The token's algorithm does not choose the key; verifying then refuses it. */
    assert_ptr_equal(key_set_find(set, TEXT("b"), ALGORITHM_ES256), key_set_at(set, 1));
    assert_null(key_set_find(set, TEXT("c"), ALGORITHM_ES256));
    assert_null(key_set_find(set, TEXT("A"), ALGORITHM_ES256));
    key_set_release(set);
}

static void finds_without_an_id_only_what_is_not_ambiguous(void **state)
{
    struct arena *arena = fixture_arena(state);
    struct key_set *set;
    assert_int_equal(read_set(arena_print(arena, "{\"keys\":[%s,%s,%s,%s]}", jwk(arena, ALGORITHM_ES256, "a"),
                                          other_jwk(arena, ALGORITHM_ES256, "b"),
                                          jwk(arena, ALGORITHM_RS256, "c"), jwk(arena, ALGORITHM_EDDSA, "d")),
                              &set),
                     FAULT_NONE);
    assert_null(key_set_find(set, TEXT_NONE, ALGORITHM_ES256));
    assert_ptr_equal(key_set_find(set, TEXT_NONE, ALGORITHM_RS256), key_set_at(set, 2));
    assert_ptr_equal(key_set_find(set, TEXT_NONE, ALGORITHM_ED25519), key_set_at(set, 3));
    assert_null(key_set_find(set, TEXT_NONE, ALGORITHM_PS256));
    assert_null(key_set_find(set, TEXT_NONE, ALGORITHM_NONE_KNOWN));
    key_set_release(set);
}

static void takes_keys_without_ids(void **state)
{
    struct arena *arena = fixture_arena(state);
    struct key_set *set;
    assert_int_equal(read_set(arena_print(arena, "{\"keys\":[%s,%s]}", jwk(arena, ALGORITHM_ES256, NULL),
                                          jwk(arena, ALGORITHM_RS256, NULL)),
                              &set),
                     FAULT_NONE);
    assert_int_equal(key_set_count(set), 2);
    assert_ptr_equal(key_set_find(set, TEXT_NONE, ALGORITHM_ES256), key_set_at(set, 0));
    key_set_release(set);
}

static void leaves_out_keys_that_are_not_for_verifying_here(void **state)
{
    struct arena *arena = fixture_arena(state);
    struct key_set *set;
    const char *good = jwk(arena, ALGORITHM_ES256, "a");
    assert_int_equal(read_set(arena_print(arena,
                                          "{\"x\":1,\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\",\"kid\":\"s\"},"
                                          "{\"kty\":\"new\",\"kid\":\"n\"},{},%s,"
                                          "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\",\"kid\":\"weak\"},"
                                          "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"AA\",\"use\":\"enc\"}]}",
                                          good),
                              &set),
                     FAULT_NONE);
    assert_int_equal(key_set_count(set), 1);
    assert_null(key_set_find(set, TEXT("weak"), ALGORITHM_RS256));
    assert_null(key_set_find(set, TEXT("s"), ALGORITHM_NONE_KNOWN));
    key_set_release(set);
}

static void refuses_a_doubled_kid(void **state)
{
    struct arena *arena = fixture_arena(state);
    struct key_set *set;
    assert_int_equal(read_set(arena_print(arena, "{\"keys\":[%s,%s]}", jwk(arena, ALGORITHM_ES256, "a"),
                                          other_jwk(arena, ALGORITHM_ES256, "a")),
                              &set),
                     FAULT_KEY_INVALID);
    assert_int_equal(read_set(arena_print(arena, "{\"keys\":[%s,%s]}", jwk(arena, ALGORITHM_ES256, "a"),
                                          jwk(arena, ALGORITHM_RS256, "a")),
                              &set),
                     FAULT_KEY_INVALID);
    assert_null(set);
}

static void refuses_a_set_in_which_nothing_is_usable(void **state)
{
    static const char *const documents[] = {"{\"keys\":[]}", "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}",
                                            "{\"keys\":[{}]}"};
    struct key_set *set;
    (void)state;
    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++)
        assert_int_equal(read_set(text_of(documents[i]), &set), FAULT_KEY_INVALID);
}

static void refuses_what_is_not_a_key_set(void **state)
{
    struct arena *arena = fixture_arena(state);
    struct key_set *set;
    const char *good = jwk(arena, ALGORITHM_ES256, "a");
    assert_int_equal(read_set(text_of(good), &set), FAULT_KEY_INVALID);
    assert_int_equal(read_set(arena_print(arena, "[%s]", good), &set), FAULT_KEY_INVALID);
    assert_int_equal(read_set(arena_print(arena, "{\"keys\":%s}", good), &set), FAULT_KEY_INVALID);
    assert_int_equal(read_set(arena_print(arena, "{\"keys\":[%s,7]}", good), &set), FAULT_KEY_INVALID);
    assert_int_equal(read_set(arena_print(arena, "{\"keys\":[%s,null]}", good), &set), FAULT_KEY_INVALID);
    assert_int_equal(read_set(arena_print(arena, "{\"keys\":[%s],\"keys\":[]}", good), &set),
                     FAULT_JSON_INVALID);
    assert_int_equal(read_set(arena_print(arena, "{\"keys\":[%s]", good), &set), FAULT_JSON_INVALID);
    assert_int_equal(read_set(TEXT("<html>not found</html>"), &set), FAULT_JSON_INVALID);
    assert_int_equal(read_set(TEXT_NONE, &set), FAULT_JSON_INVALID);
    assert_int_equal(key_set_from_value(NULL, ALGORITHM_RS256, &set), FAULT_KEY_INVALID);
    assert_null(set);
}

static struct text many(struct arena *arena, size_t count)
{
    SCOPED_BUFFER buffer = {0};
    buffer_append(&buffer, TEXT("{\"keys\":["));
    for (size_t i = 0; i + 1 < count; i++)
        buffer_append(&buffer, TEXT("{\"kty\":\"oct\"},"));
    buffer_print(&buffer, "%s]}", jwk(arena, ALGORITHM_ES256, "a"));
    return arena_copy(arena, buffer_text(&buffer));
}

static void refuses_more_than_a_hundred_keys_and_a_megabyte(void **state)
{
    struct arena *arena = fixture_arena(state);
    struct key_set *set;
    assert_int_equal(read_set(many(arena, 100), &set), FAULT_NONE);
    key_set_release(set);
    assert_int_equal(read_set(many(arena, 101), &set), FAULT_KEY_INVALID);
    enum { LARGE = 10 * 1024 * 1024 };
    char *large = arena_allocate(arena, LARGE);
    memset(large, ' ', LARGE);
    memcpy(large, many(arena, 2).base, many(arena, 2).length);
    assert_int_equal(read_set((struct text){large, LARGE}, &set), FAULT_JSON_INVALID);
}

static void keeps_its_own_copy_of_what_it_read(void **state)
{
    struct arena *arena = fixture_arena(state), *document = arena_create();
    struct key_set *set = NULL;
    struct text text = arena_print(document, "{\"keys\":[%s]}", jwk(arena, ALGORITHM_ES256, "a"));
    assert_int_equal(key_set_from_value(fixture_json(document, text.base), ALGORITHM_RS256, &set), FAULT_NONE);
    arena_destroy(document);
    assert_true(text_is(key_set_at(set, 0)->id, "a"));
    key_set_release(set);
}

enum { SHARES = 20000 };

static void *share_and_release(void *context)
{
    struct key_set *set = context;
    for (int i = 0; i < SHARES; i++)
        key_set_release(key_set_share(set));
    key_set_release(set);
    return NULL;
}

/* The sanitizer sees a set that is freed early, twice or never. */
static void lives_until_its_last_owner_lets_go(void **state)
{
    struct arena *arena = fixture_arena(state);
    struct key_set *set;
    pthread_t threads[2];
    assert_int_equal(read_set(many(arena, 1), &set), FAULT_NONE);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, share_and_release, key_set_share(set)), 0);
    key_set_release(set);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    key_set_release(NULL);
}

#define KEY_SET_TEST(test) cmocka_unit_test_setup_teardown(test, fixture_begin, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEY_SET_TEST(finds_keys_by_id_whatever_their_algorithm),
        KEY_SET_TEST(finds_without_an_id_only_what_is_not_ambiguous),
        KEY_SET_TEST(takes_keys_without_ids),
        KEY_SET_TEST(leaves_out_keys_that_are_not_for_verifying_here),
        KEY_SET_TEST(refuses_a_doubled_kid),
        KEY_SET_TEST(refuses_a_set_in_which_nothing_is_usable),
        KEY_SET_TEST(refuses_what_is_not_a_key_set),
        KEY_SET_TEST(refuses_more_than_a_hundred_keys_and_a_megabyte),
        KEY_SET_TEST(keeps_its_own_copy_of_what_it_read),
        KEY_SET_TEST(lives_until_its_last_owner_lets_go),
    };
    return cmocka_run_group_tests_name("jose/key_set", tests, NULL, NULL);
}
