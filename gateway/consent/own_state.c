/* Seals and opens the gateway's own rows of state. What is in them is for those who name them: consents,
 * invitations, logins. */
#include "consent/own_state.h"

enum { SEAL_BYTES = 64 }; /* what sealing adds, at most */

struct text own_state_key(struct arena *arena, struct text name)
{
    unsigned char digest[DIGEST_SIZE];
    char *hex = arena_allocate(arena, 2 * DIGEST_SIZE + 1);
    digest_sha256(name, digest);
    digest_hex(digest, hex);
    return (struct text){hex, 2 * DIGEST_SIZE};
}

bool own_state_fits(struct text json)
{
    return json.length + SEAL_BYTES <= STORE_STATE_VALUE_MAX;
}

/* What a sealed row is bound to. */
static struct text row_of(struct arena *arena, struct text owner, struct text key)
{
    const struct text parts[] = {TEXT("adapter_state "), owner, TEXT(" "), key};
    return arena_join(arena, parts, 4);
}

void own_state_put(const struct sealer *sealer, struct arena *arena, const char *owner, struct text key,
                   struct text json, struct store_state *change)
{
    *change = (struct store_state){.adapter = text_of(owner), .key = key, .change = STORE_STATE_PUT};
    if (json.base == NULL)
        return;
    INVARIANT(own_state_fits(json));
    change->value = seal(sealer, arena, json, row_of(arena, change->adapter, key));
}

void own_state_find(struct store *store, const char *owner, struct text key, struct arena *arena,
                    struct store_query *query, void (*done)(struct store_query *query), void *context)
{
    *query = (struct store_query){.kind = STORE_QUERY_STATE,
                                  .adapter = text_of(owner),
                                  .id = key,
                                  .limit = 1,
                                  .arena = arena,
                                  .done = done,
                                  .context = context};
    store_find(store, query);
}

enum fault own_state_read(const struct sealer *sealer, const struct store_query *query,
                          const struct json_value **value, int64_t *version)
{
    *value = NULL;
    *version = 0;
    if (query->fault != FAULT_NONE)
        return query->fault;
    if (query->state_count == 0 || query->states[0].value.base == NULL)
        return FAULT_NONE;
    SCOPED_SECRET plain = NULL;
    struct text row = row_of(query->arena, query->adapter, query->id);
    TRY(unseal(sealer, query->states[0].value, row, &plain));
    struct text json = {(const char *)secret_bytes(plain), secret_length(plain)};
    /* Copied: what is parsed may point into what it was parsed from. */
    if (json_parse(query->arena, arena_copy(query->arena, json), &json_limits_document, value) != FAULT_NONE)
        return FAULT_SEAL_BROKEN;
    *version = query->states[0].version;
    return FAULT_NONE;
}
