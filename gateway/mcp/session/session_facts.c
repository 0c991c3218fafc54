/* Facts are JSON before they are sealed, so that a gateway of another version reads what it knows of them. */
#include "session_facts.h"

#include <string.h>

#include "base/base64url.h"
#include "json/json_writer.h"

enum { ID_BYTES = 32, CHAIN_MAX = 64, OWNER_PARTS = 4 + 2 * CHAIN_MAX };

/* A chain that is longer than any that is issued is cut in no way that another could be cut to. */
void session_owner(struct text target, const struct json_value *record, unsigned char owner[DIGEST_SIZE])
{
    struct text parts[OWNER_PARTS];
    const struct json_value *subject = json_member(record, TEXT("subject")),
                            *chain = json_member(record, TEXT("chain"));
    size_t count = 0;
    parts[count++] = target;
    parts[count++] = json_text_of(subject, "iss");
    parts[count++] = json_text_of(subject, "sub");
    parts[count++] = json_text_of(record, "client");
    const struct json_value *actor = chain == NULL ? NULL : chain->first;
    for (; actor != NULL && count < OWNER_PARTS; actor = actor->next) {
        parts[count++] = json_text_of(actor, "iss");
        parts[count++] = json_text_of(actor, "sub");
    }
    INVARIANT(actor == NULL);
    digest_parts(parts, count, owner);
}

struct text session_make_id(struct arena *arena)
{
    return base64url_random(arena, ID_BYTES);
}

bool session_id_is_whole(struct text id)
{
    return id.length == SESSION_ID_LENGTH && base64url_has_alphabet(id);
}

bool session_upstream_id_is_plain(struct text id)
{
    for (size_t i = 0; i < id.length; i++)
        if (id.base[i] <= ' ' || id.base[i] > '~')
            return false;
    return id.length != 0 && id.length <= SESSION_UPSTREAM_ID_BYTES_MAX;
}

void session_key(const struct sealer *sealer, struct text id, char key[SESSION_KEY_SIZE])
{
    unsigned char digest[DIGEST_SIZE];
    sealer_keyed_hash(sealer, "mcp-session", id, digest);
    digest_hex(digest, key);
}

static struct text row_of(struct arena *arena, struct text key)
{
    return arena_print(arena, "mcp-session %.*s", TEXT_ARGUMENTS(key));
}

struct text session_facts_seal(const struct sealer *sealer, struct arena *arena, struct text key,
                               const struct session_facts *facts)
{
    struct buffer json = buffer_in(arena, 512);
    struct json_writer writer = json_writer_on(&json);
    json_begin_object(&writer);
    json_member_text(&writer, "lease", facts->lease);
    json_member_text_if(&writer, "upstream", facts->upstream_id);
    json_member_text(&writer, "owner", base64url_encode_text(arena, facts->owner, DIGEST_SIZE));
    json_member_integer(&writer, "opened_at", facts->opened_at_s);
    json_member_integer(&writer, "expires_at", facts->expires_at_s);
    json_end_object(&writer);
    return seal(sealer, arena, buffer_text(&json), row_of(arena, key));
}

static bool read_owner(struct text encoded, unsigned char owner[DIGEST_SIZE])
{
    size_t length;
    return encoded.length == BASE64URL_ENCODED_LENGTH(DIGEST_SIZE) &&
           base64url_decode(encoded, owner, &length) && length == DIGEST_SIZE;
}

enum fault session_facts_open(const struct sealer *sealer, struct arena *arena, struct text key,
                              struct text sealed, struct session_facts *facts)
{
    SCOPED_SECRET plain = NULL;
    const struct json_value *json;
    if (unseal(sealer, sealed, row_of(arena, key), &plain) != FAULT_NONE)
        return FAULT_MCP_SESSION_UNKNOWN;
    struct text bytes = {(const char *)secret_bytes(plain), secret_length(plain)};
    if (json_parse(arena, bytes, &json_limits_token, &json) != FAULT_NONE)
        return FAULT_MCP_SESSION_UNKNOWN;
    *facts = (struct session_facts){.lease = json_text_of(json, "lease"),
                                    .upstream_id = json_text_of(json, "upstream"),
                                    .opened_at_s = json_integer_of(json, "opened_at"),
                                    .expires_at_s = json_integer_of(json, "expires_at")};
    return read_owner(json_text_of(json, "owner"), facts->owner) ? FAULT_NONE : FAULT_MCP_SESSION_UNKNOWN;
}
