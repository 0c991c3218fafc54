/* The facts of a decision in its record, and back: what is needed beside the record's other members to decide
 * the same again. docs/records.md describes the member. */
#ifndef POLICY_FACTS_RECORD_H
#define POLICY_FACTS_RECORD_H

#include "policy/facts.h"
#include "json/json_writer.h"

/* An object. */
void policy_facts_write(const struct policy_facts *facts, struct json_writer *writer);
/* From a whole record of an exchange or a refused call: false where it has no facts, or they make no sense.
 * Texts are borrowed from it. */
bool policy_facts_read(struct arena *arena, const struct json_value *record, struct policy_facts *facts);

#endif
