/* Answers as gssproxy gives them, whole and cut off anywhere. That questions are understood is tried on the
 * real one (proxied_delegation_test.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gssproxy_message.h"
#include "xdr.h"

static void put_numbers(struct buffer *out, size_t count, const uint32_t *numbers)
{
    for (size_t i = 0; i < count; i++)
        xdr_put_number(out, numbers[i]);
}
#define PUT(out, ...)                                                                                          \
    put_numbers((out), sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t),                             \
                (const uint32_t[]){__VA_ARGS__})

static void put_name(struct buffer *out, const char *name)
{
    xdr_put_bytes(out, text_of(name));
    PUT(out, 0, 0, 0);
    PUT(out, 1); /* an attribute with an extension */
    xdr_put_bytes(out, TEXT("attribute"));
    xdr_put_bytes(out, TEXT("value"));
    PUT(out, 1, 0, 0);
    PUT(out, 0);
}

static void put_status(struct buffer *out, uint32_t id, uint32_t major, uint64_t minor)
{
    PUT(out, id, 1, 0, 0, 0, 0); /* a reply, accepted, no verifier, done */
    xdr_put_long(out, major);
    xdr_put_bytes(out, TEXT("mechanism"));
    xdr_put_long(out, minor);
    xdr_put_bytes(out, TEXT("said"));
    PUT(out, 0, 0);
    PUT(out, 1); /* an option */
    xdr_put_bytes(out, TEXT("name"));
    xdr_put_bytes(out, TEXT("value"));
}

static void put_credential(struct buffer *out, const char *name, size_t *begins, size_t *ends)
{
    put_status(out, 7, 0, 0);
    PUT(out, 1);
    *begins = out->length;
    put_name(out, name);
    PUT(out, 1);
    put_name(out, name);
    xdr_put_bytes(out, TEXT("mechanism"));
    PUT(out, 1, 0, 3600, 0, 0, 0);
    xdr_put_bytes(out, TEXT("sealed"));
    PUT(out, 0);
    *ends = out->length;
    PUT(out, 0);
}

static void put_context(struct buffer *out, uint32_t flags, uint32_t is_open)
{
    put_status(out, 7, 0, 0);
    PUT(out, 1);
    xdr_put_bytes(out, TEXT("exported"));
    PUT(out, 0, 0);
    xdr_put_bytes(out, TEXT("mechanism"));
    put_name(out, "alice@R");
    put_name(out, "HTTP/a@R");
    PUT(out, 0, 120, 0, flags, 1, is_open, 0);
    PUT(out, 1);
    xdr_put_bytes(out, TEXT("token"));
    PUT(out, 0);
}

static void gives_back_credentials_as_they_came(void **state)
{
    (void)state;
    SCOPED_BUFFER out = {0};
    size_t begins, ends;
    struct gssproxy_answer answer;
    uint32_t id;
    put_credential(&out, "alice@R", &begins, &ends);
    assert_true(gssproxy_read_id(buffer_text(&out), &id));
    assert_int_equal(id, 7);
    assert_true(gssproxy_read_credential(buffer_text(&out), &answer));
    assert_true(text_is(answer.name, "alice@R"));
    assert_ptr_equal(answer.credential.base, out.base + begins);
    assert_int_equal(answer.credential.length, ends - begins);
}

static void says_what_a_context_is_good_for(void **state)
{
    (void)state;
    for (uint32_t is_open = 0; is_open < 2; is_open++) {
        SCOPED_BUFFER out = {0};
        struct gssproxy_answer answer;
        put_context(&out, is_open ? 0x132 : 0x130, is_open);
        assert_true(gssproxy_read_initiation(buffer_text(&out), &answer));
        assert_true(text_is(answer.token, "token"));
        assert_int_equal(answer.rest_s, 120);
        assert_int_equal(answer.is_open, is_open);
        assert_int_equal(answer.is_mutual, is_open);
    }
}

static void has_errors_as_numbers_of_32_bits(void **state)
{
    (void)state;
    SCOPED_BUFFER out = {0};
    struct gssproxy_answer answer;
    put_status(&out, 7, 0xd0000, (uint32_t)-1765328378);
    PUT(&out, 0, 0);
    assert_true(gssproxy_read_credential(buffer_text(&out), &answer));
    assert_int_equal(answer.major, 0xd0000);
    assert_int_equal((int32_t)answer.minor, -1765328378);
    PUT(&out, 0); /* neither context nor token */
    assert_true(gssproxy_read_initiation(buffer_text(&out), &answer));
}

static void takes_no_success_without_what_was_asked_for(void **state)
{
    (void)state;
    SCOPED_BUFFER out = {0};
    struct gssproxy_answer answer;
    put_status(&out, 7, 0, 0);
    PUT(&out, 0, 0, 0);
    assert_false(gssproxy_read_credential(buffer_text(&out), &answer));
    assert_false(gssproxy_read_initiation(buffer_text(&out), &answer));
}

static void takes_no_answer_that_is_refused_or_cut_off(void **state)
{
    (void)state;
    SCOPED_BUFFER credential = {0}, context = {0};
    size_t begins, ends;
    struct gssproxy_answer answer;
    uint32_t id;
    put_credential(&credential, "alice@R", &begins, &ends);
    put_context(&context, 0, 1);
    for (size_t length = 0; length < credential.length; length++)
        assert_false(gssproxy_read_credential((struct text){credential.base, length}, &answer));
    for (size_t length = 0; length < context.length; length++)
        assert_false(gssproxy_read_initiation((struct text){context.base, length}, &answer));
    static const size_t heads[] = {7, 11, 23}; /* a call, denied, not done */
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        credential.base[heads[i]] ^= 1;
        assert_false(gssproxy_read_credential(buffer_text(&credential), &answer));
        credential.base[heads[i]] ^= 1;
    }
    credential.base[7] = 0;
    assert_false(gssproxy_read_id(buffer_text(&credential), &id));
    assert_false(gssproxy_read_id(TEXT("\0\0\0"), &id));
}

/* Each byte once: whatever it makes of it, it stays within what is there. */
static void survives_every_changed_byte(void **state)
{
    (void)state;
    SCOPED_BUFFER out = {0};
    struct gssproxy_answer answer;
    put_context(&out, 0, 1);
    for (size_t i = 0; i < out.length; i++) {
        out.base[i] ^= (char)0xff;
        SCOPED_ARENA arena = arena_create();
        struct text exact = arena_copy(arena, buffer_text(&out));
        if (gssproxy_read_initiation(exact, &answer))
            assert_true(answer.context.length <= exact.length && answer.token.length <= exact.length);
        out.base[i] ^= (char)0xff;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_back_credentials_as_they_came),
        cmocka_unit_test(says_what_a_context_is_good_for),
        cmocka_unit_test(has_errors_as_numbers_of_32_bits),
        cmocka_unit_test(takes_no_success_without_what_was_asked_for),
        cmocka_unit_test(takes_no_answer_that_is_refused_or_cut_off),
        cmocka_unit_test(survives_every_changed_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
