/* All records of calls, then all of the credentials that they name. An answer is written into the arena by the
 * store's own thread, so that nothing here touches it before all answers of a round are there. */
#include "lease_beginnings.h"

static const struct json_value *record_of(struct lease_beginnings *all, const struct store_query *find)
{
    const struct json_value *record;
    if (find->fault != FAULT_NONE)
        all->fault = find->fault;
    if (find->fault != FAULT_NONE || find->record_count == 0 ||
        json_parse(all->call->arena, find->records[0].canonical, &json_limits_document, &record) != FAULT_NONE)
        return NULL;
    return record;
}

static void ask(struct lease_beginnings *all, struct store_query *find, struct text id,
                void (*done)(struct store_query *query))
{
    *find = (struct store_query){.kind = STORE_QUERY_RECORD,
                                 .id = id,
                                 .limit = 1,
                                 .arena = all->call->arena,
                                 .done = done,
                                 .context = all};
    all->missing++;
    store_find(all->call->gateway->store, find);
}

/* -- the credentials */

static void end_credentials(struct lease_beginnings *all)
{
    if (--all->missing != 0)
        return;
    for (size_t i = 0; i < all->count; i++) {
        struct lease_beginning *x = &all->items[i];
        if (x->call != NULL)
            x->credential = record_of(all, &x->credential_find);
        if (x->credential == NULL)
            x->call = NULL;
    }
    flow_wait_done(&all->wait);
}

static void credential_found(struct store_query *query)
{
    end_credentials(query->context);
}

/* -- the calls */

/* What an exchange made is no session: its own record says all. */
static void read_calls(struct lease_beginnings *all)
{
    for (size_t i = 0; i < all->count; i++) {
        struct lease_beginning *x = &all->items[i];
        x->call = x->is_asked ? record_of(all, &x->call_find) : NULL;
        if (x->call != NULL && !text_is(json_text_of(x->call, "kind"), "call"))
            x->call = NULL;
    }
}

static void end_calls(struct lease_beginnings *all)
{
    if (--all->missing != 0)
        return;
    read_calls(all);
    all->missing = 1;
    for (size_t i = 0; i < all->count; i++) {
        struct lease_beginning *x = &all->items[i];
        if (x->call != NULL)
            ask(all, &x->credential_find, json_text_of(x->call, "parent"), credential_found);
    }
    end_credentials(all);
}

static void call_found(struct store_query *query)
{
    end_calls(query->context);
}

void lease_beginnings_find(struct lease_beginnings *all, struct admin_call *call,
                           const struct store_query *rows)
{
    *all = (struct lease_beginnings){.call = call, .wait = all->wait, .missing = 1, .count = rows->lease_count};
    all->items = ARENA_ARRAY(call->arena, struct lease_beginning, rows->lease_count + 1);
    for (size_t i = 0; i < rows->lease_count; i++)
        all->items[i] = (struct lease_beginning){.is_asked = text_is(rows->leases[i].adapter, "mcp")};
    for (size_t i = 0; i < rows->lease_count; i++)
        if (all->items[i].is_asked)
            ask(all, &all->items[i].call_find, rows->leases[i].id, call_found);
    end_calls(all);
}
