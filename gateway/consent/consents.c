/* The consents of one person: their row read, looked through, changed, and written again as a change for
 * somebody's transaction. When one is given or ended, and by whom, is decided by the pages for people. */
#include "consent/consents.h"

#include "base/clock.h"
#include "consent/own_state.h"
#include "json/json_writer.h"

static const char owner[] = "~consent";

/* A name never has a NUL (trust/claim_mapping.h), so no two people share a key. */
static struct text key_of(const struct consents *consents)
{
    const struct text parts[] = {consents->person.issuer, {"\0", 1}, consents->person.subject};
    return own_state_key(consents->arena, arena_join(consents->arena, parts, 3));
}

/* --- reading --- */

static enum fault take(struct consents *consents)
{
    const struct json_value *row;
    TRY(own_state_read(consents->sealer, &consents->query, &row, &consents->version));
    const struct json_value *list = json_member(row, TEXT("consents"));
    for (const struct json_value *item = list == NULL ? NULL : list->first; item != NULL; item = item->next) {
        if (consents->count == CONSENTS_MAX)
            return FAULT_SEAL_BROKEN;
        consents->items[consents->count++] = (struct consent){
            .id = json_text_of(item, "id"),
            .target = json_text_of(item, "target"),
            .client = json_text_of(item, "client"),
            .scope = json_text_of(item, "scope"),
            .account = json_text_of(item, "account"),
            .has_connection = json_is_true(json_member(item, TEXT("has_connection"))),
            .is_unfinished = json_is_true(json_member(item, TEXT("is_unfinished"))),
            .given_at_s = json_integer_of(item, "given_at"),
            .expires_at_s = json_integer_of(item, "expires_at"),
        };
    }
    return FAULT_NONE;
}

static void found(struct store_query *query)
{
    struct consents *consents = query->context;
    consents->fault = take(consents);
    flow_wait_done(&consents->wait);
}

void consents_read(struct consents *consents)
{
    own_state_find(consents->store, owner, key_of(consents), consents->arena, &consents->query, found,
                   consents);
}

const struct consent *consents_find(const struct consents *consents, struct text target, struct text client,
                                    const struct scope_set *scope, int64_t now_s)
{
    for (size_t i = 0; i < consents->count; i++) {
        const struct consent *consent = &consents->items[i];
        struct scope_set agreed;
        if (text_equal(consent->target, target) && text_equal(consent->client, client) &&
            consent->expires_at_s > now_s && scope_set_parse(consent->scope, &agreed) == FAULT_NONE &&
            scope_set_is_subset(scope, &agreed))
            return consent;
    }
    return NULL;
}

/* --- changing --- */

static struct text encode(const struct consents *consents)
{
    struct buffer json = buffer_in(consents->arena, 256 * (consents->count + 1));
    struct json_writer writer = json_writer_on(&json);
    json_begin_object(&writer);
    json_name(&writer, TEXT("consents"));
    json_begin_array(&writer);
    for (size_t i = 0; i < consents->count; i++) {
        const struct consent *consent = &consents->items[i];
        json_begin_object(&writer);
        json_member_text(&writer, "id", consent->id);
        json_member_text(&writer, "target", consent->target);
        json_member_text(&writer, "client", consent->client);
        json_member_text_if(&writer, "scope", consent->scope);
        json_member_text_if(&writer, "account", consent->account);
        if (consent->has_connection)
            json_member_boolean(&writer, "has_connection", true);
        if (consent->is_unfinished)
            json_member_boolean(&writer, "is_unfinished", true);
        json_member_integer(&writer, "given_at", consent->given_at_s);
        json_member_integer(&writer, "expires_at", consent->expires_at_s);
        json_end_object(&writer);
    }
    json_end_array(&writer);
    json_end_object(&writer);
    return buffer_text(&json);
}

static void note_end(struct consents *consents, size_t index, int64_t now_s)
{
    if (consents->items[index].expires_at_s <= now_s)
        return;
    INVARIANT(consents->gone_count < CONSENTS_GONE_MAX);
    consents->gone[consents->gone_count++] = consents->items[index].id;
}

static void take_out(struct consents *consents, size_t index, int64_t now_s)
{
    note_end(consents, index, now_s);
    for (size_t i = index + 1; i < consents->count; i++)
        consents->items[i - 1] = consents->items[i];
    consents->count--;
}

/* Whether nothing else in the row says that an account may be connected there. */
static bool is_trace(const struct consents *consents, size_t index)
{
    const struct consent *consent = &consents->items[index];
    bool is_only = consent->has_connection;
    for (size_t i = 0; i < consents->count; i++)
        is_only &= i == index || !consents->items[i].has_connection ||
                   !text_equal(consents->items[i].target, consent->target);
    return is_only;
}

void consents_end(struct consents *consents, size_t index)
{
    INVARIANT(index < consents->count);
    if (!is_trace(consents, index)) {
        take_out(consents, index, clock_wall_s());
        return;
    }
    note_end(consents, index, clock_wall_s());
    consents->items[index].scope = TEXT_NONE;
    consents->items[index].expires_at_s = 0;
}

void consents_remove(struct consents *consents, size_t index)
{
    INVARIANT(index < consents->count);
    take_out(consents, index, clock_wall_s());
}

/* Of those that are over the oldest, else of all. */
static size_t most_dispensable(const struct consents *consents, int64_t now_s)
{
    size_t index = 0;
    for (size_t i = 1; i < consents->count; i++) {
        const struct consent *one = &consents->items[i], *other = &consents->items[index];
        bool is_over = one->expires_at_s <= now_s, is_other_over = other->expires_at_s <= now_s;
        if (is_over != is_other_over ? is_over : one->given_at_s < other->given_at_s)
            index = i;
    }
    return index;
}

/* The account is the same person's, whatever was agreed to for it. */
static void take_over(struct consent *added, const struct consent *other)
{
    added->has_connection |= other->has_connection;
    if (added->account.length == 0)
        added->account = other->account;
}

/* What the added one takes the place of, and what nobody needs any more. */
static void make_room(struct consents *consents, struct consent *added)
{
    for (size_t i = consents->count; i-- > 0;) {
        const struct consent *other = &consents->items[i];
        bool is_same_target = text_equal(other->target, added->target);
        bool is_replaced = is_same_target && text_equal(other->client, added->client);
        bool is_over = other->expires_at_s <= added->given_at_s;
        if (is_replaced || (is_over && is_same_target))
            take_over(added, other);
        if (is_replaced || (is_over && (is_same_target || !is_trace(consents, i))))
            take_out(consents, i, added->given_at_s);
    }
    if (consents->count == CONSENTS_MAX)
        take_out(consents, most_dispensable(consents, added->given_at_s), added->given_at_s);
}

void consents_add(struct consents *consents, const struct consent *consent)
{
    struct consent added = *consent;
    added.account = text_beginning(consent->account, CONSENT_ACCOUNT_BYTES_MAX);
    make_room(consents, &added);
    consents->items[consents->count++] = added;
    /* The new one is the last, and never the one that goes: its clock may be behind another's. */
    while (!own_state_fits(encode(consents))) {
        consents->count--;
        take_out(consents, most_dispensable(consents, added.given_at_s), added.given_at_s);
        consents->items[consents->count++] = added;
    }
}

/* With the last of them; 0, which is never, as long as an account may be connected. */
static int64_t row_ends_s(const struct consents *consents)
{
    int64_t last_s = 0;
    for (size_t i = 0; i < consents->count; i++) {
        if (consents->items[i].has_connection)
            return 0;
        if (consents->items[i].expires_at_s > last_s)
            last_s = consents->items[i].expires_at_s;
    }
    return last_s;
}

void consents_write(const struct consents *consents, struct store_state *change)
{
    struct text json = consents->count == 0 ? TEXT_NONE : encode(consents);
    own_state_put(consents->sealer, consents->arena, owner, key_of(consents), json, change);
    change->expected_version = consents->version;
    change->expires_at_s = row_ends_s(consents);
}
