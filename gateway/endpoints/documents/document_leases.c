/* Counts what is alive of a target that is about to go: credentials that are a record, and leases with a row of
 * their own that have none yet. A page at a time, and no further than a credential can live. */
#include "admin/killed_by.h"
#include "base/clock.h"
#include "documents/document_change.h"

enum { PAGE_LIMIT = 1000, PAGES_MAX = 200, LEASES_COUNTED_MAX = 1000 };

static struct planned_change *counted(struct document_change *x)
{
    return &x->changes[x->leases.change];
}

static bool is_to_be_counted(const struct document_change *x, size_t i)
{
    return x->changes[i].document == NULL && x->changes[i].kind == DOCUMENT_TARGET;
}

void document_leases_start(struct document_change *x)
{
    struct lease_count *leases = &x->leases;
    const struct admin_call *call = &x->call;
    while (leases->change < x->change_count && !is_to_be_counted(x, leases->change))
        leases->change++;
    if (leases->change == x->change_count || (x->is_cascade && !x->is_dry_run)) {
        leases->change = x->change_count;
        flow_wait_done(&leases->wait);
        return;
    }
    struct text before = leases->query.last; /* of the page before, if there was one */
    leases->query = (struct store_query){
        .kind = leases->are_rows ? STORE_QUERY_LEASES_OF_TARGET : STORE_QUERY_ISSUED_FOR_TARGET,
        .id = before,
        .target = counted(x)->name,
        .limit = PAGE_LIMIT,
        .at_s = call->now_us / 1000000,
        .since_us = call->now_us - CREDENTIAL_LIFETIME_MAX_S * INT64_C(1000000)};
    admin_call_ask(call, &leases->query, &leases->wait);
}

static void count(struct planned_change *change, int64_t expires_at_s)
{
    change->live_leases++;
    if (expires_at_s > change->until_s)
        change->until_s = expires_at_s;
}

static bool is_dead(const struct admin_call *call, const struct store_record *record)
{
    struct standing standing = {.arena = call->arena, .world = call->world};
    const struct json_value *canonical;
    if (json_parse(call->arena, record->canonical, &json_limits_document, &canonical) != FAULT_NONE)
        return false;
    standing_add_record(&standing, canonical);
    return killed_by_find(call, &standing).thing != NULL;
}

static void count_page(struct document_change *x)
{
    const struct store_query *page = &x->leases.query;
    for (size_t i = 0; i < page->record_count; i++)
        if (!is_dead(&x->call, &page->records[i]))
            count(counted(x), page->records[i].expires_at_s);
    /* A live one has its record, which was counted; pending ones have none yet. */
    for (size_t i = 0; i < page->lease_count; i++)
        if (text_is(page->leases[i].state, "pending"))
            count(counted(x), page->leases[i].expires_at_s);
}

/* Where the next page begins, or what is counted next. */
static void advance(struct document_change *x)
{
    struct lease_count *leases = &x->leases;
    const struct store_query *page = &leases->query;
    bool is_whole = leases->are_rows ? page->lease_count < page->limit : page->scanned < page->limit;
    bool is_enough = counted(x)->live_leases >= LEASES_COUNTED_MAX || ++leases->pages >= PAGES_MAX;
    if (!is_whole && !is_enough && !leases->are_rows)
        return;
    counted(x)->is_more |= !is_whole;
    leases->query.last = TEXT_NONE;
    leases->change += leases->are_rows;
    leases->are_rows = !leases->are_rows;
}

enum fault document_leases_take(struct document_change *x, bool *is_more)
{
    struct lease_count *leases = &x->leases;
    *is_more = false;
    if (leases->change == x->change_count)
        return FAULT_NONE;
    TRY(leases->query.fault);
    count_page(x);
    advance(x);
    leases->wait = (struct flow_wait){0};
    *is_more = true;
    return FAULT_NONE;
}

enum fault document_leases_judge(struct document_change *x)
{
    struct buffer detail = buffer_in(x->call.arena, 256);
    if (x->is_cascade || x->is_dry_run)
        return FAULT_NONE;
    for (size_t i = 0; i < x->change_count; i++) {
        const struct planned_change *change = &x->changes[i];
        char until[CLOCK_TEXT_SIZE];
        if (change->live_leases == 0 && !change->is_more)
            continue;
        clock_format(change->until_s * 1000000, until);
        buffer_print(&detail, "%sTarget/%.*s has %s%lld live %s, the last until %s.",
                     detail.length == 0 ? "" : " ", TEXT_ARGUMENTS(change->name),
                     change->is_more ? "at least " : "", (long long)change->live_leases,
                     change->live_leases == 1 ? "lease" : "leases", until);
    }
    if (detail.length == 0)
        return FAULT_NONE;
    buffer_print(&detail, " Nothing was changed; with cascade they are ended along with it.");
    x->call.detail = buffer_text(&detail);
    return FAULT_TARGET_HAS_LEASES;
}
