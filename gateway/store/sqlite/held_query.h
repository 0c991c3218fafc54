/* STORE_QUERY_HELD: what holders hold and how often something happened to them. Its statements are prepared
 * with the others by query.c. */
#ifndef STORE_SQLITE_HELD_QUERY_H
#define STORE_SQLITE_HELD_QUERY_H

#include "sqlite/query.h"

#define HELD_QUERY_HOLDINGS_SQL                                                                                \
    "SELECT id, root, agent, domain, target, scopes, issued_at_us, expires_at, kept_until FROM holding"        \
    " WHERE holder = ?1 AND kept_until >= ?2 ORDER BY id DESC LIMIT ?3"

/* ?2 is the minute now. The hour behind it is for gateways whose clocks are ahead. */
#define HELD_QUERY_TALLIES_SQL                                                                                 \
    "SELECT total(count) FILTER (WHERE minute >= ?2), total(count) FILTER (WHERE minute = ?2 - 1),"            \
    " total(count) FILTER (WHERE minute BETWEEN ?2 - 59 AND ?2 - 1),"                                          \
    " total(count) FILTER (WHERE minute = ?2 - 60) FROM tally"                                                 \
    " WHERE hour IN (?2 / 60 - 1, ?2 / 60, ?2 / 60 + 1) AND holder = ?1 AND minute >= ?2 - 60"

MUST_USE enum fault held_query_run(struct query_set *set, struct store_query *query);

#endif
