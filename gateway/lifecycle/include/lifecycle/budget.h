/* Budgets of clients, agent classes and teams: a rate, live credentials, records per hour.
 * Counted in memory of this gateway, shared by its threads, asked before work is done: a credential has its
 * place from then on, so that no number of exchanges under way passes the limit. Time is wall time. */
#ifndef LIFECYCLE_BUDGET_H
#define LIFECYCLE_BUDGET_H

#include <stdint.h>

#include "base/fault.h"
#include "base/text.h"

struct budget_book;

struct budget_limits {
    int64_t exchanges_per_second; /* 0 = unlimited; bursts of one second's worth */
    int64_t live_credentials;     /* 0 = unlimited */
    int64_t records_per_hour;     /* 0 = unlimited; the hour begins with the first record in it */
};

struct budget_book *budget_book_create(void);
void budget_book_destroy(struct budget_book *book);

/* Takes one exchange and one record from the account (made at first use, some thirty thousand at most;
 * name e.g. "client/orders-agent", "team/payments") and, where live credentials are limited, holds a place for
 * one until it is issued, not issued, or all is given back. BUDGET_RATE, BUDGET_RECORDS or BUDGET_LEASES, with
 * *retry_after_s; a refusal takes nothing. Without limits nothing is counted. */
MUST_USE enum fault budget_take(struct budget_book *book, struct text account,
                                const struct budget_limits *limits, int64_t now_us, int64_t *retry_after_s);
/* Puts back what budget_take took, because another account refused: whoever is refused has used nothing up. */
void budget_give_back(struct budget_book *book, struct text account, const struct budget_limits *limits);
/* What became of the place that budget_take held under these limits: a credential that lives until
 * expires_at_s, or nothing. */
void budget_lease_issued(struct budget_book *book, struct text account, const struct budget_limits *limits,
                         int64_t expires_at_s, int64_t now_us);
void budget_lease_not_issued(struct budget_book *book, struct text account, const struct budget_limits *limits);
/* One that was issued was revoked before its end. */
void budget_lease_ended(struct budget_book *book, struct text account, int64_t expires_at_s);
/* Live credentials of this account right now, for introspection and tests. */
int64_t budget_live(struct budget_book *book, struct text account, int64_t now_us);

#endif
