/* The ladder: every check of an exchange in order, passed or failed, with what it looked at and which document
 * said so. `explain` prints it; the record keeps it. Check names are stable words. */
#ifndef POLICY_LADDER_H
#define POLICY_LADDER_H

#include "base/arena.h"
#include "base/fault.h"
#include "json/json_writer.h"

enum { LADDER_RUNGS_MAX = 40 };

struct rung {
    const char *check;    /* "issuer_trusted" */
    enum fault fault;     /* FAULT_NONE = passed */
    struct text document; /* "Issuer/corp (gateway.yaml:12)" or TEXT_NONE */
    struct text detail;   /* what was compared, never token bytes; TEXT_NONE if the check's name says it all */
};

struct ladder {
    struct rung rungs[LADDER_RUNGS_MAX];
    size_t count;
};

void ladder_pass(struct ladder *ladder, const char *check, struct text document, struct text detail);
/* Notes the failure and returns it, so that a check reads: return ladder_fail(...). */
enum fault ladder_fail(struct ladder *ladder, const char *check, enum fault fault, struct text document,
                       struct text detail);
/* An array of objects, bounded; docs/records.md describes it. Short, as it is most of a record: what passed has
 * no result, and a document is named once. */
void ladder_write(const struct ladder *ladder, struct json_writer *writer);

#endif
