/* The digests against published vectors, the parts' separation, and threads that come and go. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/digest.h"

static void assert_hex(const unsigned char digest[DIGEST_SIZE], const char *expected)
{
    char hex[2 * DIGEST_SIZE + 1];
    digest_hex(digest, hex);
    assert_string_equal(hex, expected);
}

static void knows_the_vectors_of_sha256(void **state)
{
    (void)state;
    unsigned char digest[DIGEST_SIZE];
    digest_sha256(TEXT("abc"), digest);
    assert_hex(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    digest_sha256(TEXT_NONE, digest);
    assert_hex(digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    digest_sha256(TEXT("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), digest);
    assert_hex(digest, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void hashes_a_file_from_its_beginning_and_leaves_its_offset(void **state)
{
    (void)state;
    char content[100000]; /* more than is read at once */
    unsigned char of_file[DIGEST_SIZE], of_text[DIGEST_SIZE];
    int file = memfd_create("content", MFD_CLOEXEC);
    assert_true(file >= 0);
    memset(content, 'x', sizeof(content));
    assert_int_equal(write(file, content, sizeof(content)), (ssize_t)sizeof(content));
    assert_int_equal(lseek(file, 7, SEEK_SET), 7);
    assert_true(digest_sha256_file(file, of_file));
    assert_int_equal(lseek(file, 0, SEEK_CUR), 7);
    digest_sha256((struct text){content, sizeof(content)}, of_text);
    assert_memory_equal(of_file, of_text, DIGEST_SIZE);
    close(file);
    assert_false(digest_sha256_file(-1, of_file));
}

static void knows_the_vectors_of_hmac(void **state)
{
    (void)state;
    unsigned char digest[DIGEST_SIZE];
    digest_hmac(TEXT("Jefe"), TEXT("what do ya want for nothing?"), digest);
    assert_hex(digest, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    char key[131];
    memset(key, 0xaa, sizeof(key));
    digest_hmac((struct text){key, sizeof(key)}, TEXT("Test Using Larger Than Block-Size Key - Hash Key First"),
                digest);
    assert_hex(digest, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    digest_hmac(TEXT_NONE, TEXT_NONE, digest);
    assert_hex(digest, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void keeps_parts_apart(void **state)
{
    (void)state;
    const struct text lists[][3] = {
        {TEXT("ab"), TEXT("c"), TEXT("")}, {TEXT("a"), TEXT("bc"), TEXT("")}, {TEXT("abc"), TEXT(""), TEXT("")},
        {TEXT(""), TEXT("abc"), TEXT("")}, {TEXT("ab"), TEXT(""), TEXT("c")},
    };
    enum { LISTS = sizeof(lists) / sizeof(lists[0]) };
    unsigned char digests[LISTS + 1][DIGEST_SIZE];
    for (size_t i = 0; i < LISTS; i++)
        digest_parts(lists[i], 3, digests[i]);
    digest_parts(lists[0], 2, digests[LISTS]);
    for (size_t i = 0; i <= LISTS; i++)
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(digests[i], digests[j], DIGEST_SIZE);
    unsigned char again[DIGEST_SIZE];
    digest_parts(lists[0], 3, again);
    assert_memory_equal(again, digests[0], DIGEST_SIZE);
}

static void puts_each_parts_length_before_it(void **state)
{
    (void)state;
    unsigned char by_parts[DIGEST_SIZE];
    unsigned char by_hand[DIGEST_SIZE];
    digest_parts((struct text[]){TEXT("ab"), TEXT("c")}, 2, by_parts);
    digest_sha256(TEXT("\0\0\0\0\0\0\0\x02"
                       "ab"
                       "\0\0\0\0\0\0\0\x01"
                       "c"),
                  by_hand);
    assert_memory_equal(by_parts, by_hand, DIGEST_SIZE);
}

static void *digest_in_a_thread(void *context)
{
    for (int i = 0; i < 100; i++) {
        digest_sha256(TEXT("abc"), context);
        digest_hmac(TEXT("k"), TEXT("v"), context);
    }
    digest_sha256(TEXT("abc"), context);
    return NULL;
}

static void serves_threads_that_come_and_go(void **state)
{
    (void)state;
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    unsigned char digests[THREADS][DIGEST_SIZE];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, digest_in_a_thread, digests[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_hex(digests[i], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_the_vectors_of_sha256),
        cmocka_unit_test(hashes_a_file_from_its_beginning_and_leaves_its_offset),
        cmocka_unit_test(knows_the_vectors_of_hmac),
        cmocka_unit_test(keeps_parts_apart),
        cmocka_unit_test(puts_each_parts_length_before_it),
        cmocka_unit_test(serves_threads_that_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
