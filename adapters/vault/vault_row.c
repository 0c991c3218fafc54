/* The value is JSON under the seal: who it is for stands inside, so that the store knows neither key nor owner.
 */
#include "vault_row.h"

#include "base/digest.h"
#include "json/json_writer.h"

/* Names of teams and targets have no space; of no team there is none before the first one. */
struct text vault_row_prefix(struct arena *arena, const struct credential_target *target)
{
    return arena_print(arena, "%.*s %.*s ", TEXT_ARGUMENTS(target->team), TEXT_ARGUMENTS(target->name));
}

struct text vault_row_name(struct arena *arena, const struct credential_target *target,
                           struct credential_identity subject)
{
    struct text prefix = vault_row_prefix(arena, target);
    if (subject.subject.length == 0)
        return arena_print(arena, "%.*s*", TEXT_ARGUMENTS(prefix));
    const struct text parts[] = {subject.issuer, subject.subject};
    unsigned char digest[DIGEST_SIZE];
    char hexadecimal[2 * DIGEST_SIZE + 1];
    digest_parts(parts, 2, digest);
    digest_hex(digest, hexadecimal);
    return arena_print(arena, "%.*s%s", TEXT_ARGUMENTS(prefix), hexadecimal);
}

static struct text bound_to(struct arena *arena, struct text name)
{
    return arena_print(arena, "vault %.*s", TEXT_ARGUMENTS(name));
}

struct text vault_row_seal(const struct sealer *sealer, struct arena *arena, struct text name,
                           const struct vault_row *row)
{
    struct buffer plain = buffer_in(arena, row->key.length + 256);
    struct json_writer writer = json_writer_on(&plain);
    json_begin_object(&writer);
    json_member_text(&writer, "key", row->key);
    json_member_text_if(&writer, "issuer", row->subject.issuer);
    json_member_text_if(&writer, "subject", row->subject.subject);
    json_member_integer(&writer, "kept_at", row->kept_at_s);
    json_end_object(&writer);
    return seal(sealer, arena, buffer_text(&plain), bound_to(arena, name));
}

enum fault vault_row_open(const struct sealer *sealer, struct arena *arena, struct text name,
                          struct text sealed, struct vault_row *row)
{
    SCOPED_SECRET plain = NULL;
    const struct json_value *value = NULL;
    TRY(unseal(sealer, sealed, bound_to(arena, name), &plain));
    struct text json = {(const char *)secret_bytes(plain), secret_length(plain)};
    if (json_parse(arena, json, &json_limits_document, &value) != FAULT_NONE)
        return FAULT_SEAL_BROKEN;
    *row = (struct vault_row){.subject = {json_text_of(value, "issuer"), json_text_of(value, "subject")},
                              .key = json_text_of(value, "key"),
                              .kept_at_s = json_integer_of(value, "kept_at")};
    return row->key.length != 0 ? FAULT_NONE : FAULT_SEAL_BROKEN;
}

struct text vault_fingerprint(const struct sealer *sealer, struct arena *arena, struct text key)
{
    unsigned char digest[DIGEST_SIZE];
    char hexadecimal[2 * DIGEST_SIZE + 1];
    sealer_keyed_hash(sealer, "vault", key, digest);
    digest_hex(digest, hexadecimal);
    return arena_copy(arena, (struct text){hexadecimal, 2 * DIGEST_SIZE});
}
