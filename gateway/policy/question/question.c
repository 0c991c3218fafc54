/* Questions for other decision points, made of the very request that Cedar is asked. */
#include "policy/question.h"

#include "cedar/extension.h"
#include "json/json_writer.h"

static void write_value(const struct cedar_value *value, struct json_writer *writer);

static void write_uid(const struct cedar_uid *uid, struct json_writer *writer)
{
    json_begin_object(writer);
    json_member_text(writer, "type", uid->type);
    json_member_text(writer, "id", uid->id);
    json_end_object(writer);
}

/* Whoever is asked has a clock. */
static void write_member(const struct cedar_attribute *attribute, struct json_writer *writer)
{
    if (attribute->value.kind == CEDAR_DATETIME)
        return;
    json_name(writer, attribute->name);
    write_value(&attribute->value, writer);
}

static void write_members(const struct cedar_record *record, struct json_writer *writer)
{
    for (size_t i = 0; record != NULL && i < record->count; i++)
        write_member(&record->attributes[i], writer);
}

static void write_set(const struct cedar_set *set, struct json_writer *writer)
{
    json_begin_array(writer);
    for (size_t i = 0; i < set->count; i++)
        write_value(&set->items[i], writer);
    json_end_array(writer);
}

static void write_address(const struct cedar_ipaddr *address, struct json_writer *writer)
{
    SCOPED_BUFFER text = {0};
    cedar_ipaddr_print(address, &text);
    json_write_text(writer, buffer_text(&text));
}

static void write_value(const struct cedar_value *value, struct json_writer *writer)
{
    switch (value->kind) {
    case CEDAR_BOOLEAN:
        json_write_boolean(writer, value->boolean);
        break;
    case CEDAR_STRING:
        json_write_text(writer, value->string);
        break;
    case CEDAR_ENTITY:
        write_uid(value->entity, writer);
        break;
    case CEDAR_SET:
        write_set(value->set, writer);
        break;
    case CEDAR_RECORD:
        json_begin_object(writer);
        write_members(value->record, writer);
        json_end_object(writer);
        break;
    case CEDAR_IPADDR:
        write_address(value->ipaddr, writer);
        break;
    case CEDAR_DURATION:
        json_write_integer(writer, value->integer / 1000);
        break;
    case CEDAR_LONG:
    case CEDAR_DECIMAL:
    case CEDAR_DATETIME:
        json_write_integer(writer, value->integer);
        break;
    }
}

static void write_properties(const struct cedar_entity *entity, struct json_writer *writer)
{
    write_members(entity->attributes, writer);
    json_name(writer, TEXT("attributes"));
    json_begin_object(writer);
    write_members(entity->tags, writer);
    json_end_object(writer);
    json_name(writer, TEXT("in"));
    json_begin_array(writer);
    for (size_t i = 0; i < entity->ancestor_count; i++)
        write_uid(&entity->ancestors[i], writer);
    json_end_array(writer);
}

/* Who gets what is asked for, though another is said to act. */
static void write_caller(const struct policy_identity *caller, struct json_writer *writer)
{
    SCOPED_BUFFER name = {0};
    if (caller->subject.length == 0)
        return;
    buffer_append(&name, caller->issuer);
    buffer_append_byte(&name, ' ');
    buffer_append(&name, caller->subject);
    const struct cedar_uid uid = {TEXT("Agent"), buffer_text(&name)};
    json_name(writer, TEXT("caller"));
    write_uid(&uid, writer);
}

/* Attributes, the tags in an object of their own, and what it belongs to. */
static void write_entity(struct text name, const struct cedar_entities *entities, const struct cedar_uid *uid,
                         struct json_writer *writer)
{
    const struct cedar_entity *entity = cedar_entities_find(entities, uid);
    json_name(writer, name);
    json_begin_object(writer);
    json_member_text(writer, "type", uid->type);
    json_member_text(writer, "id", uid->id);
    json_name(writer, TEXT("properties"));
    json_begin_object(writer);
    if (entity != NULL)
        write_properties(entity, writer);
    json_end_object(writer);
    json_end_object(writer);
}

/* Whoever it is done for is named in the context alone, so what is known of them goes there as well. */
static void write_context(const struct cedar_record *context, const struct cedar_entities *entities,
                          const struct policy_facts *facts, struct json_writer *writer)
{
    json_begin_object(writer);
    for (size_t i = 0; i < context->count; i++) {
        const struct cedar_attribute *attribute = &context->attributes[i];
        if (attribute->value.kind == CEDAR_ENTITY)
            write_entity(attribute->name, entities, attribute->value.entity, writer);
        else
            write_member(attribute, writer);
    }
    write_caller(&facts->caller, writer);
    if (facts->auth_time_s != 0)
        json_member_integer(writer, "auth_time", facts->auth_time_s);
    json_end_object(writer);
}

struct text policy_question(struct arena *arena, const struct policy_base *base,
                            const struct policy_facts *facts)
{
    struct cedar_request request;
    struct cedar_entities *entities;
    struct buffer out = buffer_in(arena, 2048);
    struct json_writer writer = json_writer_on(&out);
    /* An age would be another one every second; the time it is counted from stands below. */
    struct policy_facts ageless = *facts;
    ageless.auth_time_s = 0;
    policy_facts_request(arena, base, &ageless, &request, &entities);
    json_begin_object(&writer);
    write_entity(TEXT("subject"), entities, &request.principal, &writer);
    json_name(&writer, TEXT("action"));
    json_begin_object(&writer);
    json_member_text(&writer, "name", request.action.id);
    json_end_object(&writer);
    write_entity(TEXT("resource"), entities, &request.resource, &writer);
    json_name(&writer, TEXT("context"));
    write_context(request.context, entities, facts, &writer);
    json_end_object(&writer);
    return buffer_text(&out);
}
