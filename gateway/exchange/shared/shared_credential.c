/* The rules of sharing, without any flow: credential_sharing.c walks them. */
#include "exchange/shared_credential.h"

#include "json/json_writer.h"

enum { REFRESH_S = 60, PARTS_OF_LIFE = 5 };

bool shared_credential_is_wanted(const struct adapter *adapter)
{
    return adapter->is_shared != NULL && adapter->is_shared(adapter) && adapter->has_outside_effects != NULL &&
           adapter->has_outside_effects(adapter);
}

/* --- the key --- */

struct parts {
    struct text *items;
    size_t count;
};

static void add(struct parts *parts, struct text part)
{
    parts->items[parts->count++] = part;
}

static void add_identity(struct parts *parts, const struct identity *identity)
{
    add(parts, identity->issuer);
    add(parts, identity->subject);
}

static struct text write(struct arena *arena, const struct json_value *value)
{
    if (value == NULL)
        return TEXT_NONE;
    struct buffer json = buffer_in(arena, 512);
    struct json_writer writer = json_writer_on(&json);
    json_write_value(&writer, value);
    return buffer_text(&json);
}

/* Each part with its length, and those of which there may be several behind their number: no two purposes read
 * the same. */
void shared_credential_key(struct arena *arena, const struct shared_purpose *purpose,
                           unsigned char key[DIGEST_SIZE])
{
    enum { FIXED = 22 };
    const struct document *target = purpose->target->document;
    size_t room = FIXED + 2 * purpose->actor_count + 2 * purpose->claim_count;
    struct parts parts = {.items = ARENA_ARRAY(arena, struct text, room)};
    add(&parts, target->name);
    add(&parts, target->team);
    add(&parts, target->body);
    add(&parts, purpose->adapter->name);
    add(&parts, purpose->is_egress ? TEXT("egress") : TEXT("exchange"));
    add_identity(&parts, &purpose->subject);
    add_identity(&parts, &purpose->caller);
    add(&parts, purpose->account);
    add(&parts, purpose->scope);
    add(&parts, purpose->requested_type);
    add(&parts, write(arena, purpose->details));
    add(&parts, purpose->channel_binding);
    add(&parts, write(arena, purpose->handed_attributes));
    add(&parts, purpose->root);
    add(&parts, purpose->task);
    add(&parts, purpose->token_fingerprint);
    add(&parts, purpose->consent);
    add(&parts, arena_print(arena, "%zu %zu", purpose->actor_count, purpose->claim_count));
    if (purpose->lifetime_s != 0)
        add(&parts, arena_print(arena, "lives %lld", (long long)purpose->lifetime_s));
    for (size_t i = 0; i < purpose->actor_count; i++)
        add_identity(&parts, &purpose->actors[i]);
    for (size_t i = 0; i < purpose->claim_count; i++) {
        add(&parts, purpose->claims[i].name);
        add(&parts, purpose->claims[i].value);
    }
    INVARIANT(parts.count <= room);
    digest_parts(parts.items, parts.count, key);
}

struct text shared_credential_name(struct arena *arena, const unsigned char key[DIGEST_SIZE])
{
    char hex[2 * DIGEST_SIZE + 1];
    digest_hex(key, hex);
    return arena_copy(arena, text_of(hex));
}

/* --- what it stands on --- */

void shared_credential_stand(const struct shared_purpose *purpose, struct arena *arena,
                             const struct world *world, struct text lease, int64_t issued_at_us,
                             struct standing *standing)
{
    *standing = (struct standing){.arena = arena, .world = world, .fault = FAULT_STORE_CONFLICT};
    standing_add(standing, TEXT("lease"), lease, 0);
    if (purpose->consent.length != 0)
        standing_add(standing, TEXT("lease"), purpose->consent, 0);
    standing_add_to_everything(standing, issued_at_us);
    standing_add(standing, TEXT("issuer"), purpose->subject.issuer, issued_at_us);
    standing_add_identity(standing, TEXT("subject"), &purpose->subject, issued_at_us);
    standing_add_actors(standing, purpose->actors, purpose->actor_count, issued_at_us, issued_at_us);
    standing_add_client(standing, purpose->client_id, issued_at_us);
    standing_add_actors(standing, &purpose->caller, 1, issued_at_us, issued_at_us);
    standing_add_target(standing, purpose->target, issued_at_us);
    standing_add(standing, TEXT("adapter"), purpose->adapter->name, issued_at_us);
}

static bool is(const struct store_guard *thing, struct text kind, struct text id)
{
    return text_equal(thing->kind, kind) && text_equal(thing->id, id);
}

void shared_credential_rest(const struct standing *shared, const struct standing *own, struct text lease,
                            struct text root, struct standing *rest)
{
    *rest = (struct standing){.arena = own->arena, .world = own->world};
    for (size_t i = 0; i < own->count; i++) {
        const struct store_guard *thing = &own->things[i];
        if (!standing_has(shared, thing) && !is(thing, TEXT("lease"), lease) && !is(thing, TEXT("root"), root))
            standing_add(rest, thing->kind, thing->id, thing->issued_at_us);
    }
}

void shared_credential_end_unmade(struct store_lease *reserved)
{
    reserved->state = TEXT("ended");
    reserved->next_attempt_at_s = 0;
    reserved->handle = reserved->fingerprint = TEXT_NONE;
}

/* --- for how long --- */

/* When the next is to be made: a fifth of its life before the end and a minute at least, but never more than
 * half of it, or what is short would be made for every use. */
static int64_t refresh_from(int64_t now_s, int64_t until_s)
{
    int64_t life = until_s - now_s, before = life / PARTS_OF_LIFE;
    if (before < REFRESH_S)
        before = REFRESH_S;
    return until_s - (before < life / 2 ? before : life / 2);
}

void shared_credential_describe(const struct credential_minting *minting, struct text lease,
                                int64_t issued_at_us, int64_t reserved_until_s, struct kept_credential *kept)
{
    int64_t until_s = minting->lives_until_s != 0 ? minting->lives_until_s : minting->expires_at_s;
    /* Its row must outlive whoever shares it, or nobody would withdraw it. */
    int64_t most_s = reserved_until_s + STORE_LEASE_KEPT_S / 2;
    if (until_s > most_s)
        until_s = most_s;
    *kept = (struct kept_credential){
        .credential = minting->credential,
        .presentation = minting->presentation,
        .issued_type = minting->issued_type,
        .token_type = minting->token_type,
        .scope = minting->scope,
        .fingerprint = minting->fingerprint,
        .account = minting->account,
        .lease = lease,
        .issued_at_us = issued_at_us,
        .expires_at_s = until_s,
        .refresh_from_s = refresh_from(issued_at_us / 1000000, until_s),
    };
}

void shared_credential_give(const struct kept_credential *kept, int64_t until_s,
                            struct credential_minting *minting)
{
    minting->credential = kept->credential;
    minting->presentation = kept->presentation;
    minting->issued_type = kept->issued_type;
    minting->token_type = kept->token_type;
    minting->scope = kept->scope;
    minting->fingerprint = kept->fingerprint;
    minting->account = kept->account;
    minting->expires_at_s = kept->expires_at_s < until_s ? kept->expires_at_s : until_s;
    minting->lives_until_s = kept->expires_at_s;
}

bool shared_credential_is_setback(enum fault fault)
{
    return fault != FAULT_NONE && !credential_is_refused(fault) && fault != FAULT_CONNECTION_MISSING;
}
