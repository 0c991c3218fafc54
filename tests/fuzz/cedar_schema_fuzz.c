/* Cedar schemas and the type checker. An input is a schema and, behind a line "====", policies. What is wrong
 * is said in words that are safe on a terminal, at a place that exists. And the promise validation is for:
 * policies that are right, asked a request that is right about entities that are right, never meet a value of
 * the wrong type nor an attribute that is missing. */
#include <string.h>

#include "cedar/extension.h"
#include "cedar/schema.h"
#include "schema/schema_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { TYPES_MAX = 64, WEIGHT_MAX = 2000, WORK = 100000 };

static void check_mistake(const struct cedar_mistake *mistake)
{
    INVARIANT(mistake->sentence.length != 0 && text_is_printable(mistake->sentence));
    INVARIANT((size_t)mistake->span.offset + mistake->span.length <= mistake->source.length);
}

/* A world that is right: one entity of each type, and every optional attribute or none. */
struct world {
    struct arena *arena;
    const struct cedar_schema *schema;
    bool has_optional;
};

static struct cedar_value value_of(const struct world *world, const struct schema_type *type);

static const struct cedar_record *record_of(const struct world *world, const struct schema_type *type)
{
    struct cedar_attribute *attributes =
        ARENA_ARRAY(world->arena, struct cedar_attribute, type->attribute_count + 1);
    struct cedar_value record;
    size_t count = 0;
    for (size_t i = 0; i < type->attribute_count; i++)
        if (type->attributes[i].is_required || world->has_optional)
            attributes[count++] =
                (struct cedar_attribute){type->attributes[i].name, value_of(world, type->attributes[i].type)};
    INVARIANT(cedar_record_value(world->arena, attributes, count, &record));
    return record.record;
}

static struct cedar_uid uid_of(const struct world *world, struct text name)
{
    const struct schema_entity *entity = schema_find_entity(world->schema, name);
    for (size_t i = 0; entity == NULL && i < world->schema->action_count; i++)
        if (text_equal(world->schema->actions[i].uid.type, name))
            return world->schema->actions[i].uid;
    INVARIANT(entity != NULL);
    return (struct cedar_uid){name, entity->ids != NULL ? entity->ids[0] : TEXT("")};
}

static struct cedar_value extension_of(const struct world *world, enum cedar_kind kind, struct text text)
{
    struct cedar_value value;
    INVARIANT(cedar_extension_parse(world->arena, kind, text, &value));
    return value;
}

static struct cedar_value value_of(const struct world *world, const struct schema_type *type)
{
    struct cedar_uid *uid;
    struct cedar_value *element;
    switch (type->kind) {
    case TYPE_LONG:
        return cedar_long(INT64_MAX);
    case TYPE_STRING:
        return cedar_string(TEXT(""));
    case TYPE_ENTITY:
        uid = ARENA_NEW(world->arena, struct cedar_uid);
        *uid = uid_of(world, type->name);
        return cedar_entity_value(uid);
    case TYPE_SET:
        element = ARENA_NEW(world->arena, struct cedar_value);
        *element = value_of(world, type->element);
        return cedar_set_value(world->arena, element, 1);
    case TYPE_RECORD:
        return (struct cedar_value){.kind = CEDAR_RECORD, .record = record_of(world, type)};
    case TYPE_DECIMAL:
        return extension_of(world, CEDAR_DECIMAL, TEXT("1.5"));
    case TYPE_IPADDR:
        return extension_of(world, CEDAR_IPADDR, TEXT("::1"));
    case TYPE_DATETIME:
        return extension_of(world, CEDAR_DATETIME, TEXT("2024-10-15"));
    case TYPE_DURATION:
        return extension_of(world, CEDAR_DURATION, TEXT("1d"));
    default:
        return cedar_boolean(world->has_optional);
    }
}

static void add_entity(const struct world *world, struct cedar_entities *entities,
                       const struct schema_entity *type)
{
    struct cedar_entity entity = {.uid = uid_of(world, type->name),
                                  .attributes = record_of(world, type->record)};
    if (type->tags != NULL && world->has_optional) {
        struct cedar_attribute *tag = ARENA_NEW(world->arena, struct cedar_attribute);
        struct cedar_value tags;
        *tag = (struct cedar_attribute){TEXT(""), value_of(world, type->tags)};
        INVARIANT(cedar_record_value(world->arena, tag, 1, &tags));
        entity.tags = tags.record;
    }
    INVARIANT(cedar_entities_add(entities, &entity));
}

static void add_action(const struct world *world, struct cedar_entities *entities,
                       const struct schema_action *action)
{
    const struct cedar_schema *schema = world->schema;
    struct cedar_uid *parents = ARENA_ARRAY(world->arena, struct cedar_uid, schema->action_count + 1);
    struct cedar_entity entity = {.uid = action->uid, .parents = parents};
    for (size_t i = 0; i < schema->action_count; i++)
        if (i != action->index && schema_bit(action->ancestors, i))
            parents[entity.parent_count++] = schema->actions[i].uid;
    INVARIANT(cedar_entities_add(entities, &entity));
}

static struct cedar_entities *populate(const struct world *world)
{
    struct cedar_entities *entities = cedar_entities_create(world->arena, NULL);
    struct cedar_uid culprit;
    struct text mistake;
    for (size_t i = 0; i < world->schema->entity_count; i++)
        add_entity(world, entities, &world->schema->entities[i]);
    for (size_t i = 0; i < world->schema->action_count; i++)
        add_action(world, entities, &world->schema->actions[i]);
    INVARIANT(cedar_entities_seal(entities, &culprit) == FAULT_NONE);
    INVARIANT(cedar_entities_validate(world->arena, world->schema, entities, &mistake) == FAULT_NONE);
    return entities;
}

static bool contains(struct text text, struct text part)
{
    return memmem(text.base, text.length, part.base, part.length) != NULL;
}

/* What may still go wrong: numbers that do not fit, and entities that are named but not there. */
static void ask(const struct world *world, const struct cedar_entities *entities,
                const struct cedar_policy_index *index, const struct cedar_request *request)
{
    struct cedar_response response;
    struct text mistake;
    INVARIANT(cedar_request_validate(world->arena, world->schema, request, &mistake) == FAULT_NONE);
    cedar_authorize(world->arena, index, entities, request, WORK, &response);
    for (size_t i = 0; i < response.error_count; i++) {
        struct text sentence = response.errors[i].sentence;
        INVARIANT(!text_starts_with(sentence, TEXT("expected ")));
        INVARIANT(!contains(sentence, TEXT(" has no attribute ")) && !contains(sentence, TEXT(" has no tag ")));
    }
}

static void ask_everything(const struct world *world, const struct cedar_policy_index *index)
{
    const struct cedar_entities *entities = populate(world);
    for (size_t i = 0; i < world->schema->action_count; i++) {
        const struct schema_action *action = &world->schema->actions[i];
        for (size_t j = 0; j < action->principal_count; j++)
            for (size_t k = 0; k < action->resource_count; k++) {
                struct cedar_request request = {.principal = uid_of(world, action->principals[j]->name),
                                                .action = action->uid,
                                                .resource = uid_of(world, action->resources[k]->name),
                                                .context = record_of(world, action->context)};
                ask(world, entities, index, &request);
            }
    }
}

static bool is_small(const struct cedar_schema *schema)
{
    size_t weight = 0;
    for (size_t i = 0; i < schema->entity_count; i++) {
        weight += schema->entities[i].record->weight;
        weight += schema->entities[i].tags != NULL ? schema->entities[i].tags->weight : 0;
    }
    for (size_t i = 0; i < schema->action_count; i++)
        weight += schema->actions[i].context->weight;
    return weight <= WEIGHT_MAX && schema->entity_count <= TYPES_MAX && schema->action_count <= TYPES_MAX;
}

static void check_policies(struct arena *arena, const struct cedar_schema *schema, struct text text)
{
    struct cedar_policy *policies = NULL;
    struct cedar_mistake mistake;
    struct cedar_validation validation = {0};
    size_t count = 0, linked = 0;
    if (cedar_policies_parse(arena, text, &policies, &count, &mistake) != FAULT_NONE)
        return;
    const struct cedar_policy **all = ARENA_ARRAY(arena, const struct cedar_policy *, count + 1);
    for (size_t i = 0; i < count; i++)
        all[i] = &policies[i];
    cedar_validate(arena, schema, all, count, &validation);
    for (size_t i = 0; i < validation.count; i++)
        check_mistake(&validation.mistakes[i]);
    if (validation.count != 0 || !is_small(schema))
        return;
    for (size_t i = 0; i < count; i++)
        if (!policies[i].is_template)
            all[linked++] = &policies[i];
    const struct cedar_policy_index *index = cedar_policy_index_create(arena, all, linked);
    ask_everything(&(struct world){arena, schema, false}, index);
    ask_everything(&(struct world){arena, schema, true}, index);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    SCOPED_ARENA arena = arena_create();
    struct text input = {(const char *)bytes, size}, policies = TEXT_NONE;
    const char *line = size != 0 ? memmem(bytes, size, "\n====\n", 6) : NULL;
    if (line != NULL) {
        policies = (struct text){line + 6, size - (size_t)(line + 6 - input.base)};
        input.length = (size_t)(line - input.base);
    }
    struct cedar_schema *schema = NULL;
    struct cedar_mistake mistake;
    if (cedar_schema_parse(arena, input, &schema, &mistake) != FAULT_NONE)
        check_mistake(&mistake);
    else if (policies.base != NULL)
        check_policies(arena, schema, policies);
    return 0;
}
