/* The public JOSE cookbook (RFC 7520, RFC 7797, RFC 8037), whole: one row for each thing in it, with what we
 * say to it. What we support must verify, what we do not must be refused, and a file without a row fails the
 * test. */
#include <ftw.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive.h"
#include "base/base64url.h"
#include "token_fixture.h"

struct row {
    const char *file;
    const char *form; /* a member of "output"; NULL: the file is a JWK */
    enum fault expected;
};

static const struct row rows[] = {
    {"jwk/3_1.ec_public_key.json", NULL, FAULT_NONE},
    {"jwk/3_2.ec_private_key.json", NULL, FAULT_KEY_INVALID},
    {"jwk/3_3.rsa_public_key.json", NULL, FAULT_NONE},
    {"jwk/3_4.rsa_private_key.json", NULL, FAULT_KEY_INVALID},
    {"jwk/3_5.symmetric_key_mac_computation.json", NULL, FAULT_KEY_INVALID},
    {"jwk/3_6.symmetric_key_encryption.json", NULL, FAULT_KEY_INVALID},
    {"jws/4_1.rsa_v15_signature.json", "compact", FAULT_NONE},
    {"jws/4_1.rsa_v15_signature.json", "json", FAULT_TOKEN_MALFORMED},
    {"jws/4_1.rsa_v15_signature.json", "json_flat", FAULT_TOKEN_MALFORMED},
    {"jws/4_2.rsa-pss_signature.json", "compact", FAULT_NONE},
    {"jws/4_2.rsa-pss_signature.json", "json", FAULT_TOKEN_MALFORMED},
    {"jws/4_2.rsa-pss_signature.json", "json_flat", FAULT_TOKEN_MALFORMED},
    {"jws/4_3.ecdsa_signature.json", "compact", FAULT_NONE},
    {"jws/4_3.ecdsa_signature.json", "json", FAULT_TOKEN_MALFORMED},
    {"jws/4_3.ecdsa_signature.json", "json_flat", FAULT_TOKEN_MALFORMED},
    {"jws/4_4.hmac-sha2_integrity_protection.json", "compact",
     FAULT_KEY_INVALID}, /* HS256 under a shared secret */
    {"jws/4_4.hmac-sha2_integrity_protection.json", "json", FAULT_KEY_INVALID},
    {"jws/4_4.hmac-sha2_integrity_protection.json", "json_flat", FAULT_KEY_INVALID},
    {"jws/4_5.signature_with_detached_content.json", "compact", FAULT_KEY_INVALID},
    {"jws/4_5.signature_with_detached_content.json", "json", FAULT_KEY_INVALID},
    {"jws/4_5.signature_with_detached_content.json", "json_flat", FAULT_KEY_INVALID},
    {"jws/4_6.protecting_specific_header_fields.json", "json", FAULT_KEY_INVALID},
    {"jws/4_6.protecting_specific_header_fields.json", "json_flat", FAULT_KEY_INVALID},
    {"jws/4_7.protecting_content_only.json", "json", FAULT_KEY_INVALID},
    {"jws/4_7.protecting_content_only.json", "json_flat", FAULT_KEY_INVALID},
    {"jws/4_8.multiple_signatures.json", "json", FAULT_TOKEN_MALFORMED},
    {"curve25519/jws.json", "compact", FAULT_NONE},
    {"curve25519/jws.json", "json", FAULT_TOKEN_MALFORMED},
    {"curve25519/jws.json", "json_flat", FAULT_TOKEN_MALFORMED},
    {"rfc7797/hmac-sha2_b64_false.json", "compact", FAULT_KEY_INVALID},
    {"rfc7797/hmac-sha2_b64_false.json", "json", FAULT_KEY_INVALID},
    {"rfc7797/hmac-sha2_b64_false.json", "json_flat", FAULT_KEY_INVALID},
    {"rfc7797/4.2.hmac-sha2_b64_false.json", "json", FAULT_KEY_INVALID},
    {"rfc7797/4.2.hmac-sha2_b64_false.json", "json_flat", FAULT_KEY_INVALID},
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]), FILE_SIZE_MAX = 64 * 1024 };

static struct archive archive;

static int unpack(void **state)
{
    (void)state;
    return archive_unpack(&archive, "jose-cookbook/cookbook.tar.gz");
}

static int remove_archive(void **state)
{
    (void)state;
    return archive_remove(&archive);
}

static const struct json_value *read_file(struct arena *arena, const char *name)
{
    FILE *file = fopen(arena_print(arena, "%s/%s", archive.folder, name).base, "rb");
    assert_non_null(file);
    char *bytes = arena_allocate(arena, FILE_SIZE_MAX + 1);
    size_t length = fread(bytes, 1, FILE_SIZE_MAX, file);
    fclose(file);
    assert_true(length < FILE_SIZE_MAX);
    return fixture_json(arena, bytes);
}

static const struct json_value *at(const struct json_value *value, const char *path)
{
    return json_at(value, text_of(path));
}

/* The same key without its private members, where it has any that are not the key itself. */
static const struct json_value *public_half(struct arena *arena, const struct json_value *jwk)
{
    static const char *const private[] = {"d", "p", "q", "dp", "dq", "qi"};
    SCOPED_BUFFER buffer = {0};
    struct json_writer writer = json_writer_on(&buffer);
    json_begin_object(&writer);
    for (const struct json_value *member = jwk->first; member != NULL; member = member->next) {
        bool is_private = false;
        for (size_t i = 0; i < sizeof(private) / sizeof(private[0]); i++)
            is_private |= text_is(member->name, private[i]);
        if (is_private)
            continue;
        json_name(&writer, member->name);
        json_write_value(&writer, member);
    }
    json_end_object(&writer);
    return fixture_json(arena, arena_copy(arena, buffer_text(&buffer)).base);
}

static struct text as_token(struct arena *arena, const struct json_value *form)
{
    if (json_is_string(form))
        return form->text;
    SCOPED_BUFFER buffer = {0};
    struct json_writer writer = json_writer_on(&buffer);
    json_write_value(&writer, form);
    return arena_copy(arena, buffer_text(&buffer));
}

static enum fault judge(struct arena *arena, const struct row *row)
{
    const struct json_value *example = read_file(arena, row->file), *jwk = at(example, "input.key");
    struct public_key key = {0};
    struct jws jws;
    if (row->form == NULL)
        jwk = example;
    else if (jwk->kind == JSON_ARRAY) /* several signatures: the first one's */
        jwk = jwk->first;
    if (row->form != NULL)
        jwk = public_half(arena, jwk);
    struct text alg = json_string(at(example, "input.alg"));
    enum algorithm rsa_algorithm = alg.base != NULL ? algorithm_parse(alg) : ALGORITHM_RS256;
    enum fault fault = jwk_read(jwk, rsa_algorithm, &key);
    if (fault == FAULT_NONE && row->form != NULL) {
        const struct json_value *form = json_member(json_member(example, TEXT("output")), text_of(row->form));
        assert_non_null(form);
        fault = fixture_judge(arena, as_token(arena, form), &key);
        if (fault == FAULT_NONE) {
            assert_int_equal(jws_parse(arena, form->text, &jws), FAULT_NONE);
            assert_true(text_equal(jws.payload, json_string(at(example, "input.payload"))));
        }
    }
    public_key_dispose(&key);
    return fault;
}

static void says_to_each_example_what_the_table_says(void **state)
{
    (void)state;
    if (!archive.is_unpacked)
        skip();
    for (size_t i = 0; i < ROWS; i++) {
        SCOPED_ARENA arena = arena_create();
        enum fault fault = judge(arena, &rows[i]);
        if (fault != rows[i].expected)
            fail_msg("%s %s: %s", rows[i].file, rows[i].form == NULL ? "" : rows[i].form,
                     fault_row(fault)->reason);
    }
}

/* Their keys aside: the tokens themselves are refused with any key. */
static void refuses_symmetric_detached_and_unencoded_tokens_as_tokens(void **state)
{
    static const struct row tokens[] = {
        {"jws/4_4.hmac-sha2_integrity_protection.json", "compact", FAULT_TOKEN_ALGORITHM},
        {"jws/4_5.signature_with_detached_content.json", "compact", FAULT_TOKEN_MALFORMED},
        {"rfc7797/hmac-sha2_b64_false.json", "compact", FAULT_TOKEN_MALFORMED},
        {"rfc7797/4.2.hmac-sha2_b64_false.json", "json", FAULT_TOKEN_MALFORMED},
        {"jws/4_7.protecting_content_only.json", "json_flat", FAULT_TOKEN_MALFORMED},
        {"jws/4_8.multiple_signatures.json", "json", FAULT_TOKEN_MALFORMED},
    };
    (void)state;
    if (!archive.is_unpacked)
        skip();
    SCOPED_ARENA arena = arena_create();
    struct public_key key = fixture_public_key(arena, ALGORITHM_ES256);
    for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
        const struct json_value *output = json_member(read_file(arena, tokens[i].file), TEXT("output"));
        struct text token = as_token(arena, json_member(output, text_of(tokens[i].form)));
        assert_int_equal(fixture_judge(arena, token, &key), tokens[i].expected);
    }
    public_key_dispose(&key);
}

/* RFC 8037 appendix A.4: Ed25519 signs without chance, so the very token can be made again. */
static void makes_the_ed25519_example_again(void **state)
{
    (void)state;
    if (!archive.is_unpacked)
        skip();
    SCOPED_ARENA arena = arena_create();
    const struct json_value *example = read_file(arena, "curve25519/jws.json");
    unsigned char seed[33], signature[SIGNATURE_SIZE_MAX];
    size_t length = 0;
    assert_true(base64url_decode(json_string(at(example, "input.key.d")), seed, &length));
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, length);
    struct text input = jws_signing_input(arena, ALGORITHM_EDDSA, TEXT_NONE, TEXT_NONE,
                                          json_string(at(example, "input.payload")));
    assert_true(algorithm_sign(ALGORITHM_EDDSA, key, input, signature, &length));
    assert_true(
        text_equal(jws_assemble(arena, input, signature, length), json_string(at(example, "output.compact"))));
    EVP_PKEY_free(key);
}

static int without_row;

static int look_for_row(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)where;
    bool has_row = kind != FTW_F || !text_ends_with(text_of(path), TEXT(".json"));
    for (size_t i = 0; i < ROWS; i++)
        has_row |= text_ends_with(text_of(path), text_of(rows[i].file));
    if (!has_row)
        print_error("no row for %s\n", path);
    without_row += !has_row;
    return 0;
}

static void has_a_row_for_every_file(void **state)
{
    (void)state;
    if (!archive.is_unpacked)
        skip();
    assert_int_equal(nftw(archive.folder, look_for_row, 8, FTW_PHYS), 0);
    assert_int_equal(without_row, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_to_each_example_what_the_table_says),
        cmocka_unit_test(refuses_symmetric_detached_and_unencoded_tokens_as_tokens),
        cmocka_unit_test(makes_the_ed25519_example_again),
        cmocka_unit_test(has_a_row_for_every_file),
    };
    return cmocka_run_group_tests_name("jose/cookbook", tests, unpack, remove_archive);
}
