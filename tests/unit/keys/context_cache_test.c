/* Contexts are reused by one thread, never shared, and never serve another key than theirs. */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>

#include "context_cache.h"
#include "key_fixture.h"

static void reuses_a_context_and_keeps_operations_and_algorithms_apart(void **state)
{
    (void)state;
    EVP_PKEY *key = fixture_key(KEY_RSA);
    EVP_PKEY_CTX *verify = context_cache_take(ALGORITHM_RS256, key, CONTEXT_VERIFY);
    assert_non_null(verify);
    assert_ptr_equal(context_cache_take(ALGORITHM_RS256, key, CONTEXT_VERIFY), verify);
    assert_ptr_not_equal(context_cache_take(ALGORITHM_RS256, key, CONTEXT_SIGN), verify);
    assert_ptr_not_equal(context_cache_take(ALGORITHM_PS256, key, CONTEXT_VERIFY), verify);
}

static void gives_no_context_for_a_key_that_does_not_fit(void **state)
{
    (void)state;
    assert_null(context_cache_take(ALGORITHM_ES256, fixture_key(KEY_P384), CONTEXT_VERIFY));
    assert_null(context_cache_take(ALGORITHM_RS256, fixture_key(KEY_RSA_1024), CONTEXT_SIGN));
    assert_null(context_cache_take(ALGORITHM_RS256, fixture_key(KEY_P256), CONTEXT_VERIFY));
}

static void keeps_a_freed_key_so_that_its_address_is_not_another_keys(void **state)
{
    (void)state;
    EVP_PKEY *freed = EVP_EC_gen("P-256");
    unsigned char signature[SIGNATURE_SIZE_MAX];
    size_t length = 0;
    assert_true(algorithm_sign(ALGORITHM_ES256, freed, TEXT("message"), signature, &length));
    EVP_PKEY_free(freed);
    /* The allocator would hand out the same address at once. */
    EVP_PKEY *other = EVP_EC_gen("P-256");
    assert_ptr_not_equal(other, freed);
    assert_false(algorithm_verify(ALGORITHM_ES256, other, TEXT("message"),
                                  (struct text){(const char *)signature, length}));
    EVP_PKEY_free(other);
}

enum { MANY = 200 };

static void serves_more_keys_than_it_has_slots(void **state)
{
    (void)state;
    static EVP_PKEY *keys[MANY];
    static unsigned char signatures[MANY][64];
    size_t length = 0;
    unsigned char signature[SIGNATURE_SIZE_MAX];
    for (int i = 0; i < MANY; i++) {
        keys[i] = EVP_EC_gen("P-256");
        assert_true(algorithm_sign(ALGORITHM_ES256, keys[i], TEXT("message"), signature, &length));
        memcpy(signatures[i], signature, 64);
    }
    for (int i = 0; i < MANY; i++) {
        struct text own = {(const char *)signatures[i], 64},
                    next = {(const char *)signatures[(i + 1) % MANY], 64};
        assert_true(algorithm_verify(ALGORITHM_ES256, keys[i], TEXT("message"), own));
        assert_false(algorithm_verify(ALGORITHM_ES256, keys[i], TEXT("message"), next));
    }
    for (int i = 0; i < MANY; i++)
        EVP_PKEY_free(keys[i]);
}

static void *take_in_another_thread(void *context)
{
    EVP_PKEY_CTX **taken = context;
    *taken = context_cache_take(ALGORITHM_ES256, fixture_key(KEY_P256), CONTEXT_VERIFY);
    unsigned char signature[SIGNATURE_SIZE_MAX];
    size_t length = 0;
    bool works = algorithm_sign(ALGORITHM_ES256, fixture_key(KEY_P256), TEXT("message"), signature, &length) &&
                 algorithm_verify(ALGORITHM_ES256, fixture_key(KEY_P256), TEXT("message"),
                                  (struct text){(const char *)signature, length});
    return works ? context : NULL;
}

/* The leak checker sees whether the thread's contexts went with it. */
static void gives_each_thread_its_own_and_frees_them_with_it(void **state)
{
    (void)state;
    EVP_PKEY_CTX *ours = context_cache_take(ALGORITHM_ES256, fixture_key(KEY_P256), CONTEXT_VERIFY),
                 *theirs = NULL;
    pthread_t thread;
    void *worked = NULL;
    assert_int_equal(pthread_create(&thread, NULL, take_in_another_thread, &theirs), 0);
    assert_int_equal(pthread_join(thread, &worked), 0);
    assert_non_null(worked);
    assert_non_null(theirs);
    assert_ptr_not_equal(ours, theirs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reuses_a_context_and_keeps_operations_and_algorithms_apart),
        cmocka_unit_test(gives_no_context_for_a_key_that_does_not_fit),
        cmocka_unit_test(keeps_a_freed_key_so_that_its_address_is_not_another_keys),
        cmocka_unit_test(serves_more_keys_than_it_has_slots),
        cmocka_unit_test(gives_each_thread_its_own_and_frees_them_with_it),
    };
    return cmocka_run_group_tests_name("keys/context_cache", tests, NULL, NULL);
}
