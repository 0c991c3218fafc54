/* Leases as the admin socket lists them, page by page, and the table of them that people see: shared by lease
 * list and by kill. */
#ifndef CLI_LEASES_LEASE_PAGES_H
#define CLI_LEASES_LEASE_PAGES_H

#include "command.h"
#include "json/json_value.h"

struct lease_pages {
    struct invocation *invocation;
    struct text query; /* further parameters, each with a leading '&'; may be empty */
    bool (*wants)(void *context, const struct json_value *lease); /* asked for each; NULL: all are wanted */
    void *context;
    size_t limit;                     /* of leases kept */
    const struct json_value **leases; /* in the run's arena, newest first */
    size_t count, capacity;
    size_t more;         /* leases that came beyond the limit */
    bool has_stopped;    /* at the limit, without looking whether there are more */
    bool counts_further; /* set by who wants more to be true to the end */
    bool is_unknown;     /* nothing known to the gateway has the name that was asked for */
    bool kills_unknown;  /* the gateway has more kills than it holds in memory: some of these may be dead */
};

/* Follows the pages to the end, or to the limit. On a terminal says how far it is when that takes long. */
enum exit_code lease_pages_read(struct lease_pages *pages);
void lease_pages_print(const struct lease_pages *pages);
/* Who called, of a lease or a record: "billing-agents (system:serviceaccount:agents:billing)"; may be empty. */
struct text lease_agent(struct arena *arena, const struct json_value *record);
/* When and of what it died, by its killed_by: "12 s ago: root". TEXT_NONE for what nobody killed. */
struct text lease_death(struct arena *arena, const struct json_value *lease, int64_t now_s);
/* What was read, as one JSON array. */
const struct json_value *lease_pages_json(const struct lease_pages *pages);
/* "kind=KIND&id=ID" of the invocation's first two or three arguments. */
struct text lease_thing_query(struct invocation *invocation);

#endif
