/* Cedar values and names of entities in JSON, with the place where something is wrong. Called by the readers of
 * entities, contexts and requests beside it. */
#ifndef CEDAR_DOCUMENT_VALUE_H
#define CEDAR_DOCUMENT_VALUE_H

#include "cedar/value.h"
#include "document_place.h"
#include "schema/schema_types.h"

/* type: what the schema wants here, which lets an entity be written without its escape and an extension value
 * as a string; NULL: only what is written counts. Whether the value is of that type is for others to say. */
MUST_USE enum fault document_value(const struct document_reading *reading, const struct document_place *place,
                                   const struct json_value *json, const struct schema_type *type,
                                   struct cedar_value *value);
/* An object whose members are values; type: of a record, or NULL. */
MUST_USE enum fault document_record(const struct document_reading *reading, const struct document_place *place,
                                    const struct json_value *json, const struct schema_type *type,
                                    const struct cedar_record **record);
/* An object whose members are all of one type, or NULL. */
MUST_USE enum fault document_tags(const struct document_reading *reading, const struct document_place *place,
                                  const struct json_value *json, const struct schema_type *type,
                                  const struct cedar_record **tags);
/* {"type", "id"}, or that inside {"__entity": ...}. */
MUST_USE enum fault document_uid(const struct document_reading *reading, const struct document_place *place,
                                 const struct json_value *json, struct cedar_uid *uid);
/* What stands under "__extn". */
MUST_USE enum fault document_extension(const struct document_reading *reading,
                                       const struct document_place *place, const struct json_value *json,
                                       struct cedar_value *value);
/* The argument of the constructor of this kind. */
MUST_USE enum fault document_extension_of(const struct document_reading *reading,
                                          const struct document_place *place, enum cedar_kind kind,
                                          const struct json_value *json, struct cedar_value *value);

#endif
