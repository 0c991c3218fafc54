/* The guard over bodies of answers: nothing of a credential passes whole, however it is cut into pieces, and
 * everything else does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "relay/answer_guard.h"

static const char credential[] = "aab-aab-aac-secret";

/* Pieces of this size; what went on is in out. */
static bool pass(struct text body, size_t size, struct buffer *out)
{
    struct answer_guard guard = {.credential = text_of(credential)};
    for (size_t at = 0; at < body.length; at += size) {
        struct text earlier, now;
        size_t length = body.length - at < size ? body.length - at : size;
        if (!answer_guard_take(&guard, (struct text){body.base + at, length}, &earlier, &now))
            return false;
        buffer_append(out, earlier);
        buffer_append(out, now);
    }
    buffer_append(out, answer_guard_end(&guard));
    return true;
}

static void finds_the_credential_however_it_is_cut(void **state)
{
    (void)state;
    static const char *const bodies[] = {"aab-aab-aac-secret", "xxaab-aab-aab-aac-secretyy",
                                         "{\"key\":\"aab-aab-aac-secret\"}", "aab-aab-aaaab-aab-aac-secret"};
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        for (size_t size = 1; size <= 40; size++) {
            struct buffer out = {0};
            assert_false(pass(text_of(bodies[i]), size, &out));
            assert_true(out.length == 0 ||
                        memmem(out.base, out.length, credential, strlen(credential)) == NULL);
            buffer_dispose(&out);
        }
}

static void lets_everything_else_through_unchanged(void **state)
{
    (void)state;
    static const char *const bodies[] = {"aab-aab-aac-secre", "aab-aab-aab-aab-aac-secreT and more", "a", "",
                                         "aab-aab-aac-secraab-aab-aac-secr"};
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        for (size_t size = 1; size <= 40; size++) {
            struct buffer out = {0};
            assert_true(pass(text_of(bodies[i]), size, &out));
            assert_true(text_equal((struct text){out.base, out.length}, text_of(bodies[i])));
            buffer_dispose(&out);
        }
}

static void holds_back_no_more_than_could_become_the_credential(void **state)
{
    (void)state;
    struct answer_guard guard = {.credential = text_of(credential)};
    struct text earlier, now;
    assert_true(answer_guard_take(&guard, TEXT("data: hello\n\n"), &earlier, &now));
    assert_int_equal(now.length, 13);
    assert_true(answer_guard_take(&guard, TEXT("xx aab-a"), &earlier, &now));
    assert_true(text_is(now, "xx "));
    assert_true(answer_guard_take(&guard, TEXT("!"), &earlier, &now));
    assert_true(text_is(earlier, "aab-a"));
    assert_true(text_is(now, "!"));
}

static void looks_for_no_credential_that_could_be_a_word(void **state)
{
    (void)state;
    struct answer_guard guard = {.credential = TEXT("secret7")};
    struct text earlier, now;
    assert_true(answer_guard_take(&guard, TEXT("secret7"), &earlier, &now));
    assert_int_equal(now.length, 7);
    assert_int_equal(guard.held, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_credential_however_it_is_cut),
        cmocka_unit_test(lets_everything_else_through_unchanged),
        cmocka_unit_test(holds_back_no_more_than_could_become_the_credential),
        cmocka_unit_test(looks_for_no_credential_that_could_be_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
