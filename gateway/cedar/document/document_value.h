/* Cedar values and names of entities in JSON, with the place where something is wrong. Called by the readers of
 * entities, contexts and requests beside it. */
#ifndef CEDAR_DOCUMENT_VALUE_H
#define CEDAR_DOCUMENT_VALUE_H

#include "cedar/value.h"
#include "document_place.h"

MUST_USE enum fault document_value(const struct document_reading *reading, const struct document_place *place,
                                   const struct json_value *json, struct cedar_value *value);
/* An object whose members are values. */
MUST_USE enum fault document_record(const struct document_reading *reading, const struct document_place *place,
                                    const struct json_value *json, const struct cedar_record **record);
/* {"type", "id"}, or that inside {"__entity": ...}. */
MUST_USE enum fault document_uid(const struct document_reading *reading, const struct document_place *place,
                                 const struct json_value *json, struct cedar_uid *uid);
/* What stands under "__extn". */
MUST_USE enum fault document_extension(const struct document_reading *reading,
                                       const struct document_place *place, const struct json_value *json,
                                       struct cedar_value *value);

#endif
