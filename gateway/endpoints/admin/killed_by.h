/* Which kill a credential died of, as every answer about credentials says it. */
#ifndef ENDPOINTS_KILLED_BY_H
#define ENDPOINTS_KILLED_BY_H

#include "admin_call.h"
#include "exchange/standing.h"

/* The first kill that ended any of it, as this loop's book knows. */
struct cutoff_death killed_by_find(const struct admin_call *call, const struct standing *standing);
/* at and record of the kill, into the open object; nothing for a kill whose record is not known. */
void killed_by_write_kill(struct json_writer *writer, const struct cutoff_death *death);
/* The member killed_by (kind, id, at, record) of the open object; nothing for what is alive. */
void killed_by_write(struct json_writer *writer, const struct cutoff_death *death);
/* The member kills_known of the open object: false where the book does not hold all kills there are. */
void killed_by_write_known(struct json_writer *writer, const struct admin_call *call);

#endif
