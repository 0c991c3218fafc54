/* Credentials that were got from the KDC, for a while: evidence for each subject, tickets for each subject and
 * service; likewise the names that a directory gave. It knows neither Kerberos nor the SDK: what is kept is the
 * caller's, and released by it. Safe on several threads; bounded, the one that was used longest ago goes first.
 */
#ifndef KERBEROS_TICKET_CACHE_H
#define KERBEROS_TICKET_CACHE_H

#include "base/fault.h"
#include "base/text.h"

struct ticket_cache;
struct kept_ticket; /* one of those who hold it: it stays as it is until all have let go */

struct ticket_cache *ticket_cache_open(size_t limit, void (*release)(void *credential));
void ticket_cache_close(struct ticket_cache *cache); /* when nobody holds anything any more */

/* NULL: there is none that is good at now_us (monotonic). Else ticket_let_go comes later. */
MUST_USE struct kept_ticket *ticket_cache_find(struct ticket_cache *cache, struct text key, int64_t now_us);
/* Takes the credential over, and holds it for the caller. In place of one with the same key; what is not good
 * any more goes meanwhile. */
MUST_USE struct kept_ticket *ticket_cache_keep(struct ticket_cache *cache, struct text key, void *credential,
                                               int64_t now_us, int64_t good_until_us);
void ticket_cache_drop(struct ticket_cache *cache, struct text key);
void ticket_let_go(struct kept_ticket *ticket);
void *ticket_credential(const struct kept_ticket *ticket);

size_t ticket_cache_count(struct ticket_cache *cache);

#endif
