/* Compact JWS: the one form in which signed tokens come and go. The size is bounded before anything is looked
 * at and every segment before it is decoded, so that a bad token costs less than a good one. Keys are found by
 * the caller. */
#include "jose/jws.h"

#include <string.h>

#include "base/base64url.h"

/* RFC 7515 section 3.1: two periods and three parts; a third period is no base64url. No part is empty: without
 * a header there is no algorithm, an empty payload would be a detached one (appendix F), and an empty signature
 * is what "none" has.
 */
static bool split(struct text token, struct text parts[3])
{
    struct text rest = token;
    parts[0] = text_cut(&rest, '.');
    parts[1] = text_cut(&rest, '.');
    parts[2] = rest;
    return parts[0].length != 0 && parts[1].length != 0 && parts[2].length != 0 &&
           parts[2].length <= BASE64URL_ENCODED_LENGTH(SIGNATURE_SIZE_MAX);
}

static bool decode(struct arena *arena, struct text encoded, struct text *decoded)
{
    unsigned char *out = arena_allocate(arena, BASE64URL_DECODED_LENGTH(encoded.length) + 1);
    decoded->base = (const char *)out;
    return base64url_decode(encoded, out, &decoded->length);
}

/* A header member that must be a printable string where it is there. */
static bool read_string(const struct json_value *header, struct text name, struct text *value)
{
    const struct json_value *member = json_member(header, name);
    *value = json_string(member);
    return member == NULL || (value->base != NULL && value->length != 0 &&
                              value->length <= JWS_KEY_ID_BYTES_MAX && text_is_printable(*value));
}

static enum fault read_header(struct jws *jws)
{
    const struct json_value *header = jws->header;
    struct text algorithm = TEXT_NONE;
    /* RFC 7515 section 4.1.11: a token whose critical extensions are not understood is not valid, and none is
     * understood here. b64 changes what is signed (RFC 7797 section 6) even for those who would ignore it. */
    if (json_member(header, TEXT("crit")) != NULL || json_member(header, TEXT("b64")) != NULL)
        return FAULT_TOKEN_CRITICAL;
    /* RFC 7516 section 9: a header with "enc" is an encrypted token's, whatever the number of segments. */
    if (json_member(header, TEXT("enc")) != NULL)
        return FAULT_TOKEN_MALFORMED;
    if (!read_string(header, TEXT("alg"), &algorithm) || algorithm.base == NULL ||
        !read_string(header, TEXT("kid"), &jws->key_id) || !read_string(header, TEXT("typ"), &jws->type))
        return FAULT_TOKEN_MALFORMED;
    jws->algorithm = algorithm_parse(algorithm);
    return FAULT_NONE;
}

enum fault jws_parse(struct arena *arena, struct text token, struct jws *jws)
{
    *jws = (struct jws){.token = token};
    if (token.length > JWS_TOKEN_BYTES_MAX)
        return FAULT_TOKEN_TOO_LARGE;
    struct text parts[3], header;
    if (!split(token, parts) || !decode(arena, parts[0], &header) || !decode(arena, parts[1], &jws->payload) ||
        !decode(arena, parts[2], &jws->signature))
        return FAULT_TOKEN_MALFORMED;
    jws->signing_input = (struct text){token.base, parts[0].length + 1 + parts[1].length};
    if (json_parse(arena, header, &json_limits_token, &jws->header) != FAULT_NONE ||
        jws->header->kind != JSON_OBJECT)
        return FAULT_TOKEN_MALFORMED;
    return read_header(jws);
}

enum fault jws_verify(const struct jws *jws, const struct public_key *key)
{
    /* RFC 8725 section 3.1: what the token says about its algorithm is compared, never followed. */
    if (!algorithm_is_same(jws->algorithm, key->algorithm))
        return FAULT_TOKEN_ALGORITHM;
    return algorithm_verify(key->algorithm, key->key, jws->signing_input, jws->signature)
               ? FAULT_NONE
               : FAULT_TOKEN_SIGNATURE;
}

bool jws_type_is(const struct jws *jws, const char *expected)
{
    static const struct text prefix = {"application/", sizeof("application/") - 1};
    struct text type = jws->type;
    if (type.length > prefix.length &&
        text_equal_ignoring_case((struct text){type.base, prefix.length}, prefix)) {
        type.base += prefix.length;
        type.length -= prefix.length;
    }
    return type.length != 0 && text_equal_ignoring_case(type, text_of(expected));
}

struct text jws_signing_input(struct arena *arena, enum algorithm algorithm, struct text key_id,
                              struct text type, struct text payload)
{
    struct buffer header = buffer_in(arena, 128);
    struct json_writer writer = json_writer_on(&header);
    json_begin_object(&writer);
    json_member_text(&writer, "alg", algorithm_name(algorithm));
    json_member_text_if(&writer, "typ", type);
    json_member_text_if(&writer, "kid", key_id);
    json_end_object(&writer);
    size_t header_length = BASE64URL_ENCODED_LENGTH(header.length);
    size_t payload_length = BASE64URL_ENCODED_LENGTH(payload.length);
    char *input = arena_allocate(arena, header_length + 1 + payload_length);
    base64url_encode(header.base, header.length, input);
    input[header_length] = '.';
    base64url_encode(payload.base, payload.length, input + header_length + 1);
    return (struct text){input, header_length + 1 + payload_length};
}

struct text jws_assemble(struct arena *arena, struct text signing_input, const unsigned char *signature,
                         size_t length)
{
    size_t encoded = BASE64URL_ENCODED_LENGTH(length);
    char *token = arena_allocate(arena, signing_input.length + 1 + encoded + 1);
    memcpy(token, signing_input.base, signing_input.length);
    token[signing_input.length] = '.';
    base64url_encode(signature, length, token + signing_input.length + 1);
    return (struct text){token, signing_input.length + 1 + encoded};
}
