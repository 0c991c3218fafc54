/* A line in the log for each request: refused and failed ones at info, all others at debug. What is refused may
 * come by the thousand, so of the former there are some a second on each loop, and the next one says how many
 * were left out. Not a record: those are the ledger's. */
#ifndef TRANSPORT_ACCESS_LINE_H
#define TRANSPORT_ACCESS_LINE_H

#include "runtime/trace.h"

enum { ACCESS_LINES_PER_SECOND = 20 };

/* When it is over, and its scope is the log's. */
void access_line_write(const struct trace_request *request, struct text peer);

#endif
