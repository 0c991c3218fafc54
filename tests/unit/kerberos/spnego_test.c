/* DER, by bytes written out here, by everything that can be wrong with them, and by MIT's own SPNEGO as the
 * other side: what it makes and takes is what is made and taken here. */
#include "private_realm.h"

#include <gssapi/gssapi_ext.h>
#include <stdlib.h>
#include <string.h>

#include "spnego.h"

#define KRB5   "\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"
#define SPNEGO "\x06\x06\x2b\x06\x01\x05\x05\x02"

static void wraps_a_token_byte_by_byte(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct text expected = TEXT("\x60\x23" SPNEGO "\xa0\x19\x30\x17" /* RFC 2743, NegTokenInit */
                                "\xa0\x0d\x30\x0b" KRB5              /* mechTypes */
                                "\xa2\x06\x04\x04\x01\x00\x02\xff"); /* mechToken */
    assert_true(text_equal(spnego_wrap(arena, TEXT("\x01\x00\x02\xff")), expected));
}

/* Reads an element of any tag and returns its contents, for what was written here. */
static struct text contents_of(struct text element, size_t *whole)
{
    size_t length = (unsigned char)element.base[1], header = 2;
    if (length >= 0x80) {
        size_t bytes = length & 0x7f;
        for (length = 0; header < 2 + bytes; header++)
            length = length << 8 | (unsigned char)element.base[header];
        assert_true(length >= 0x80 && (bytes == 1 || length >> (8 * (bytes - 1)) != 0)); /* the shortest form */
    }
    *whole = header + length;
    assert_true(*whole <= element.length);
    return (struct text){element.base + header, length};
}

static struct text behind(struct text text, size_t bytes)
{
    return (struct text){text.base + bytes, text.length - bytes};
}

/* Of what is wrapped, through every level. */
static struct text krb5_token_of(struct text offer)
{
    size_t whole;
    struct text level = contents_of(offer, &whole);
    assert_int_equal(whole, offer.length);
    level = contents_of(behind(level, sizeof(SPNEGO) - 1), &whole); /* the choice */
    level = contents_of(level, &whole);                             /* the sequence */
    level = contents_of(behind(level, 15), &whole);                 /* behind mechTypes */
    struct text token = contents_of(level, &whole);
    assert_int_equal(whole, level.length);
    assert_ptr_equal(token.base + token.length, offer.base + offer.length);
    return token;
}

static void wraps_tokens_of_every_length(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    char *bytes = arena_allocate(arena, SPNEGO_TOKEN_BYTES_MAX);
    memset(bytes, 0x5a, SPNEGO_TOKEN_BYTES_MAX);
    for (size_t length = 0; length <= SPNEGO_TOKEN_BYTES_MAX;
         length += length < 300 || length > 65200 ? 1 : 4057) {
        struct text token = {bytes, length};
        assert_true(text_equal(krb5_token_of(spnego_wrap(arena, token)), token));
    }
}

static const struct answer_case {
    struct text token;
    enum spnego_state state;
    struct text mech_token;
} answers[] = {
    {TEXT("\xa1\x07\x30\x05\xa0\x03\x0a\x01\x00"), SPNEGO_COMPLETED, {NULL, 0}},
    {TEXT("\xa1\x07\x30\x05\xa0\x03\x0a\x01\x02"), SPNEGO_REJECTED, {NULL, 0}},
    {TEXT("\xa1\x14\x30\x12\xa0\x03\x0a\x01\x00\xa1\x0b" KRB5), SPNEGO_COMPLETED, {NULL, 0}},
    {TEXT("\xa1\x14\x30\x12\xa0\x03\x0a\x01\x03\xa1\x0b" KRB5), SPNEGO_INCOMPLETE, {NULL, 0}},
    {TEXT("\xa1\x0d\x30\x0b\xa0\x03\x0a\x01\x00\xa2\x04\x04\x02\x60\x00"), SPNEGO_COMPLETED, {"\x60\x00", 2}},
    {TEXT("\xa1\x1b\x30\x19\xa0\x03\x0a\x01\x01\xa1\x0b" KRB5 "\xa2\x05\x04\x03\x01\x02\x03"),
     SPNEGO_INCOMPLETE,
     {"\x01\x02\x03", 3}},
    {TEXT("\xa1\x1e\x30\x1c\xa0\x03\x0a\x01\x00\xa1\x0b" KRB5 "\xa2\x03\x04\x01\x07\xa3\x03\x04\x01\x07"),
     SPNEGO_COMPLETED,
     {"\x07", 1}},
    {TEXT("\xa1\x0b\x30\x09\xa0\x03\x0a\x01\x00\xa2\x02\x04\x00"), SPNEGO_COMPLETED, {NULL, 0}},
    {TEXT("\x60\x0e" KRB5 "\x02\x00\x6f"), SPNEGO_COMPLETED, {"\x60\x0e" KRB5 "\x02\x00\x6f", 16}},
    {TEXT("\x60\x0e" KRB5 "\x03\x00\x7e"), SPNEGO_REJECTED, {"\x60\x0e" KRB5 "\x03\x00\x7e", 16}},
};

enum { ANSWERS = sizeof(answers) / sizeof(answers[0]) };

static void reads_every_kind_of_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < ANSWERS; i++) {
        enum spnego_state found;
        struct text mech_token = TEXT("before");
        if (!spnego_unwrap_answer(answers[i].token, &found, &mech_token) || found != answers[i].state ||
            !text_equal(mech_token, answers[i].mech_token) ||
            (mech_token.base == NULL) != (answers[i].mech_token.base == NULL))
            fail_msg("answer %zu", i);
    }
}

/* Each in memory of its own size, so that the sanitizer sees a byte too many being read. */
static bool is_read(struct text token)
{
    char *copy = malloc(token.length);
    assert_true(copy != NULL || token.length == 0);
    memcpy(copy, token.base, token.length);
    enum spnego_state found;
    struct text mech_token;
    bool is_it = spnego_unwrap_answer((struct text){copy, token.length}, &found, &mech_token);
    assert_true(is_it || mech_token.base == NULL);
    free(copy);
    return is_it;
}

static void refuses_an_answer_with_a_byte_less_or_more(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    for (size_t i = 0; i < ANSWERS; i++) {
        struct text token = answers[i].token;
        for (size_t length = 0; length < token.length; length++)
            assert_false(is_read((struct text){token.base, length}));
        assert_false(is_read(arena_join(arena, (struct text[]){token, TEXT("\0")}, 2)));
    }
}

static void refuses_what_is_no_answer(void **state)
{
    (void)state;
    static const struct text wrong[] = {
        TEXT("\xa1\x00"),
        TEXT("\xa1\x81"),
        TEXT("\xa1\x82\x01"),                         /* lengths that end too early */
        TEXT("\xa1\x02\x30\x00"),                     /* no state */
        TEXT("\xa1\x0f\x30\x0d\xa1\x0b" KRB5),        /* nor here */
        TEXT("\xa1\x07\x30\x05\xa0\x03\x0a\x01\x04"), /* a state there is not */
        TEXT("\xa1\x07\x30\x05\xa0\x03\x0a\x01\xff"),
        TEXT("\xa1\x06\x30\x04\xa0\x02\x0a\x00"),                                     /* of no byte */
        TEXT("\xa1\x08\x30\x06\xa0\x04\x0a\x02\x00\x00"),                             /* of two */
        TEXT("\xa1\x07\x30\x05\xa0\x03\x02\x01\x00"),                                 /* an integer */
        TEXT("\xa0\x07\x30\x05\xa0\x03\x0a\x01\x00"),                                 /* an offer */
        TEXT("\x30\x05\xa0\x03\x0a\x01\x00"),                                         /* not of the choice */
        TEXT("\xa1\x07\x31\x05\xa0\x03\x0a\x01\x00"),                                 /* a set */
        TEXT("\xa1\x0c\x30\x0a\xa0\x03\x0a\x01\x00\xa0\x03\x0a\x01\x00"),             /* two states */
        TEXT("\xa1\x0d\x30\x0b\xa2\x04\x04\x02\x60\x00\xa0\x03\x0a\x01\x00"),         /* out of order */
        TEXT("\xa1\x0d\x30\x0b\xa0\x03\x0a\x01\x00\xa4\x04\x04\x02\x60\x00"),         /* a field there is not */
        TEXT("\xa1\x0d\x30\x0b\xa0\x03\x0a\x01\x00\xa2\x04\x24\x02\x04\x00"),         /* in pieces */
        TEXT("\xa1\x0f\x30\x0d\xa0\x03\x0a\x01\x00\xa2\x06\x04\x02\x60\x00\x05\x00"), /* two in a field
                                                                                       */
        TEXT("\xa1\x14\x30\x12\xa0\x03\x0a\x01\x00\xa1\x0b\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02"
             "\x03"), /* user to user */
        TEXT("\xa1\x15\x30\x13\xa0\x03\x0a\x01\x00\xa1\x0c\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x02"
             "\x0a"),                                     /* NTLM */
        TEXT("\xa1\x81\x07\x30\x05\xa0\x03\x0a\x01\x00"), /* lengths in a longer form */
        TEXT("\xa1\x08\x30\x81\x05\xa0\x03\x0a\x01\x00"),
        TEXT("\xa1\x82\x00\x07\x30\x05\xa0\x03\x0a\x01\x00"),
        TEXT("\xa1\x80\x30\x05\xa0\x03\x0a\x01\x00\x00\x00"), /* of no stated end */
        TEXT("\xa1\x84\x00\x00\x00\x07\x30\x05\xa0\x03\x0a\x01\x00"),
        TEXT("\xa1\x84\xff\xff\xff\xff\x30\x05\xa0\x03\x0a\x01\x00"),
        TEXT("\xa1\x88\xff\xff\xff\xff\xff\xff\xff\xff\x30\x05\xa0\x03\x0a\x01\x00"),
        TEXT("\xa1\xff\x30\x05\xa0\x03\x0a\x01\x00"),
        TEXT("\xa1\x07\x30\x06\xa0\x03\x0a\x01\x00"), /* longer than what it is in */
        TEXT("\xa1\x07\x30\x04\xa0\x03\x0a\x01\x00"), /* shorter */
        TEXT("\xa1\x07\x30\x05\xa0\x04\x0a\x01\x00"),
        TEXT("\xa1\x07\x30\x05\xa0\x7f\x0a\x7d\x00"), /* longer than all there is */
        TEXT("\x60\x0e" KRB5 "\x01\x00\x6e"),         /* a request */
        TEXT("\x60\x0c" KRB5 "\x02"),
        TEXT("\x60\x0b" KRB5),
        TEXT("\x60\x0b" SPNEGO "\x02\x00\x6f"),
        TEXT("\x6f\x03\x30\x01\x00"), /* nothing around it */
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (is_read(wrong[i]))
            fail_msg("wrong answer %zu", i);
}

/* An answer of so many bytes behind these, which say how many. */
static bool is_read_behind(struct text header)
{
    enum { MECH_TOKEN = 0x84, OCTETS = MECH_TOKEN + 3, FIELDS = OCTETS + 3 + 5, SEQUENCE = FIELDS + 3 };
    static const char mech_token[MECH_TOKEN];
    const char lengths[][3] = {
        {'\x30', '\x81', (char)FIELDS}, {'\xa2', '\x81', (char)OCTETS}, {'\x04', '\x81', (char)MECH_TOKEN}};
    SCOPED_ARENA arena = arena_create();
    struct text parts[] = {header,          {lengths[0], 3}, TEXT("\xa0\x03\x0a\x01\x00"),
                           {lengths[1], 3}, {lengths[2], 3}, {mech_token, MECH_TOKEN}};
    assert_int_equal((unsigned char)header.base[header.length - 1], SEQUENCE);
    return is_read(arena_join(arena, parts, sizeof(parts) / sizeof(parts[0])));
}

static void refuses_a_long_answer_whose_length_could_be_said_in_fewer_bytes(void **state)
{
    (void)state;
    assert_true(is_read_behind(TEXT("\xa1\x81\x92")));
    assert_false(is_read_behind(TEXT("\xa1\x82\x00\x92")));
    assert_false(is_read_behind(TEXT("\xa1\x83\x00\x00\x92")));
    assert_false(is_read_behind(TEXT("\xa1\x84\x00\x00\x00\x92")));
    assert_false(is_read_behind(TEXT("\xa1\x89\x01\x00\x00\x00\x00\x00\x00\x00\x92"))); /* 2^64 more */
}

static void refuses_an_answer_larger_than_any_token(void **state)
{
    (void)state;
    for (size_t length = SPNEGO_TOKEN_BYTES_MAX; length <= SPNEGO_TOKEN_BYTES_MAX + 1; length++) {
        SCOPED_ARENA arena = arena_create();
        size_t inside = length - 4;
        char *token = arena_allocate(arena, length);
        const char header[] = {'\x60', '\x82', (char)(inside >> 8), (char)(inside & 0xff)};
        memcpy(token, header, sizeof(header));
        memcpy(token + sizeof(header), KRB5 "\x02", 12);
        assert_int_equal(is_read((struct text){token, length}), length == SPNEGO_TOKEN_BYTES_MAX);
    }
}

/* --- MIT's SPNEGO on the other side --- */

/* Offers Kerberos alone, as the one here does. */
static struct text offer_of_mit(struct arena *arena)
{
    gss_cred_id_t alice = realm_login("alice", &realm_spnego);
    gss_OID_set_desc offered = {1, &realm_krb5};
    OM_uint32 minor;
    assert_int_equal(gss_set_neg_mechs(&minor, alice, &offered), GSS_S_COMPLETE);
    struct text token = realm_token(arena, alice, &realm_spnego, 0, 300, NULL);
    gss_release_cred(&minor, &alice);
    return token;
}

static void wraps_as_mit_does(void **state)
{
    (void)state;
    realm_begin(NULL);
    SCOPED_ARENA arena = arena_create();
    struct text theirs = offer_of_mit(arena);
    assert_true(text_equal(spnego_wrap(arena, krb5_token_of(theirs)), theirs));
}

static void is_taken_by_mit_and_reads_its_answer(void **state)
{
    (void)state;
    realm_begin(NULL);
    SCOPED_ARENA arena = arena_create();
    gss_cred_id_t alice = realm_login("alice", &realm_krb5);
    gss_ctx_id_t context;
    OM_uint32 minor;
    struct text token = realm_token(arena, alice, &realm_krb5, GSS_C_MUTUAL_FLAG, 300, &context), user, reply;
    struct text answer = realm_accept(arena, spnego_wrap(arena, token), &user);
    assert_true(text_is(user, "alice@MIT.EXAMPLE"));
    enum spnego_state found;
    assert_true(spnego_unwrap_answer(answer, &found, &reply));
    assert_int_equal(found, SPNEGO_COMPLETED);
    gss_name_t name = realm_name("HTTP@app.mit.example", GSS_C_NT_HOSTBASED_SERVICE);
    gss_buffer_desc input = {reply.length, (void *)(uintptr_t)reply.base}, output = GSS_C_EMPTY_BUFFER;
    assert_int_equal(gss_init_sec_context(&minor, alice, &context, name, &realm_krb5, GSS_C_MUTUAL_FLAG, 300,
                                          GSS_C_NO_CHANNEL_BINDINGS, &input, NULL, &output, NULL, NULL),
                     GSS_S_COMPLETE);
    gss_release_name(&minor, &name);
    gss_delete_sec_context(&minor, &context, NULL);
    gss_release_cred(&minor, &alice);
}

static void reads_the_answers_of_a_service_without_negotiation_and_one_that_refuses(void **state)
{
    (void)state;
    realm_begin(NULL);
    SCOPED_ARENA arena = arena_create();
    gss_cred_id_t alice = realm_login("alice", &realm_krb5);
    struct text token = realm_token(arena, alice, &realm_krb5, GSS_C_MUTUAL_FLAG, 300, NULL), user, reply;
    enum spnego_state found;
    struct text raw = realm_accept(arena, token, &user);
    assert_true(spnego_unwrap_answer(raw, &found, &reply));
    assert_int_equal(found, SPNEGO_COMPLETED);
    assert_true(text_equal(reply, raw));
    struct text spoilt = arena_copy(arena, token);
    char *last = (char *)(uintptr_t)spoilt.base + spoilt.length - 1;
    *last = (char)(*last ^ 1);
    struct text refusal = realm_accept(arena, spnego_wrap(arena, spoilt), &user);
    assert_null(user.base);
    assert_true(spnego_unwrap_answer(refusal, &found, &reply));
    assert_int_equal(found, SPNEGO_REJECTED);
    OM_uint32 minor;
    gss_release_cred(&minor, &alice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wraps_a_token_byte_by_byte),
        cmocka_unit_test(wraps_tokens_of_every_length),
        cmocka_unit_test(reads_every_kind_of_answer),
        cmocka_unit_test(refuses_an_answer_with_a_byte_less_or_more),
        cmocka_unit_test(refuses_what_is_no_answer),
        cmocka_unit_test(refuses_a_long_answer_whose_length_could_be_said_in_fewer_bytes),
        cmocka_unit_test(refuses_an_answer_larger_than_any_token),
        cmocka_unit_test(wraps_as_mit_does),
        cmocka_unit_test(is_taken_by_mit_and_reads_its_answer),
        cmocka_unit_test(reads_the_answers_of_a_service_without_negotiation_and_one_that_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
