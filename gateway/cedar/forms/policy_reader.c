/* Policies from Cedar's JSON policy format. What is read is printed and parsed again, so that a policy has a
 * text, and what is said of it later can show where. */
#include "document/document_entity_type.h"
#include "document/document_value.h"
#include "forms/expression_forms.h"

/* One of the three places of a head. */
struct head {
    const char *name, *slot; /* slot: NULL for an action */
};

static struct document_place inside(const struct document_place *place, const char *name)
{
    return (struct document_place){.outer = place, .name = text_of(name)};
}

static enum fault expect_object(const struct document_reading *reading, const struct document_place *place,
                                const struct json_value *json)
{
    if (json != NULL && json->kind == JSON_OBJECT)
        return FAULT_NONE;
    return document_refuse(reading, place, "an object is expected, there is %s.", document_kind(json));
}

static enum fault check_action(const struct document_reading *reading, const struct document_place *place,
                               const struct cedar_uid *uid)
{
    if (text_is(uid->type, "Action") || text_ends_with(uid->type, TEXT("::Action")))
        return FAULT_NONE;
    return document_refuse(reading, place, "the type of an action is Action, with or without a namespace.");
}

static enum fault read_actions(const struct document_reading *reading, const struct document_place *place,
                               const struct json_value *json, struct cedar_scope *scope)
{
    if (json->kind != JSON_ARRAY)
        return document_refuse(reading, place, "an array is expected, there is %s.", document_kind(json));
    struct cedar_uid *uids = ARENA_ARRAY(reading->arena, struct cedar_uid, json->count + (size_t)1);
    for (const struct json_value *element = json->first; element != NULL; element = element->next) {
        struct document_place here = {.outer = place, .index = scope->uid_count};
        TRY(document_uid(reading, &here, element, &uids[scope->uid_count]));
        TRY(check_action(reading, &here, &uids[scope->uid_count]));
        scope->uid_count++;
    }
    scope->uids = uids;
    return FAULT_NONE;
}

static enum fault read_entity(const struct document_reading *reading, const struct document_place *place,
                              const struct head *head, const struct json_value *json, struct cedar_scope *scope)
{
    struct cedar_uid *uid = ARENA_NEW(reading->arena, struct cedar_uid);
    TRY(document_uid(reading, place, json, uid));
    if (head->slot == NULL)
        TRY(check_action(reading, place, uid));
    scope->uids = uid;
    scope->uid_count = 1;
    return FAULT_NONE;
}

/* The one member that says what a place is held to: an entity, a slot, or several actions. */
static enum fault read_target(const struct document_reading *reading, const struct document_place *place,
                              const struct head *head, const struct json_value *json, struct cedar_scope *scope)
{
    const struct json_value *entity = json_member(json, TEXT("entity")),
                            *slot = json_member(json, TEXT("slot"));
    const struct json_value *entities = json_member(json, TEXT("entities"));
    if ((entity != NULL) + (slot != NULL) + (entities != NULL) != 1)
        return document_refuse(reading, place, "one of entity and %s is expected.",
                               head->slot == NULL ? "entities" : "slot");
    if (entity != NULL) {
        struct document_place here = inside(place, "entity");
        return read_entity(reading, &here, head, entity, scope);
    }
    if (entities != NULL) {
        struct document_place here = inside(place, "entities");
        return read_actions(reading, &here, entities, scope);
    }
    struct document_place here = inside(place, "slot");
    if (!json_is_string(slot) || head->slot == NULL || !text_is(slot->text, head->slot))
        return document_refuse(reading, &here, "only %s can stand here.",
                               head->slot != NULL ? head->slot : "an entity");
    scope->is_slot = true;
    return FAULT_NONE;
}

static enum fault read_type(const struct document_reading *reading, const struct document_place *place,
                            const struct head *head, const struct json_value *json, struct cedar_scope *scope)
{
    static const char *const names[] = {"entity", "slot"};
    struct text type = json_text_of(json, "entity_type");
    const struct json_value *in = json_member(json, TEXT("in"));
    struct document_place here = inside(place, "entity_type"), group = inside(place, "in");
    if (!document_is_entity_type(type))
        return document_refuse(reading, &here, "an entity type is a name such as User or Corp::User.");
    scope->type = arena_copy(reading->arena, type);
    scope->kind = in == NULL ? CEDAR_SCOPE_IS : CEDAR_SCOPE_IS_IN;
    if (in == NULL)
        return FAULT_NONE;
    TRY(expect_object(reading, &group, in));
    TRY(document_members_known(reading, &group, in, names, 2));
    return read_target(reading, &group, head, in, scope);
}

static enum fault read_scope(const struct document_reading *reading, const struct document_place *place,
                             const struct head *head, const struct json_value *policy,
                             struct cedar_scope *scope)
{
    static const char *const for_all[] = {"op"}, *const for_one[] = {"op", "entity", "slot"};
    static const char *const for_action[] = {"op", "entity", "entities"}, *const for_type[] = {
                                                                              "op", "entity_type", "in"};
    struct document_place here = inside(place, head->name), operator= inside(&here, "op");
    const struct json_value *json = json_member(policy, text_of(head->name));
    TRY(expect_object(reading, &here, json));
    struct text op = json_text_of(json, "op");
    if (text_is(op, "All") || text_is(op, "all"))
        return document_members_known(reading, &here, json, for_all, 1);
    if (text_is(op, "is") && head->slot != NULL) {
        TRY(document_members_known(reading, &here, json, for_type, 3));
        return read_type(reading, &here, head, json, scope);
    }
    if (!text_is(op, "==") && !text_is(op, "in"))
        return document_refuse(reading, &operator, "%s is expected.",
                               head->slot != NULL ? "\"All\", \"==\", \"in\" or \"is\""
                                                  : "\"All\", \"==\" or \"in\"");
    scope->kind = text_is(op, "in") ? CEDAR_SCOPE_IN : CEDAR_SCOPE_EQUAL;
    bool may_be_several = head->slot == NULL && scope->kind == CEDAR_SCOPE_IN;
    TRY(document_members_known(reading, &here, json, head->slot == NULL ? for_action : for_one,
                               head->slot != NULL || may_be_several ? 3 : 2));
    return read_target(reading, &here, head, json, scope);
}

static enum fault read_condition(const struct document_reading *reading, const struct document_place *place,
                                 const struct json_value *json, struct cedar_condition *condition)
{
    static const char *const names[] = {"kind", "body"};
    struct expression_reading inner = {.document = *reading, .parser = {.arena = reading->arena}};
    struct document_place kind = inside(place, "kind"), here = inside(place, "body");
    inner.parser.mistake = &inner.mistake;
    TRY(expect_object(reading, place, json));
    TRY(document_members_known(reading, place, json, names, 2));
    struct text word = json_text_of(json, "kind");
    condition->is_unless = text_is(word, "unless");
    if (!condition->is_unless && !text_is(word, "when"))
        return document_refuse(reading, &kind, "\"when\" or \"unless\" is expected.");
    const struct json_value *body = json_member(json, TEXT("body"));
    if (body == NULL)
        return document_refuse(reading, place, "body is missing.");
    return expression_read(&inner, &here, body, &condition->expression);
}

static enum fault read_conditions(const struct document_reading *reading, const struct document_place *place,
                                  const struct json_value *json, struct cedar_policy *policy)
{
    if (json == NULL || json->kind != JSON_ARRAY)
        return document_refuse(reading, place, "an array is expected, there is %s.", document_kind(json));
    struct cedar_condition *conditions =
        ARENA_ARRAY(reading->arena, struct cedar_condition, json->count + (size_t)1);
    policy->conditions = conditions;
    for (const struct json_value *element = json->first; element != NULL; element = element->next) {
        struct document_place here = {.outer = place, .index = policy->condition_count};
        TRY(read_condition(reading, &here, element, &conditions[policy->condition_count]));
        policy->condition_count++;
    }
    return FAULT_NONE;
}

static enum fault read_annotations(const struct document_reading *reading, const struct document_place *place,
                                   const struct json_value *json, struct cedar_policy *policy)
{
    if (json == NULL)
        return FAULT_NONE;
    TRY(expect_object(reading, place, json));
    struct cedar_annotation *annotations =
        ARENA_ARRAY(reading->arena, struct cedar_annotation, json->count + (size_t)1);
    policy->annotations = annotations;
    for (const struct json_value *member = json->first; member != NULL; member = member->next) {
        struct document_place here = {.outer = place, .name = member->name};
        if (!cedar_is_name(member->name))
            return document_refuse(reading, &here, "an annotation's name is made of letters, digits and _.");
        if (!json_is_string(member) && member->kind != JSON_NULL)
            return document_refuse(reading, &here, "a string or null is expected, there is %s.",
                                   document_kind(member));
        annotations[policy->annotation_count++] = (struct cedar_annotation){
            .name = member->name, .value = json_is_string(member) ? member->text : TEXT("")};
    }
    return FAULT_NONE;
}

static enum fault parse_printed(const struct document_reading *reading, const struct document_place *place,
                                const struct cedar_policy *read, struct cedar_policy *policy)
{
    struct cedar_mistake mistake = {.sentence = TEXT("")};
    struct cedar_policy *parsed;
    size_t count;
    struct buffer out = buffer_in(reading->arena, 256);
    cedar_policy_print(read, &out);
    if (cedar_policies_parse(reading->arena, buffer_text(&out), &parsed, &count, &mistake) != FAULT_NONE)
        return document_refuse(reading, place, "as Cedar text: %.*s.", TEXT_ARGUMENTS(mistake.sentence));
    INVARIANT(count == 1);
    *policy = parsed[0];
    return FAULT_NONE;
}

enum fault policy_read(const struct document_reading *reading, const struct document_place *place,
                       const struct json_value *json, struct cedar_policy *policy)
{
    static const char *const names[] = {"effect",   "principal",  "action",
                                        "resource", "conditions", "annotations"};
    static const struct head heads[] = {
        {"principal", "?principal"}, {"action", NULL}, {"resource", "?resource"}};
    struct cedar_policy read = {.tag = 0};
    struct cedar_scope *const scopes[] = {&read.principal, &read.action, &read.resource};
    struct document_place effect = inside(place, "effect"), conditions = inside(place, "conditions"),
                          annotations = inside(place, "annotations");
    TRY(expect_object(reading, place, json));
    TRY(document_members_known(reading, place, json, names, 6));
    read.is_forbid = text_is(json_text_of(json, "effect"), "forbid");
    if (!read.is_forbid && !text_is(json_text_of(json, "effect"), "permit"))
        return document_refuse(reading, &effect, "\"permit\" or \"forbid\" is expected.");
    for (size_t i = 0; i < 3; i++)
        TRY(read_scope(reading, place, &heads[i], json, scopes[i]));
    TRY(read_conditions(reading, &conditions, json_member(json, TEXT("conditions")), &read));
    TRY(read_annotations(reading, &annotations, json_member(json, TEXT("annotations")), &read));
    return parse_printed(reading, place, &read, policy);
}
