/* What a change of documents ends, and what it must not revive. */
#ifndef ENDPOINTS_DOCUMENT_CUTOFFS_H
#define ENDPOINTS_DOCUMENT_CUTOFFS_H

#include "admin/admin_call.h"
#include "exchange/standing.h"

struct cutoff_list {
    struct store_cutoff *items; /* in the call's arena; one of each name */
    size_t count, room;
    struct standing unkilled; /* its arena set: what must not have been killed since, lest the commit fail */
};

/* Adds what must be stored when before is replaced by after; NULL: there was or will be none. at_us: until when
 * what is switched off may still be issued. */
void document_cutoffs_add(const struct admin_call *call, const struct document *before,
                          const struct document *after, int64_t at_us, struct cutoff_list *list);

#endif
