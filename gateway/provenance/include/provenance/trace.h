/* Reads the ledger back: one record explained, and the tree a credential belongs to, from the person or job at
 * its root to what was issued last. Pure over records that were fetched; used by the admin API and the command
 * line. */
#ifndef PROVENANCE_TRACE_H
#define PROVENANCE_TRACE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/fault.h"
#include "store/store.h"

/* {"root":...,"asked":...,"records":[...canonical records, parents before children, otherwise by time...]}:
 * appended to out. All records are of one root. asked_id is one of their ids or the root; RECORD_UNKNOWN if it
 * is neither. */
MUST_USE enum fault trace_write(struct arena *arena, const struct store_record *records, size_t count,
                                struct text asked_id, struct buffer *out);

#endif
