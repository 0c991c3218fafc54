/* Values as JSON writes them: Cedar language reference, "Entities and context syntax". An object with a member
 * whose name is one of the escapes is that escape and nothing else: half an escape is a mistake, not a record.
 */
#include "document_value.h"

#include "cedar/document.h"
#include "document_entity_type.h"

const struct json_limits cedar_document_limits = {
    .bytes = 8 * 1024 * 1024, .depth = 48, .members = 1024 * 1024, .takes_nul = true};

static enum fault read_text_member(const struct document_reading *reading, const struct document_place *place,
                                   const struct json_value *object, const char *name, struct text *text)
{
    const struct json_value *member = json_member(object, text_of(name));
    struct document_place here = {.outer = place, .name = text_of(name)};
    if (!json_is_string(member))
        return document_refuse(reading, &here, "a string is expected, there is %s.", document_kind(member));
    *text = arena_copy(reading->arena, member->text);
    return FAULT_NONE;
}

/* {"type": "User", "id": "alice"} */
static enum fault read_type_and_id(const struct document_reading *reading, const struct document_place *place,
                                   const struct json_value *json, struct cedar_uid *uid)
{
    static const char *const names[] = {"type", "id"};
    if (json->kind != JSON_OBJECT)
        return document_refuse(reading, place, "an entity is an object with type and id, there is %s.",
                               document_kind(json));
    TRY(document_members_known(reading, place, json, names, 2));
    TRY(read_text_member(reading, place, json, "type", &uid->type));
    TRY(read_text_member(reading, place, json, "id", &uid->id));
    struct document_place here = {.outer = place, .name = TEXT("type")};
    if (!document_is_entity_type(uid->type))
        return document_refuse(reading, &here, "an entity type is a name such as User or Corp::User.");
    return FAULT_NONE;
}

enum fault document_uid(const struct document_reading *reading, const struct document_place *place,
                        const struct json_value *json, struct cedar_uid *uid)
{
    const struct json_value *escape = json_member(json, TEXT("__entity"));
    if (escape == NULL)
        return read_type_and_id(reading, place, json, uid);
    if (json->count != 1)
        return document_refuse(reading, place, "nothing else may stand beside __entity.");
    struct document_place here = {.outer = place, .name = escape->name};
    return read_type_and_id(reading, &here, escape, uid);
}

static enum fault read_set(const struct document_reading *reading, const struct document_place *place,
                           const struct json_value *json, const struct schema_type *type,
                           struct cedar_value *value)
{
    const struct schema_type *element_type = type != NULL && type->kind == TYPE_SET ? type->element : NULL;
    struct cedar_value *items = ARENA_ARRAY(reading->arena, struct cedar_value, json->count + (size_t)1);
    size_t count = 0;
    for (const struct json_value *element = json->first; element != NULL; element = element->next) {
        struct document_place here = {.outer = place, .index = count};
        TRY(document_value(reading, &here, element, element_type, &items[count]));
        count++;
    }
    *value = cedar_set_value(reading->arena, items, count);
    return FAULT_NONE;
}

static const struct schema_type *type_of_attribute(const struct schema_type *record, struct text name)
{
    if (record == NULL || record->kind != TYPE_RECORD)
        return NULL;
    const struct schema_attribute *attribute = schema_type_attribute(record, name);
    return attribute != NULL ? attribute->type : NULL;
}

/* of_all: the type of every member, where record is NULL. */
static enum fault read_members(const struct document_reading *reading, const struct document_place *place,
                               const struct json_value *json, const struct schema_type *record,
                               const struct schema_type *of_all, struct cedar_value *value)
{
    struct cedar_attribute *attributes =
        ARENA_ARRAY(reading->arena, struct cedar_attribute, json->count + (size_t)1);
    size_t count = 0;
    if (json->kind != JSON_OBJECT)
        return document_refuse(reading, place, "an object is expected, there is %s.", document_kind(json));
    for (const struct json_value *member = json->first; member != NULL; member = member->next) {
        struct document_place here = {.outer = place, .name = member->name};
        const struct schema_type *type = record != NULL ? type_of_attribute(record, member->name) : of_all;
        attributes[count].name = arena_copy(reading->arena, member->name);
        TRY(document_value(reading, &here, member, type, &attributes[count].value));
        count++;
    }
    if (!cedar_record_value(reading->arena, attributes, count, value))
        return document_refuse(reading, place, "a name stands twice.");
    return FAULT_NONE;
}

enum fault document_record(const struct document_reading *reading, const struct document_place *place,
                           const struct json_value *json, const struct schema_type *type,
                           const struct cedar_record **record)
{
    struct cedar_value value;
    TRY(read_members(reading, place, json, type, NULL, &value));
    *record = value.record;
    return FAULT_NONE;
}

enum fault document_tags(const struct document_reading *reading, const struct document_place *place,
                         const struct json_value *json, const struct schema_type *type,
                         const struct cedar_record **tags)
{
    struct cedar_value value;
    TRY(read_members(reading, place, json, NULL, type, &value));
    *tags = value.record;
    return FAULT_NONE;
}

static bool extension_of_type(const struct schema_type *type, enum cedar_kind *kind)
{
    switch (type->kind) {
    case TYPE_DECIMAL:
        *kind = CEDAR_DECIMAL;
        return true;
    case TYPE_IPADDR:
        *kind = CEDAR_IPADDR;
        return true;
    case TYPE_DATETIME:
        *kind = CEDAR_DATETIME;
        return true;
    case TYPE_DURATION:
        *kind = CEDAR_DURATION;
        return true;
    default:
        return false;
    }
}

static enum fault read_object(const struct document_reading *reading, const struct document_place *place,
                              const struct json_value *json, const struct schema_type *type,
                              struct cedar_value *value)
{
    enum cedar_kind kind;
    if (json_member(json, TEXT("__entity")) != NULL || (type != NULL && type->kind == TYPE_ENTITY)) {
        struct cedar_uid *uid = ARENA_NEW(reading->arena, struct cedar_uid);
        TRY(document_uid(reading, place, json, uid));
        *value = cedar_entity_value(uid);
        return FAULT_NONE;
    }
    const struct json_value *extension = json_member(json, TEXT("__extn"));
    if (extension != NULL) {
        struct document_place here = {.outer = place, .name = extension->name};
        if (json->count != 1)
            return document_refuse(reading, place, "nothing else may stand beside __extn.");
        return document_extension(reading, &here, extension, value);
    }
    if (json_member(json, TEXT("__expr")) != NULL)
        return document_refuse(reading, place, "__expr is no longer part of Cedar; write the value itself.");
    if (type != NULL && extension_of_type(type, &kind))
        return document_extension(reading, place, json, value);
    return read_members(reading, place, json, type, NULL, value);
}

enum fault document_value(const struct document_reading *reading, const struct document_place *place,
                          const struct json_value *json, const struct schema_type *type,
                          struct cedar_value *value)
{
    int64_t integer;
    enum cedar_kind kind;
    switch (json->kind) {
    case JSON_NULL:
        return document_refuse(reading, place, "Cedar has no null; leave the attribute out.");
    case JSON_BOOLEAN:
        *value = cedar_boolean(json->boolean);
        return FAULT_NONE;
    case JSON_NUMBER:
        if (!json_integer(json, &integer))
            return document_refuse(reading, place, "%s is not a whole number of 64 bits.", json->text.base);
        *value = cedar_long(integer);
        return FAULT_NONE;
    case JSON_STRING:
        if (type != NULL && extension_of_type(type, &kind))
            return document_extension_of(reading, place, kind, json, value);
        *value = cedar_string(arena_copy(reading->arena, json->text));
        return FAULT_NONE;
    case JSON_ARRAY:
        return read_set(reading, place, json, type, value);
    case JSON_OBJECT:
        return read_object(reading, place, json, type, value);
    }
    return document_refuse(reading, place, "this is no value.");
}
