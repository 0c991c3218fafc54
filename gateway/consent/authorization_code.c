/* The code is kept nowhere, and what is kept opens only with the sealing key: a copy of the database redeems
 * nothing. */
#include "consent/authorization_code.h"

#include <string.h>

#include "base/base64url.h"
#include "base/clock.h"
#include "base/secret.h"
#include "consent/own_state.h"
#include "json/json_writer.h"

enum { CODE_BYTES = 32 };
_Static_assert(BASE64URL_ENCODED_LENGTH(CODE_BYTES) + 1 == AUTHORIZATION_CODE_SIZE, "a code's length");

static const char owner[] = "~code";

static struct text encode(struct arena *arena, const struct authorization_code *code)
{
    struct buffer json = buffer_in(arena, 2048);
    struct json_writer writer = json_writer_on(&json);
    json_begin_object(&writer);
    json_member_text(&writer, "id", code->id);
    json_member_text(&writer, "client_id", code->client_id);
    json_member_text(&writer, "redirect_uri", code->redirect_uri);
    json_member_text(&writer, "challenge", code->challenge);
    json_member_text(&writer, "target", code->target);
    json_member_text(&writer, "resource", code->resource);
    json_member_text_if(&writer, "scope", code->scope);
    json_member_text(&writer, "consent", code->consent);
    json_member_integer(&writer, "consent_expires_at", code->consent_expires_at_s);
    json_member_text(&writer, "iss", code->person.issuer);
    json_member_text(&writer, "sub", code->person.subject);
    json_name(&writer, TEXT("claims"));
    json_write_value(&writer, code->claims);
    json_member_text(&writer, "root", code->root);
    json_member_text(&writer, "fingerprint", code->fingerprint);
    json_member_integer(&writer, "expires_at", code->expires_at_s);
    json_end_object(&writer);
    return buffer_text(&json);
}

static struct authorization_code decode(const struct json_value *row)
{
    return (struct authorization_code){
        .id = json_text_of(row, "id"),
        .client_id = json_text_of(row, "client_id"),
        .redirect_uri = json_text_of(row, "redirect_uri"),
        .challenge = json_text_of(row, "challenge"),
        .target = json_text_of(row, "target"),
        .resource = json_text_of(row, "resource"),
        .scope = json_text_of(row, "scope"),
        .consent = json_text_of(row, "consent"),
        .consent_expires_at_s = json_integer_of(row, "consent_expires_at"),
        .person = {json_text_of(row, "iss"), json_text_of(row, "sub")},
        .claims = json_member(row, TEXT("claims")),
        .root = json_text_of(row, "root"),
        .fingerprint = json_text_of(row, "fingerprint"),
        .expires_at_s = json_integer_of(row, "expires_at"),
    };
}

bool authorization_code_make(const struct sealer *sealer, struct arena *arena,
                             const struct authorization_code *code, char text[AUTHORIZATION_CODE_SIZE],
                             struct store_state *change)
{
    struct text json = encode(arena, code);
    if (!own_state_fits(json))
        return false;
    memcpy(text, base64url_random(arena, CODE_BYTES).base, AUTHORIZATION_CODE_SIZE);
    own_state_put(sealer, arena, owner, own_state_key(arena, text_of(text)), json, change);
    change->expires_at_s = code->expires_at_s + AUTHORIZATION_CODE_KEPT_S;
    return true;
}

static enum fault take(struct authorization_code_reading *reading)
{
    const struct json_value *row;
    int64_t version;
    TRY(own_state_read(reading->sealer, &reading->query, &row, &version));
    if (row == NULL)
        return FAULT_CODE_UNKNOWN;
    reading->found = decode(row);
    return FAULT_NONE;
}

static void found(struct store_query *query)
{
    struct authorization_code_reading *reading = query->context;
    reading->fault = take(reading);
    flow_wait_done(reading->wait);
}

void authorization_code_read(struct authorization_code_reading *reading)
{
    if (reading->code.length != AUTHORIZATION_CODE_SIZE - 1 || !base64url_has_alphabet(reading->code)) {
        reading->fault = FAULT_CODE_UNKNOWN;
        flow_wait_done(reading->wait);
        return;
    }
    own_state_find(reading->store, owner, own_state_key(reading->arena, reading->code), reading->arena,
                   &reading->query, found, reading);
}

bool authorization_code_is_challenge(struct text challenge)
{
    unsigned char digest[BASE64URL_DECODED_LENGTH(BASE64URL_ENCODED_LENGTH(DIGEST_SIZE))];
    size_t length;
    return challenge.length == BASE64URL_ENCODED_LENGTH(DIGEST_SIZE) &&
           base64url_decode(challenge, digest, &length) && length == DIGEST_SIZE;
}

/* RFC 7636 section 4.1: the unreserved characters. */
static bool is_verifier(struct text verifier)
{
    if (verifier.length < CODE_VERIFIER_BYTES_MIN || verifier.length > CODE_VERIFIER_BYTES_MAX)
        return false;
    for (size_t i = 0; i < verifier.length; i++) {
        struct text one = {verifier.base + i, 1};
        if (!base64url_has_alphabet(one) && one.base[0] != '.' && one.base[0] != '~')
            return false;
    }
    return true;
}

bool authorization_code_proves(struct text challenge, struct text verifier)
{
    unsigned char digest[DIGEST_SIZE];
    char made[BASE64URL_ENCODED_LENGTH(DIGEST_SIZE)];
    if (!is_verifier(verifier) || challenge.length != sizeof(made))
        return false;
    digest_sha256(verifier, digest);
    base64url_encode(digest, sizeof(digest), made);
    return secret_equal(made, challenge.base, sizeof(made));
}
