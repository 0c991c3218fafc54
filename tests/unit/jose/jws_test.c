/* Parsing and verifying compact JWS: one form, one spelling, one algorithm. */
#include <openssl/evp.h>
#include <string.h>
#include <time.h>

#include "base/base64url.h"
#include "token_fixture.h"

static void parses_a_token_into_its_parts(void **state)
{
    struct arena *arena = fixture_arena(state);
    struct text token = fixture_signed(
        arena, ALGORITHM_ES256, "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"k1\",\"x\":[1]}", "{\"a\":1}");
    struct jws jws;
    assert_int_equal(jws_parse(arena, token, &jws), FAULT_NONE);
    assert_int_equal(jws.algorithm, ALGORITHM_ES256);
    assert_true(text_is(jws.key_id, "k1"));
    assert_true(text_is(jws.type, "at+jwt"));
    assert_true(text_is(jws.payload, "{\"a\":1}"));
    assert_int_equal(jws.signature.length, 64);
    assert_ptr_equal(jws.signing_input.base, token.base);
    assert_int_equal(jws.signing_input.length, token.length - 1 - BASE64URL_ENCODED_LENGTH(64));
    assert_int_equal(json_member(jws.header, TEXT("x"))->kind, JSON_ARRAY);
}

static void knows_no_key_id_and_no_type_where_there_is_none(void **state)
{
    struct arena *arena = fixture_arena(state);
    struct jws jws;
    assert_int_equal(
        jws_parse(arena, fixture_signed(arena, ALGORITHM_ES256, "{\"alg\":\"ES256\"}", "{}"), &jws),
        FAULT_NONE);
    assert_null(jws.key_id.base);
    assert_null(jws.type.base);
}

static void verifies_every_algorithm_with_its_key_and_with_no_other(void **state)
{
    struct arena *arena = fixture_arena(state);
    for (enum algorithm algorithm = ALGORITHM_RS256; algorithm < ALGORITHM_COUNT; algorithm++) {
        struct text header = arena_print(arena, "{\"alg\":\"%s\"}", algorithm_name(algorithm).base);
        struct text token = fixture_signed(arena, algorithm, header.base, "{}");
        struct public_key other = {.algorithm = algorithm, .key = fixture_other_key(algorithm)};
        for (enum algorithm of_key = ALGORITHM_RS256; of_key < ALGORITHM_COUNT; of_key++) {
            struct public_key key = fixture_public_key(arena, of_key);
            assert_int_equal(fixture_judge(arena, token, &key),
                             algorithm_is_same(algorithm, of_key) ? FAULT_NONE : FAULT_TOKEN_ALGORITHM);
            public_key_dispose(&key);
        }
        assert_int_equal(fixture_judge(arena, token, &other), FAULT_TOKEN_SIGNATURE);
    }
}

static void refuses_a_changed_header_and_a_changed_payload(void **state)
{
    struct arena *arena = fixture_arena(state);
    struct public_key key = fixture_public_key(arena, ALGORITHM_ES256);
    struct text token = fixture_signed(arena, ALGORITHM_ES256, "{\"alg\":\"ES256\"}", "{\"sub\":\"a\"}");
    struct text header = fixture_signed(arena, ALGORITHM_ES256, "{\"alg\":\"ES256\" }", "{\"sub\":\"a\"}");
    struct text payload = fixture_signed(arena, ALGORITHM_ES256, "{\"alg\":\"ES256\"}", "{\"sub\":\"b\"}");
    struct text rest = token;
    text_cut(&rest, '.');
    text_cut(&rest, '.');
    struct text input = {header.base, header.length - rest.length - 1};
    assert_int_equal(fixture_judge(arena, token, &key), FAULT_NONE);
    assert_int_equal(fixture_judge(arena,
                                   arena_print(arena, "%.*s.%.*s", TEXT_ARGUMENTS(input), TEXT_ARGUMENTS(rest)),
                                   &key),
                     FAULT_TOKEN_SIGNATURE);
    input = (struct text){payload.base, payload.length - rest.length - 1};
    assert_int_equal(fixture_judge(arena,
                                   arena_print(arena, "%.*s.%.*s", TEXT_ARGUMENTS(input), TEXT_ARGUMENTS(rest)),
                                   &key),
                     FAULT_TOKEN_SIGNATURE);
    public_key_dispose(&key);
}

struct header_case {
    const char *header;
    enum fault expected;
};

static const struct header_case header_cases[] = {
    {"{\"alg\":\"ES256\"}", FAULT_NONE},
    /* alg: "none" in any case, symmetric, other spellings: not a name the key has */
    {"{\"alg\":\"none\"}", FAULT_TOKEN_ALGORITHM},
    {"{\"alg\":\"None\"}", FAULT_TOKEN_ALGORITHM},
    {"{\"alg\":\"NONE\"}", FAULT_TOKEN_ALGORITHM},
    {"{\"alg\":\"noNE\"}", FAULT_TOKEN_ALGORITHM},
    {"{\"alg\":\"nOnE\"}", FAULT_TOKEN_ALGORITHM},
    {"{\"alg\":\"HS256\"}", FAULT_TOKEN_ALGORITHM},
    {"{\"alg\":\"es256\"}", FAULT_TOKEN_ALGORITHM},
    {"{\"alg\":\"ES256K\"}", FAULT_TOKEN_ALGORITHM},
    {"{\"alg\":\"ES256 \"}", FAULT_TOKEN_ALGORITHM},
    {"{\"alg\":\"ES384\"}", FAULT_TOKEN_ALGORITHM},
    {"{\"alg\":\"PBES2-HS256+A128KW\",\"p2c\":2147483647}", FAULT_TOKEN_ALGORITHM},
    {"{\"alg\":\"\"}", FAULT_TOKEN_MALFORMED},
    {"{\"alg\":null}", FAULT_TOKEN_MALFORMED},
    {"{\"alg\":[\"ES256\"]}", FAULT_TOKEN_MALFORMED},
    {"{\"alg\":{\"ES256\":1}}", FAULT_TOKEN_MALFORMED},
    {"{\"alg\":256}", FAULT_TOKEN_MALFORMED},
    {"{\"alg\":true}", FAULT_TOKEN_MALFORMED},
    {"{\"Alg\":\"ES256\"}", FAULT_TOKEN_MALFORMED},
    {"{}", FAULT_TOKEN_MALFORMED},
    /* crit and b64, in every shape */
    {"{\"alg\":\"ES256\",\"crit\":[\"exp\"],\"exp\":1}", FAULT_TOKEN_CRITICAL},
    {"{\"alg\":\"ES256\",\"crit\":[]}", FAULT_TOKEN_CRITICAL},
    {"{\"alg\":\"ES256\",\"crit\":[\"x\",\"x\"],\"x\":1}", FAULT_TOKEN_CRITICAL},
    {"{\"alg\":\"ES256\",\"crit\":[\"missing\"]}", FAULT_TOKEN_CRITICAL},
    {"{\"alg\":\"ES256\",\"crit\":\"exp\"}", FAULT_TOKEN_CRITICAL},
    {"{\"alg\":\"ES256\",\"crit\":null}", FAULT_TOKEN_CRITICAL},
    {"{\"alg\":\"ES256\",\"crit\":[\"b64\"],\"b64\":false}", FAULT_TOKEN_CRITICAL},
    {"{\"alg\":\"ES256\",\"crit\":[\"b64\"],\"b64\":true}", FAULT_TOKEN_CRITICAL},
    {"{\"alg\":\"ES256\",\"b64\":false}", FAULT_TOKEN_CRITICAL},
    /* doubled names, also where both say the same */
    {"{\"alg\":\"ES256\",\"alg\":\"ES256\"}", FAULT_TOKEN_MALFORMED},
    {"{\"alg\":\"none\",\"alg\":\"ES256\"}", FAULT_TOKEN_MALFORMED},
    {"{\"alg\":\"ES256\",\"kid\":\"a\",\"kid\":\"b\"}", FAULT_TOKEN_MALFORMED},
    {"{\"alg\":\"ES256\",\"\\u0061lg\":\"none\"}", FAULT_TOKEN_MALFORMED},
    {"{\"alg\":\"ES256\",\"x\":{\"a\":1,\"a\":2}}", FAULT_TOKEN_MALFORMED},
    /* kid and typ: what they may look like */
    {"{\"alg\":\"ES256\",\"kid\":\"../../etc/passwd\"}", FAULT_NONE},
    {"{\"alg\":\"ES256\",\"kid\":\"' OR 1=1 --\"}", FAULT_NONE},
    {"{\"alg\":\"ES256\",\"kid\":\"\"}", FAULT_TOKEN_MALFORMED},
    {"{\"alg\":\"ES256\",\"kid\":7}", FAULT_TOKEN_MALFORMED},
    {"{\"alg\":\"ES256\",\"kid\":null}", FAULT_TOKEN_MALFORMED},
    {"{\"alg\":\"ES256\",\"kid\":\"a\\u0000b\"}", FAULT_TOKEN_MALFORMED},
    {"{\"alg\":\"ES256\",\"kid\":\"a\\nb\"}", FAULT_TOKEN_MALFORMED},
    {"{\"alg\":\"ES256\",\"typ\":7}", FAULT_TOKEN_MALFORMED},
    {"{\"alg\":\"ES256\",\"typ\":[\"JWT\"]}", FAULT_TOKEN_MALFORMED},
    {"{\"alg\":\"ES256\",\"typ\":\"\"}", FAULT_TOKEN_MALFORMED},
    /* keys in the header are not looked at, whatever they are */
    {"{\"alg\":\"ES256\",\"jwk\":{\"kty\":\"oct\",\"k\":\"AA\"},\"jku\":\"http://127.0.0.1/"
     "\",\"x5u\":1,\"x5c\":[]}",
     FAULT_NONE},
    {"{\"alg\":\"ES256\",\"zip\":\"DEF\",\"p2c\":2147483647}", FAULT_NONE},
    /* an encrypted token's header */
    {"{\"alg\":\"ES256\",\"enc\":\"A256GCM\"}", FAULT_TOKEN_MALFORMED},
    /* not an object, not JSON, not only JSON */
    {"[\"ES256\"]", FAULT_TOKEN_MALFORMED},
    {"\"ES256\"", FAULT_TOKEN_MALFORMED},
    {"null", FAULT_TOKEN_MALFORMED},
    {"{\"alg\":\"ES256\"", FAULT_TOKEN_MALFORMED},
    {"{\"alg\":\"ES256\"}}", FAULT_TOKEN_MALFORMED},
    {"{\"alg\":\"ES256\"}{}", FAULT_TOKEN_MALFORMED},
    {"{\"alg\":\"ES256\",}", FAULT_TOKEN_MALFORMED},
    {"{'alg':'ES256'}", FAULT_TOKEN_MALFORMED},
    {"\xef\xbb\xbf{\"alg\":\"ES256\"}", FAULT_TOKEN_MALFORMED},
    {"{\"alg\":\"ES256\",\"x\":\"\xff\"}", FAULT_TOKEN_MALFORMED},
};

static void judges_headers_by_their_members(void **state)
{
    struct arena *arena = fixture_arena(state);
    struct public_key key = fixture_public_key(arena, ALGORITHM_ES256);
    for (size_t i = 0; i < sizeof(header_cases) / sizeof(header_cases[0]); i++) {
        enum fault fault = fixture_judge(
            arena, fixture_signed(arena, ALGORITHM_ES256, header_cases[i].header, "{\"sub\":\"a\"}"), &key);
        if (fault != header_cases[i].expected)
            fail_msg("%s: %s, not %s", header_cases[i].header, fault_row(fault)->reason,
                     fault_row(header_cases[i].expected)->reason);
    }
    public_key_dispose(&key);
}

static void refuses_long_key_ids(void **state)
{
    struct arena *arena = fixture_arena(state);
    char id[JWS_KEY_ID_BYTES_MAX + 2];
    struct jws jws;
    memset(id, 'k', sizeof(id));
    id[JWS_KEY_ID_BYTES_MAX] = '\0';
    struct text header = arena_print(arena, "{\"alg\":\"ES256\",\"kid\":\"%s\"}", id);
    assert_int_equal(jws_parse(arena, fixture_signed(arena, ALGORITHM_ES256, header.base, "{}"), &jws),
                     FAULT_NONE);
    header = arena_print(arena, "{\"alg\":\"ES256\",\"kid\":\"%sk\"}", id);
    assert_int_equal(jws_parse(arena, fixture_signed(arena, ALGORITHM_ES256, header.base, "{}"), &jws),
                     FAULT_TOKEN_MALFORMED);
}

static void refuses_anything_but_three_filled_segments(void **state)
{
    static const char *const tokens[] = {"",
                                         ".",
                                         "..",
                                         "...",
                                         "a",
                                         "a.b",
                                         "e30",
                                         "e30.e30",
                                         "e30.e30.",
                                         ".e30.e30",
                                         "e30..e30",
                                         "e30.e30.e30.e30",
                                         "e30.e30.e30.e30.e30",
                                         "e30.e30.e30.",
                                         ".e30.e30.e30",
                                         "{}",
                                         "{\"payload\":\"e30\",\"signatures\":[]}",
                                         "{\"payload\":\"e30\",\"protected\":\"e30\",\"signature\":\"e30\"}"};
    struct arena *arena = fixture_arena(state);
    struct jws jws;
    for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++)
        assert_int_equal(jws_parse(arena, text_of(tokens[i]), &jws), FAULT_TOKEN_MALFORMED);
    assert_int_equal(jws_parse(arena, TEXT_NONE, &jws), FAULT_TOKEN_MALFORMED);
}

/* Every other spelling of a good token that a lenient decoder takes. */
static void has_one_spelling_of_a_token(void **state)
{
    struct arena *arena = fixture_arena(state);
    struct public_key key = fixture_public_key(arena, ALGORITHM_ES256);
    struct text token;
    do /* a signature that has characters which differ between the two alphabets */
        token =
            fixture_signed(arena, ALGORITHM_ES256, "{\"alg\":\"ES256\",\"kid\":\"k1\"}", "{\"sub\":\"a?>\"}");
    while (memchr(token.base + token.length - 86, '-', 86) == NULL &&
           memchr(token.base + token.length - 86, '_', 86) == NULL);
    assert_int_equal(fixture_judge(arena, token, &key), FAULT_NONE);
    static const char *const around[] = {"%s=",  "%s==", "%s ",   "%s\n",   "%s\r\n", "%s\t",
                                         "%s%%", " %s",  "\n%s",  "%s.",    ".%s",    "%s%%%%",
                                         "%sA",  "%sAA", "%sAAA", "\"%s\"", "%s,",    "Bearer %s"};
    for (size_t i = 0; i < sizeof(around) / sizeof(around[0]); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        struct text other = arena_print(arena, around[i], token.base);
#pragma GCC diagnostic pop
        if (fixture_judge(arena, other, &key) == FAULT_NONE)
            fail_msg("accepted with \"%s\"", around[i]);
    }
    for (size_t at = 0; at <= token.length; at++) {
        struct text other =
            arena_print(arena, "%.*s%c%s", (int)at, token.base, "\n =%\0"[at % 4], token.base + at);
        assert_int_not_equal(fixture_judge(arena, other, &key), FAULT_NONE);
    }
    struct text standard = arena_copy(arena, token);
    for (size_t at = 0; at < token.length; at++)
        ((char *)(uintptr_t)standard.base)[at] = token.base[at] == '-'   ? '+'
                                                 : token.base[at] == '_' ? '/'
                                                                         : token.base[at];
    assert_int_equal(fixture_judge(arena, standard, &key), FAULT_TOKEN_MALFORMED);
    struct text zero = arena_copy(arena, token);
    ((char *)(uintptr_t)zero.base)[token.length - 10] = '\0';
    assert_int_equal(fixture_judge(arena, zero, &key), FAULT_TOKEN_MALFORMED);
    public_key_dispose(&key);
}

/* 64 bytes are 86 characters: the last one carries 2 bits, and 15 of its 16 relatives decode to the same bytes.
 */
static void refuses_changed_trailing_bits(void **state)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    struct arena *arena = fixture_arena(state);
    struct public_key key = fixture_public_key(arena, ALGORITHM_ES256);
    struct text token = fixture_signed(arena, ALGORITHM_ES256, "{\"alg\":\"ES256\"}", "{}");
    int accepted = 0;
    for (size_t i = 0; i < 64; i++) {
        struct text other = arena_copy(arena, token);
        ((char *)(uintptr_t)other.base)[token.length - 1] = alphabet[i];
        accepted += fixture_judge(arena, other, &key) == FAULT_NONE;
    }
    assert_int_equal(accepted, 1);
    public_key_dispose(&key);
}

static void bounds_the_token_before_looking_at_it(void **state)
{
    struct arena *arena = fixture_arena(state);
    enum { LARGE = 1024 * 1024, ROUNDS = 1000 };
    char *dots = arena_allocate(arena, LARGE);
    struct jws jws;
    memset(dots, '.', LARGE);
    clock_t started = clock(); /* CPU time: others may be busy on this machine */
    for (int round = 0; round < ROUNDS; round++)
        assert_int_equal(jws_parse(arena, (struct text){dots, LARGE}, &jws), FAULT_TOKEN_TOO_LARGE);
    for (int round = 0; round < ROUNDS; round++)
        assert_int_equal(jws_parse(arena, (struct text){dots, JWS_TOKEN_BYTES_MAX}, &jws),
                         FAULT_TOKEN_MALFORMED);
    assert_true(clock() - started < CLOCKS_PER_SEC / 5); /* 0.1 ms each would be far too much already */
    memset(dots, 'A', LARGE);
    assert_int_equal(jws_parse(arena, (struct text){dots, JWS_TOKEN_BYTES_MAX + 1}, &jws),
                     FAULT_TOKEN_TOO_LARGE);
    assert_int_equal(jws_parse(arena, (struct text){dots, JWS_TOKEN_BYTES_MAX}, &jws), FAULT_TOKEN_MALFORMED);
}

static void refuses_a_signature_longer_than_any_key_makes(void **state)
{
    struct arena *arena = fixture_arena(state);
    static unsigned char signature[SIGNATURE_SIZE_MAX + 3];
    struct jws jws;
    struct text input = fixture_input(arena, "{\"alg\":\"RS256\"}", "{}");
    struct text token = fixture_with_signature(arena, input, signature, SIGNATURE_SIZE_MAX);
    assert_int_equal(jws_parse(arena, token, &jws), FAULT_NONE);
    token = fixture_with_signature(arena, input, signature, SIGNATURE_SIZE_MAX + 3);
    assert_int_equal(jws_parse(arena, token, &jws), FAULT_TOKEN_MALFORMED);
}

static void compares_types_as_media_types(void **state)
{
    static const struct {
        const char *type;
        const char *expected;
        bool is;
    } cases[] = {
        {"at+jwt", "at+jwt", true},
        {"AT+JWT", "at+jwt", true},
        {"application/at+jwt", "at+jwt", true},
        {"Application/At+Jwt", "at+jwt", true},
        {"JWT", "JWT", true},
        {"jwt", "JWT", true},
        {"application/jwt", "JWT", true},
        {"JWT", "at+jwt", false},
        {"at+jwt ", "at+jwt", false},
        {"application/ at+jwt", "at+jwt", false},
        {"application/application/at+jwt", "at+jwt", false},
        {"text/at+jwt", "at+jwt", false},
        {"application/", "at+jwt", false},
        {"at+jwt;x=1", "at+jwt", false},
        {"logout+jwt", "at+jwt", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jws jws = {.type = text_of(cases[i].type)};
        if (jws_type_is(&jws, cases[i].expected) != cases[i].is)
            fail_msg("%s against %s", cases[i].type, cases[i].expected);
    }
    struct jws without = {0};
    assert_false(jws_type_is(&without, "JWT"));
}

static void makes_tokens_it_can_read(void **state)
{
    struct arena *arena = fixture_arena(state);
    static const char *const types[] = {"at+jwt", "JWT", "txntoken+jwt", NULL};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        unsigned char signature[SIGNATURE_SIZE_MAX];
        size_t length = 0;
        struct public_key key = fixture_public_key(arena, ALGORITHM_ES256);
        struct text input =
            jws_signing_input(arena, ALGORITHM_ES256, TEXT("k\"1"), text_of(types[i]), TEXT("{\"a\":1}"));
        assert_true(algorithm_sign(ALGORITHM_ES256, fixture_key(ALGORITHM_ES256), input, signature, &length));
        struct text token = jws_assemble(arena, input, signature, length);
        struct jws jws;
        assert_int_equal(strlen(token.base), token.length);
        assert_int_equal(jws_parse(arena, token, &jws), FAULT_NONE);
        assert_int_equal(jws_verify(&jws, &key), FAULT_NONE);
        assert_true(text_is(jws.key_id, "k\"1"));
        assert_true(text_equal(jws.type, text_of(types[i])));
        assert_int_equal(jws.header->count, types[i] == NULL ? 2 : 3);
        public_key_dispose(&key);
    }
}

#define JWS_TEST(test) cmocka_unit_test_setup_teardown(test, fixture_begin, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        JWS_TEST(parses_a_token_into_its_parts),
        JWS_TEST(knows_no_key_id_and_no_type_where_there_is_none),
        JWS_TEST(verifies_every_algorithm_with_its_key_and_with_no_other),
        JWS_TEST(refuses_a_changed_header_and_a_changed_payload),
        JWS_TEST(judges_headers_by_their_members),
        JWS_TEST(refuses_long_key_ids),
        JWS_TEST(refuses_anything_but_three_filled_segments),
        JWS_TEST(has_one_spelling_of_a_token),
        JWS_TEST(refuses_changed_trailing_bits),
        JWS_TEST(bounds_the_token_before_looking_at_it),
        JWS_TEST(refuses_a_signature_longer_than_any_key_makes),
        JWS_TEST(compares_types_as_media_types),
        JWS_TEST(makes_tokens_it_can_read),
    };
    return cmocka_run_group_tests_name("jose/jws", tests, NULL, NULL);
}
