/* Page by page through the records, bite by bite through what a page has: who holds it, what is written down of
 * that at which version, and then the rows that are missing, as a decision writes them. So nobody decides on
 * what was there before without being told that it has changed. */
#include "holdings_pass.h"

#include <string.h>

#include "base/random.h"
#include "holder.h"
#include "json/json_value.h"

enum { PAGE_RECORDS = 256, HELD_LIMIT = 4096, CONFLICTS_MAX = 32 };

static void ask_page(struct holdings_pass *pass)
{
    arena_destroy(pass->arena);
    pass->arena = arena_create();
    pass->page = (struct store_query){.kind = STORE_QUERY_ISSUED,
                                      .id = pass->last,
                                      .limit = PAGE_RECORDS,
                                      .at_s = pass->now_s,
                                      .since_us = pass->since_us,
                                      .arena = pass->arena};
    pass->step = PASS_PAGE;
}

void holdings_pass_begin(struct holdings_pass *pass, const struct world *world, int64_t since_us, int64_t now_s)
{
    pass->world = world;
    pass->since_us = since_us;
    pass->now_s = now_s;
    ask_page(pass);
}

void holdings_pass_end(struct holdings_pass *pass)
{
    arena_destroy(pass->arena);
    arena_destroy(pass->bite_arena);
}

static struct identity identity_of(const struct json_value *json)
{
    return (struct identity){json_text_of(json, "iss"), json_text_of(json, "sub")};
}

static void add_row(struct holdings_pass *pass, enum policy_holder kind, const struct holders *holders,
                    const struct held_credential *credential)
{
    struct scope_set scopes;
    bool is_readable = scope_set_parse(credential->scopes, &scopes) == FAULT_NONE;
    if (!is_readable ||
        holder_is_asked_for(&pass->world->policies, kind, credential->target, credential->domain, &scopes))
        pass->rows[pass->row_count++] =
            holder_holding(pass->arena, &pass->world->policies, kind, holders, credential);
}

/* A record is what exchange_record.c made of an exchange; docs/records.md. */
static void add_record(struct holdings_pass *pass, const struct store_record *record)
{
    const struct json_value *json;
    if (!text_is(record->kind, "exchange") ||
        json_parse(pass->arena, record->canonical, &json_limits_document, &json) != FAULT_NONE)
        return;
    const struct holders holders = {identity_of(json_member(json, TEXT("subject"))),
                                    identity_of(json_member(json, TEXT("agent"))), json_text_of(json, "root")};
    const struct held_credential credential = {record->id,
                                               json_text_of(json, "to"),
                                               json_text_of(json, "target"),
                                               json_text_of(json, "scope_given"),
                                               record->at_us,
                                               record->expires_at_s};
    size_t before = pass->row_count;
    for (enum policy_holder kind = 0; kind < POLICY_HOLDER_COUNT; kind++)
        add_row(pass, kind, &holders, &credential);
    pass->issued += pass->row_count != before;
}

static void take_page(struct holdings_pass *pass)
{
    const struct store_query *page = &pass->page;
    pass->rows = ARENA_ARRAY(pass->arena, struct store_holding, POLICY_HOLDER_COUNT * page->record_count + 1);
    pass->row_count = pass->taken = 0;
    for (size_t i = 0; i < page->record_count; i++)
        add_record(pass, &page->records[i]);
    pass->is_last_page = page->scanned < PAGE_RECORDS;
    if (pass->is_last_page)
        return;
    INVARIANT(page->last.length < sizeof(pass->last_bytes));
    memcpy(pass->last_bytes, page->last.base, page->last.length);
    pass->last = (struct text){pass->last_bytes, page->last.length};
    pass->is_last_page = identifier_time_ms(pass->last.base, pass->last.length) * 1000 < pass->since_us;
}

static bool find_holder(const struct holdings_pass *pass, struct text name, size_t *index)
{
    for (*index = 0; *index < pass->holder_count; ++*index)
        if (text_equal(pass->holders[*index].name, name))
            return true;
    return false;
}

static void ask_held(struct holdings_pass *pass)
{
    arena_destroy(pass->bite_arena);
    pass->bite_arena = arena_create();
    pass->held = (struct store_query){.kind = STORE_QUERY_HELD,
                                      .holders = pass->holders,
                                      .holder_count = pass->holder_count,
                                      .at_s = pass->now_s,
                                      .limit = HELD_LIMIT,
                                      .arena = pass->bite_arena};
    pass->step = PASS_HELD;
}

/* As many rows as there are places for their holders. */
static void begin_bite(struct holdings_pass *pass)
{
    size_t index;
    pass->bite_start = pass->taken;
    pass->holder_count = 0;
    pass->conflicts = 0;
    for (; pass->taken < pass->row_count; pass->taken++) {
        struct text name = pass->rows[pass->taken].holder;
        if (find_holder(pass, name, &index))
            continue;
        if (pass->holder_count == PASS_HOLDERS_MAX)
            break;
        pass->holders[pass->holder_count++] = (struct store_holder){.name = name};
    }
    ask_held(pass);
}

static void go_on(struct holdings_pass *pass)
{
    if (pass->taken < pass->row_count)
        begin_bite(pass);
    else if (pass->is_last_page)
        pass->step = PASS_DONE;
    else
        ask_page(pass);
}

static bool is_written_down(const struct holdings_pass *pass, const struct store_holding *row)
{
    for (size_t i = 0; i < pass->held.holding_count; i++) {
        const struct store_holding *known = &pass->held.holdings[i];
        if (text_equal(known->id, row->id) && text_equal(known->holder, row->holder))
            return known->kept_until_s >= row->kept_until_s;
    }
    return false;
}

static void move_version(struct holdings_pass *pass, const struct store_holding *row)
{
    struct store_transaction *transaction = &pass->transaction;
    size_t index;
    bool is_known = find_holder(pass, row->holder, &index);
    INVARIANT(is_known);
    for (size_t i = 0; i < transaction->version_count; i++) {
        if (!text_equal(pass->versions[i].scope, row->holder))
            continue;
        if (pass->versions[i].expires_at_s < row->kept_until_s)
            pass->versions[i].expires_at_s = row->kept_until_s;
        return;
    }
    pass->versions[transaction->version_count++] =
        (struct store_version){row->holder, pass->holders[index].version, row->kept_until_s};
}

static void take_held(struct holdings_pass *pass)
{
    struct store_transaction *transaction = &pass->transaction;
    size_t most = pass->taken - pass->bite_start;
    pass->missing = ARENA_ARRAY(pass->bite_arena, struct store_holding, most + 1);
    *transaction = (struct store_transaction){.versions = pass->versions, .holdings = pass->missing};
    for (size_t i = pass->bite_start; i < pass->taken; i++) {
        if (is_written_down(pass, &pass->rows[i]))
            continue;
        move_version(pass, &pass->rows[i]);
        pass->missing[transaction->holding_count++] = pass->rows[i];
    }
    if (transaction->holding_count == 0)
        go_on(pass);
    else
        pass->step = PASS_WRITE;
}

/* Who decided meanwhile was first: what is held is looked at again. */
static enum fault take_write(struct holdings_pass *pass)
{
    const struct store_transaction *transaction = &pass->transaction;
    if (transaction->outcome == STORE_STALE && ++pass->conflicts == CONFLICTS_MAX)
        return FAULT_HELD_CONTENDED;
    if (transaction->outcome == STORE_STALE) {
        ask_held(pass);
        return FAULT_NONE;
    }
    pass->written += transaction->holding_count;
    go_on(pass);
    return FAULT_NONE;
}

enum fault holdings_pass_take(struct holdings_pass *pass)
{
    switch (pass->step) {
    case PASS_PAGE:
        TRY(pass->page.fault);
        take_page(pass);
        go_on(pass);
        return FAULT_NONE;
    case PASS_HELD:
        TRY(pass->held.fault);
        take_held(pass);
        return FAULT_NONE;
    case PASS_WRITE:
        TRY(pass->transaction.fault);
        return take_write(pass);
    default:
        return FAULT_INTERNAL;
    }
}
