/* The session's token: what we made comes back, and nothing that others made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jwt.h>

#include "base/base64url.h"
#include "base/digest.h"
#include "session_token.h"

enum { NOW_S = 1800000000 };

static const unsigned char key_bytes[] = "0123456789abcdef0123456789ABCDEF";
static const char header[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
static const char good_claims[] =
    "{\"iss\":\"https://gateway.example\",\"aud\":\"dragoman-people\",\"jti\":\"J1\",\"sub_iss\":\"https://"
    "idp.example\","
    "\"sub\":\"ann\",\"iat\":1800000000,\"exp\":1800000600}";

struct fixture {
    struct arena *arena;
    struct secret *key;
};

static int begin(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    fixture->arena = arena_create();
    fixture->key = secret_create(key_bytes, SESSION_TOKEN_KEY_BYTES);
    *state = fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;
    secret_destroy(fixture->key);
    arena_destroy(fixture->arena);
    free(fixture);
    return 0;
}

static struct session_token ann(void)
{
    return (struct session_token){.id = TEXT("J1"),
                                  .issuer = TEXT("https://gateway.example"),
                                  .person = {TEXT("https://idp.example"), TEXT("ann")},
                                  .issued_at_s = NOW_S,
                                  .expires_at_s = NOW_S + 600};
}

static enum fault read_at(struct fixture *fixture, struct text token, int64_t now_s)
{
    struct session_token read;
    return session_token_read(fixture->arena, fixture->key, token, TEXT("https://gateway.example"), now_s,
                              &read);
}

/* By hand, so that it is exactly what a forger would send. */
static struct text forged(struct fixture *fixture, const char *head, const char *claims, struct text key)
{
    unsigned char mac[DIGEST_SIZE];
    struct text input =
        arena_print(fixture->arena, "%s.%s", base64url_encode_text(fixture->arena, head, strlen(head)).base,
                    base64url_encode_text(fixture->arena, claims, strlen(claims)).base);
    digest_hmac(key, input, mac);
    return arena_print(fixture->arena, "%.*s.%s", TEXT_ARGUMENTS(input),
                       base64url_encode_text(fixture->arena, mac, sizeof(mac)).base);
}

static struct text our_key(void)
{
    return (struct text){(const char *)key_bytes, SESSION_TOKEN_KEY_BYTES};
}

static void comes_back_as_it_was_made(void **state)
{
    struct fixture *fixture = *state;
    struct session_token made = ann(), read;
    struct text token = session_token_make(fixture->arena, fixture->key, &made);
    assert_int_equal(session_token_read(fixture->arena, fixture->key, token, made.issuer, NOW_S, &read),
                     FAULT_NONE);
    assert_true(text_is(read.id, "J1"));
    assert_true(text_is(read.person.issuer, "https://idp.example"));
    assert_true(text_is(read.person.subject, "ann"));
    assert_int_equal(read.issued_at_s, NOW_S);
    assert_int_equal(read.expires_at_s, NOW_S + 600);
    /* What is forged below differs from this in what is named, and in nothing else. */
    assert_int_equal(read_at(fixture, forged(fixture, header, good_claims, our_key()), NOW_S), FAULT_NONE);
}

static void ends_with_its_second(void **state)
{
    struct fixture *fixture = *state;
    struct session_token made = ann();
    struct text token = session_token_make(fixture->arena, fixture->key, &made);
    assert_int_equal(read_at(fixture, token, NOW_S + 599), FAULT_NONE);
    assert_int_equal(read_at(fixture, token, NOW_S + 600), FAULT_SESSION_MISSING);
}

static void is_refused_without_a_signature_of_our_key(void **state)
{
    struct fixture *fixture = *state;
    static const char *const none[] = {"{\"alg\":\"none\",\"typ\":\"JWT\"}", "{\"alg\":\"NONE\"}",
                                       "{\"typ\":\"JWT\"}"};
    unsigned char other[SESSION_TOKEN_KEY_BYTES] = {0};
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        struct text token = forged(fixture, none[i], good_claims, our_key());
        assert_int_equal(read_at(fixture, token, NOW_S), FAULT_SESSION_MISSING);
        struct text parts = token, head = text_cut(&parts, '.'), claims = text_cut(&parts, '.');
        assert_int_equal(
            read_at(fixture,
                    arena_print(fixture->arena, "%.*s.%.*s.", TEXT_ARGUMENTS(head), TEXT_ARGUMENTS(claims)),
                    NOW_S),
            FAULT_SESSION_MISSING);
    }
    struct text keys[] = {{"", 0}, {(const char *)other, 1}, {(const char *)other, sizeof(other)}};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        assert_int_equal(read_at(fixture, forged(fixture, header, good_claims, keys[i]), NOW_S),
                         FAULT_SESSION_MISSING);
}

/* Signed with our very key: libjwt takes it, and so only the look at what it took keeps it out. */
static void is_refused_under_another_algorithm_even_with_our_key(void **state)
{
    struct fixture *fixture = *state;
    static const jwt_alg_t algorithms[] = {JWT_ALG_HS384, JWT_ALG_HS512};
    for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
        jwt_t *jwt = NULL, *taken = NULL;
        assert_int_equal(jwt_new(&jwt), 0);
        assert_int_equal(jwt_add_grants_json(jwt, good_claims), 0);
        assert_int_equal(jwt_set_alg(jwt, algorithms[i], key_bytes, SESSION_TOKEN_KEY_BYTES), 0);
        char *token = jwt_encode_str(jwt);
        assert_int_equal(jwt_decode(&taken, token, key_bytes, SESSION_TOKEN_KEY_BYTES), 0);
        assert_int_equal(read_at(fixture, text_of(token), NOW_S), FAULT_SESSION_MISSING);
        free(token);
        jwt_free(taken);
        jwt_free(jwt);
    }
}

static void is_refused_when_any_character_of_it_was_changed(void **state)
{
    struct fixture *fixture = *state;
    struct session_token made = ann();
    struct text token = session_token_make(fixture->arena, fixture->key, &made);
    /* The last character has two bits that say nothing; all others count. */
    for (size_t i = 0; i + 1 < token.length; i++) {
        struct text changed = arena_copy(fixture->arena, token);
        char *byte = (char *)(uintptr_t)changed.base + i;
        *byte = *byte == 'A' ? 'B' : 'A';
        assert_int_equal(read_at(fixture, changed, NOW_S), FAULT_SESSION_MISSING);
    }
}

/* libjwt takes stack by the length, and text up to a zero byte. */
static void is_refused_in_another_spelling_or_too_long(void **state)
{
    struct fixture *fixture = *state;
    struct session_token made = ann();
    struct text token = session_token_make(fixture->arena, fixture->key, &made);
    static const char *const tails[] = {"=", "\n", "!!", ".", ".AAAA", " "};
    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++)
        assert_int_equal(
            read_at(fixture, arena_print(fixture->arena, "%.*s%s", TEXT_ARGUMENTS(token), tails[i]), NOW_S),
            FAULT_SESSION_MISSING);
    /* What libjwt takes ends at the first zero byte, and what stands behind it would be nobody's. */
    const struct text parts[] = {token, {"\0x", 2}};
    assert_int_equal(read_at(fixture, arena_join(fixture->arena, parts, 2), NOW_S), FAULT_SESSION_MISSING);
    char *long_claims = arena_allocate(fixture->arena, 4096);
    memset(long_claims, 'x', 3500);
    struct text longer =
        forged(fixture, header,
               arena_print(fixture->arena, "{\"x\":\"%s\",%s", long_claims, good_claims + 1).base, our_key());
    assert_true(longer.length > SESSION_TOKEN_BYTES_MAX);
    assert_int_equal(read_at(fixture, longer, NOW_S), FAULT_SESSION_MISSING);
    assert_int_equal(read_at(fixture, TEXT_NONE, NOW_S), FAULT_SESSION_MISSING);
    assert_int_equal(read_at(fixture, TEXT(".."), NOW_S), FAULT_SESSION_MISSING);
}

static void is_not_made_longer_than_a_cookie(void **state)
{
    struct fixture *fixture = *state;
    struct session_token made = ann();
    char *subject = arena_allocate(fixture->arena, 4001);
    memset(subject, 's', 4000);
    made.person.subject = (struct text){subject, 4000};
    assert_null(session_token_make(fixture->arena, fixture->key, &made).base);
}

static void is_for_people_here_and_whole(void **state)
{
    struct fixture *fixture = *state;
    static const char *const bad[][2] = {
        {"https://gateway.example", "https://gateway.example/"},
        {"dragoman-people", "dragoman-admin"},
        {"\"aud\":\"dragoman-people\"", "\"aud\":[\"dragoman-people\"]"},
        {"\"jti\":\"J1\",", ""},
        {"\"jti\":\"J1\"", "\"jti\":\"\""},
        {"\"jti\":\"J1\"", "\"jti\":7"},
        {"\"sub\":\"ann\",", ""},
        {"\"sub_iss\":\"https://idp.example\",", ""},
        {",\"exp\":1800000600", ""},
        {"\"exp\":1800000600", "\"exp\":\"1800000600\""},
        {"\"exp\":1800000600", "\"exp\":-1"},
        {"\"iat\":1800000000,", ""},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const char *place = strstr(good_claims, bad[i][0]);
        assert_non_null(place);
        struct text claims = arena_print(fixture->arena, "%.*s%s%s", (int)(place - good_claims), good_claims,
                                         bad[i][1], place + strlen(bad[i][0]));
        assert_int_equal(read_at(fixture, forged(fixture, header, claims.base, our_key()), NOW_S),
                         FAULT_SESSION_MISSING);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back_as_it_was_made),
        cmocka_unit_test(ends_with_its_second),
        cmocka_unit_test(is_refused_without_a_signature_of_our_key),
        cmocka_unit_test(is_refused_under_another_algorithm_even_with_our_key),
        cmocka_unit_test(is_refused_when_any_character_of_it_was_changed),
        cmocka_unit_test(is_refused_in_another_spelling_or_too_long),
        cmocka_unit_test(is_not_made_longer_than_a_cookie),
        cmocka_unit_test(is_for_people_here_and_whole),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
