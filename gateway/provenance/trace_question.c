/* Reads what is to be traced. Pure but for the sealer's keys. */
#include "provenance/trace_question.h"

#include "adapters/api_key.h"
#include "jose/jws.h"
#include "json/json_value.h"

static bool is_fingerprint(struct text text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text_hexadecimal_value(text.base[i]) < 0 || (text.base[i] >= 'A' && text.base[i] <= 'F'))
            return false;
    return text.length == 2 * (size_t)DIGEST_SIZE;
}

void trace_question_name(struct text name, struct trace_question *question)
{
    *question = (struct trace_question){0};
    if (is_fingerprint(name))
        question->fingerprints[question->count++] = name;
    else
        question->id = name;
}

static void add(struct arena *arena, const unsigned char digest[DIGEST_SIZE], struct trace_question *question)
{
    char hexadecimal[2 * DIGEST_SIZE + 1];
    digest_hex(digest, hexadecimal);
    question->fingerprints[question->count++] = arena_copy(arena, text_of(hexadecimal));
}

static struct text read_id(struct arena *arena, struct text credential)
{
    struct jws jws;
    const struct json_value *claims;
    if (jws_parse(arena, credential, &jws) != FAULT_NONE ||
        json_parse(arena, jws.payload, &json_limits_token, &claims) != FAULT_NONE)
        return TEXT_NONE;
    return json_text_of(claims, "jti");
}

void trace_question_show(struct arena *arena, const struct sealer *sealer, struct text credential,
                         struct trace_question *question)
{
    unsigned char digest[DIGEST_SIZE];
    char of_key[API_KEY_FINGERPRINT_SIZE];
    *question = (struct trace_question){0};
    if (api_key_is_whole(credential)) {
        api_key_fingerprint(sealer, credential, of_key);
        question->fingerprints[question->count++] = arena_copy(arena, text_of(of_key));
    }
    sealer_keyed_hash(sealer, "vault", credential, digest);
    add(arena, digest, question);
    digest_sha256(credential, digest);
    add(arena, digest, question);
    question->id = read_id(arena, credential);
}
