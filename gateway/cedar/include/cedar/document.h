/* Cedar's JSON: entities, contexts and requests as the Cedar command line reads them, responses as it writes
 * them. Cedar language reference, "Entities and context syntax". Typed by what is written ({"__entity": ...},
 * {"__extn": ...}), and by the schema where one is given. */
#ifndef CEDAR_DOCUMENT_H
#define CEDAR_DOCUMENT_H

#include "cedar/authorizer.h"
#include "json/json_value.h"
#include "json/json_writer.h"

struct cedar_schema;

/* What such a document may be: 8 MiB, 48 deep, a million values. Texts may have U+0000, as in Cedar. */
extern const struct json_limits cedar_document_limits;

/* What is wrong is said in *mistake, a sentence in the arena that names the place ("entities[3].attrs.age").
 * POLICY_INVALID for what is no such document; schema may be NULL. */

/* An array of {"uid", "attrs", "parents", "tags"}: added to a layer, which the caller seals. */
MUST_USE enum fault cedar_entities_read(struct arena *arena, const struct json_value *json,
                                        const struct cedar_schema *schema, struct cedar_entities *entities,
                                        struct text *mistake);
/* An object; extension values and entities by the schema's context of that action where one is given. */
MUST_USE enum fault cedar_context_read(struct arena *arena, const struct json_value *json,
                                       const struct cedar_schema *schema, const struct cedar_uid *action,
                                       const struct cedar_record **context, struct text *mistake);
/* {"principal", "action", "resource", "context"}; the first three as {"type", "id"} or as 'User::"alice"'. */
MUST_USE enum fault cedar_request_read(struct arena *arena, const struct json_value *json,
                                       const struct cedar_schema *schema, struct cedar_request *request,
                                       struct text *mistake);
/* 'User::"alice"'. */
bool cedar_uid_parse(struct arena *arena, struct text text, struct cedar_uid *uid);

void cedar_value_write(const struct cedar_value *value, struct json_writer *writer);
/* {"decision": "allow", "diagnostics": {"reason": [...], "errors": [...]}} */
void cedar_response_write(const struct cedar_response *response, struct json_writer *writer);

#endif
