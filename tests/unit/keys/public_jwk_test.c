/* Public JWKs: members, order, lengths, and nothing private. */
#include <openssl/evp.h>
#include <string.h>

#include "base/base64url.h"
#include "key_fixture.h"
#include "keys/public_jwk.h"

static struct text write_key(struct fixture *fixture, enum fixture_key which, struct text id,
                             enum algorithm algorithm)
{
    SCOPED_BUFFER buffer = {0};
    struct json_writer writer = json_writer_on(&buffer);
    public_jwk_write(&writer, fixture_key(which), id, algorithm);
    return arena_copy(fixture->arena, buffer_text(&buffer));
}

static const struct json_value *parse(struct fixture *fixture, struct text jwk)
{
    const struct json_value *value = NULL;
    assert_int_equal(json_parse(fixture->arena, jwk, &json_limits_token, &value), FAULT_NONE);
    return value;
}

static struct text member(const struct json_value *jwk, const char *name)
{
    return json_string(json_member(jwk, text_of(name)));
}

static void writes_the_members_in_the_order_of_their_thumbprint(void **state)
{
    struct fixture *fixture = fixture_of(state);
    assert_true(text_starts_with(write_key(fixture, KEY_P256, TEXT("a"), ALGORITHM_ES256),
                                 TEXT("{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"")));
    assert_true(text_ends_with(write_key(fixture, KEY_P256, TEXT("a"), ALGORITHM_ES256),
                               TEXT("\",\"kid\":\"a\",\"alg\":\"ES256\",\"use\":\"sig\"}")));
    assert_true(text_starts_with(write_key(fixture, KEY_RSA, TEXT("a"), ALGORITHM_PS256),
                                 TEXT("{\"e\":\"AQAB\",\"kty\":\"RSA\",\"n\":\"")));
    assert_true(text_starts_with(write_key(fixture, KEY_ED25519, TEXT("a"), ALGORITHM_ED25519),
                                 TEXT("{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"")));
}

static void leaves_out_what_was_not_given(void **state)
{
    const struct json_value *jwk =
        parse(fixture_of(state), write_key(fixture_of(state), KEY_P384, TEXT_NONE, ALGORITHM_NONE_KNOWN));
    assert_int_equal(jwk->count, 4);
    assert_null(json_member(jwk, TEXT("kid")));
    assert_null(json_member(jwk, TEXT("alg")));
    assert_null(json_member(jwk, TEXT("use")));
}

static void writes_coordinates_as_long_as_their_curve(void **state)
{
    struct fixture *fixture = fixture_of(state);
    static const struct {
        enum fixture_key which;
        size_t coordinate;
    } curves[] = {{KEY_P256, 32}, {KEY_P384, 48}, {KEY_P521, 66}};
    for (size_t i = 0; i < 3; i++) {
        const struct json_value *jwk =
            parse(fixture, write_key(fixture, curves[i].which, TEXT_NONE, ALGORITHM_NONE_KNOWN));
        assert_int_equal(member(jwk, "x").length, BASE64URL_ENCODED_LENGTH(curves[i].coordinate));
        assert_int_equal(member(jwk, "y").length, BASE64URL_ENCODED_LENGTH(curves[i].coordinate));
    }
    const struct json_value *rsa = parse(fixture, write_key(fixture, KEY_RSA, TEXT_NONE, ALGORITHM_NONE_KNOWN));
    assert_int_equal(member(rsa, "n").length, BASE64URL_ENCODED_LENGTH(256));
}

static void writes_nothing_private(void **state)
{
    struct fixture *fixture = fixture_of(state);
    static const char *const private[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};
    for (enum algorithm algorithm = ALGORITHM_RS256; algorithm < ALGORITHM_COUNT; algorithm++) {
        const struct json_value *jwk =
            parse(fixture, write_key(fixture, fixture_key_for(algorithm), TEXT("a"), algorithm));
        for (size_t i = 0; i < sizeof(private) / sizeof(private[0]); i++)
            assert_null(json_member(jwk, text_of(private[i])));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_the_members_in_the_order_of_their_thumbprint),
        cmocka_unit_test(leaves_out_what_was_not_given),
        cmocka_unit_test(writes_coordinates_as_long_as_their_curve),
        cmocka_unit_test(writes_nothing_private),
    };
    return cmocka_run_group_tests_name("keys/public_jwk", tests, fixture_begin, fixture_end);
}
