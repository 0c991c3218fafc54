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

/* --- whose they are --- */

/* None of '/', '@' and ' ' is in any name, and no space in a client_id (RFC 6749 appendix A.1, config). */
struct text consent_program_text(struct arena *arena, struct text account, struct text team,
                                 struct text client_id)
{
    bool has_team = team.length != 0, has_client = client_id.length != 0;
    const struct text parts[] = {account, has_team ? TEXT("@") : TEXT(""), team,
                                 has_client ? TEXT(" ") : TEXT(""), client_id};
    return has_team || has_client ? arena_join(arena, parts, 5) : account;
}

struct consent_program consent_program_of(struct text program)
{
    struct consent_program parts = {.client_id = program};
    parts.team = text_cut(&parts.client_id, ' ');
    parts.kind = text_cut(&parts.team, '/');
    parts.name = text_cut(&parts.team, '@');
    return parts;
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

bool consents_forget(struct consents *consents, struct text target)
{
    size_t before = consents->count;
    for (size_t i = before; i-- > 0;)
        if (text_equal(consents->items[i].target, target))
            take_out(consents, i, clock_wall_s());
    return consents->count != before;
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

/* The account is the person's there, whichever consent it was connected for. */
static void take_over(struct consent *added, const struct consent *other)
{
    added->has_connection |= other->has_connection;
    if (added->account.length == 0 && other->has_connection)
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

/* Of this target the one with this id, else any. */
static struct consent *find_of_target(struct consents *consents, struct text target, struct text id)
{
    struct consent *found = NULL;
    for (size_t i = 0; i < consents->count; i++) {
        struct consent *one = &consents->items[i];
        if (text_equal(one->target, target) && (found == NULL || text_equal(one->id, id)))
            found = one;
    }
    return found;
}

static void note_account(struct consents *consents, struct text target, struct text account)
{
    for (size_t i = 0; i < consents->count; i++) {
        struct consent *consent = &consents->items[i];
        if (!consent->has_connection || !text_equal(consent->target, target))
            continue;
        consent->is_unfinished = false;
        if (account.length == 0)
            continue;
        consent->account = text_beginning(account, CONSENT_ACCOUNT_BYTES_MAX);
        if (!own_state_fits(encode(consents)))
            consent->account = TEXT_NONE;
    }
}

void consents_note_connection(struct consents *consents, const struct consent *connected)
{
    struct consent *one = find_of_target(consents, connected->target, connected->id);
    if (one == NULL) {
        struct consent trace = *connected;
        trace.has_connection = true;
        trace.expires_at_s = 0;
        consents_add(consents, &trace);
        return;
    }
    bool had_connection = one->has_connection;
    one->has_connection = true;
    if (!own_state_fits(encode(consents)))
        one->has_connection = had_connection;
    note_account(consents, connected->target, connected->account);
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
