/* Requests and their contexts in JSON, and names of entities as policies write them. */
#include "cedar/document.h"
#include "document_value.h"
#include "schema/schema_model.h"

/* The grammar of policies reads the literal; what is more than one (parentheses, comments, white space around)
 * is not a name. */
bool cedar_uid_parse(struct arena *arena, struct text text, struct cedar_uid *uid)
{
    const struct cedar_expression *expression;
    struct cedar_mistake mistake;
    if (text.length == 0 || cedar_expression_parse(arena, text, &expression, &mistake) != FAULT_NONE)
        return false;
    if (expression->operation != CEDAR_LITERAL || expression->literal.kind != CEDAR_ENTITY ||
        expression->span.offset != 0 || expression->span.length != text.length || text.base[0] == '(')
        return false;
    *uid = *expression->literal.entity;
    return true;
}

static enum fault read_name(const struct document_reading *reading, const struct json_value *request,
                            const char *name, struct cedar_uid *uid)
{
    const struct json_value *json = json_member(request, text_of(name));
    const struct document_place place = {.name = text_of(name)};
    if (json == NULL)
        return document_refuse(reading, &place, "this is missing.");
    if (json->kind != JSON_STRING)
        return document_uid(reading, &place, json, uid);
    if (!cedar_uid_parse(reading->arena, json->text, uid))
        return document_refuse(reading, &place, "%s is no entity; one is written User::\"alice\".",
                               document_shown(reading, json->text));
    return FAULT_NONE;
}

enum fault cedar_context_read(struct arena *arena, const struct json_value *json,
                              const struct cedar_schema *schema, const struct cedar_uid *action,
                              const struct cedar_record **context, struct text *mistake)
{
    const struct schema_action *known = schema != NULL ? schema_find_action(schema, action) : NULL;
    const struct document_reading reading = {.arena = arena, .mistake = mistake};
    const struct document_place place = {.name = TEXT("context")};
    return document_record(&reading, &place, json, known != NULL ? known->context : NULL, context);
}

enum fault cedar_request_read(struct arena *arena, const struct json_value *json,
                              const struct cedar_schema *schema, struct cedar_request *request,
                              struct text *mistake)
{
    static const char *const names[] = {"principal", "action", "resource", "context"};
    const struct document_reading reading = {.arena = arena, .mistake = mistake};
    const struct document_place place = {.name = TEXT("request")};
    if (json->kind != JSON_OBJECT)
        return document_refuse(&reading, &place, "an object is expected, there is %s.", document_kind(json));
    TRY(document_members_known(&reading, &place, json, names, 4));
    TRY(read_name(&reading, json, "principal", &request->principal));
    TRY(read_name(&reading, json, "action", &request->action));
    TRY(read_name(&reading, json, "resource", &request->resource));
    const struct json_value *context = json_member(json, TEXT("context"));
    request->context = &cedar_record_empty;
    if (context == NULL)
        return FAULT_NONE;
    return cedar_context_read(arena, context, schema, &request->action, &request->context, mistake);
}
