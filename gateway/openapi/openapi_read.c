/* A document, path by path. What nobody wants is named and not looked at any further, so that a document may
 * have more than can be sent. */
#include "openapi/openapi.h"

#include <string.h>

#include "openapi_parts.h"

/* HEAD, OPTIONS and TRACE answer about the resource and not with it: they are no tools. */
static const struct {
    const char *member, *method;
} methods[] = {{"get", "GET"}, {"put", "PUT"}, {"post", "POST"}, {"delete", "DELETE"}, {"patch", "PATCH"}};

struct building {
    struct openapi_reading *reading;
    struct openapi_spot root;
    struct openapi_operation *operations;
    struct openapi_spot *spots;  /* where each of them stands */
    size_t count, bytes, values; /* of all definitions so far */
};

/* -- names */

static bool is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_' || byte == '-' || byte == '.';
}

/* operationId or METHOD_path, with an underscore for whatever a tool's name cannot have. */
static struct text tool_name(struct arena *arena, const struct openapi_draft *draft)
{
    struct text id = json_text_of(draft->spot.value, "operationId");
    if (id.length == 0) {
        struct text path = draft->operation.path;
        while (path.length != 0 && path.base[0] == '/')
            path = (struct text){path.base + 1, path.length - 1};
        id = arena_print(arena, "%.*s_%.*s", TEXT_ARGUMENTS(draft->operation.method), TEXT_ARGUMENTS(path));
    }
    char *name = arena_allocate(arena, id.length + 1);
    for (size_t i = 0; i < id.length; i++)
        name[i] = is_name_byte(id.base[i]) ? id.base[i] : '_';
    return (struct text){name, id.length};
}

static bool is_new_name(struct building *building, const struct openapi_draft *draft)
{
    struct text tool = draft->operation.tool;
    if (tool.length > OPENAPI_NAME_BYTES_MAX) {
        openapi_mistake(building->reading, draft->spot, "the name of a tool has at most %d bytes",
                        OPENAPI_NAME_BYTES_MAX);
        return false;
    }
    for (size_t i = 0; i < building->count; i++)
        if (text_equal(building->operations[i].tool, tool)) {
            openapi_mistake(building->reading, draft->spot, "a tool is called %.*s already, by %.*s",
                            TEXT_ARGUMENTS(openapi_quote(building->reading, tool)),
                            TEXT_ARGUMENTS(building->spots[i].pointer));
            return false;
        }
    return true;
}

/* -- operations */

/* In a list all tools are read again at once: by their values they have to fit in, too. */
static size_t values_in(const struct json_value *value)
{
    size_t count = 2; /* with its name */
    for (const struct json_value *child = value->first; child != NULL; child = child->next)
        count += values_in(child);
    return count;
}

static void keep(struct building *building, const struct openapi_draft *draft)
{
    struct openapi_operation *operation = &building->operations[building->count];
    struct arena *arena = building->reading->arena;
    size_t size = sizeof(struct openapi_parameter) * draft->operation.parameter_count;
    struct openapi_parameter *parameters = arena_allocate(arena, size + 1);
    memcpy(parameters, draft->parameters, size);
    *operation = draft->operation;
    operation->parameters = parameters;
    building->spots[building->count++] = draft->spot;
}

static void read_operation(struct building *building, struct openapi_draft *draft)
{
    struct openapi_reading *reading = building->reading;
    draft->operation.tool = tool_name(reading->arena, draft);
    if (!reading->reader->wants(reading->reader->context, draft->operation.tool) ||
        !is_new_name(building, draft))
        return;
    if (draft->spot.value->kind != JSON_OBJECT) {
        openapi_mistake(reading, draft->spot, "expected an operation (operationId, parameters, ...)");
        return;
    }
    if (building->count == OPENAPI_OPERATIONS_MAX) {
        openapi_mistake(reading, draft->spot, "more than %d operations are to be tools",
                        OPENAPI_OPERATIONS_MAX);
        return;
    }
    size_t mistakes_before = reading->mistakes;
    openapi_read_parameters(reading, draft);
    openapi_check_path(reading, draft);
    openapi_read_bodies(reading, draft);
    openapi_read_security(reading, building->root, draft);
    if (reading->mistakes != mistakes_before)
        return;
    building->bytes += openapi_write_definition(reading, draft);
    if (draft->operation.definition != NULL)
        building->values += values_in(draft->operation.definition);
    keep(building, draft);
}

static void read_path(struct building *building, struct openapi_spot item)
{
    struct text path = item.value->name;
    if (!openapi_resolve(building->reading, &item))
        return;
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        struct openapi_spot spot = openapi_member(building->reading, item, text_of(methods[i].member));
        if (spot.value == NULL)
            continue;
        struct openapi_draft *draft = ARENA_NEW(building->reading->scratch, struct openapi_draft);
        draft->path_item = item;
        draft->spot = spot;
        draft->operation.path = path;
        draft->operation.method = text_of(methods[i].method);
        read_operation(building, draft);
    }
}

static void read_paths(struct building *building)
{
    struct openapi_spot paths = openapi_member(building->reading, building->root, TEXT("paths"));
    if (paths.value == NULL || paths.value->kind != JSON_OBJECT) {
        openapi_mistake(building->reading, building->root, "paths is missing: it has the operations");
        return;
    }
    for (const struct json_value *item = paths.value->first; item != NULL; item = item->next)
        if (text_starts_with(item->name, TEXT("/")))
            read_path(building, openapi_member(building->reading, paths, item->name));
    if (building->count == 0 && building->reading->mistakes == 0)
        openapi_mistake(building->reading, paths,
                        "there is no operation in it that a rule of spec.mcp.tools fits");
    if (building->bytes > OPENAPI_DEFINITIONS_BYTES_MAX || building->values > OPENAPI_DEFINITIONS_VALUES_MAX)
        openapi_mistake(
            building->reading, paths,
            "all tools together need more than %d MiB or %d values to describe; choose fewer of them",
            OPENAPI_DEFINITIONS_BYTES_MAX / 1024 / 1024, OPENAPI_DEFINITIONS_VALUES_MAX);
}

static bool check_version(struct openapi_reading *reading, struct openapi_spot root)
{
    struct openapi_spot spot = openapi_member(reading, root, TEXT("openapi"));
    struct text version = json_string(spot.value);
    reading->is_3_0 = text_starts_with(version, TEXT("3.0."));
    if (reading->is_3_0 || text_starts_with(version, TEXT("3.1.")))
        return true;
    openapi_mistake(reading, spot.value == NULL ? root : spot,
                    "openapi: expected \"3.0.x\" or \"3.1.x\" in quotes, found %.*s",
                    TEXT_ARGUMENTS(spot.value == NULL ? TEXT("nothing") : openapi_quote(reading, version)));
    return false;
}

const struct openapi *openapi_read(struct arena *arena, const struct json_value *document,
                                   const struct openapi_reader *reader)
{
    SCOPED_ARENA scratch = arena_create();
    struct openapi_reading reading = {
        .arena = arena, .scratch = scratch, .document = document, .reader = reader};
    struct building building = {.reading = &reading, .root = {document, TEXT("")}};
    if (!check_version(&reading, building.root))
        return NULL;
    building.operations = ARENA_ARRAY(arena, struct openapi_operation, OPENAPI_OPERATIONS_MAX);
    building.spots = ARENA_ARRAY(scratch, struct openapi_spot, OPENAPI_OPERATIONS_MAX);
    read_paths(&building);
    if (reading.mistakes != 0)
        return NULL;
    const struct json_value *info = json_member(document, TEXT("info"));
    struct openapi *openapi = ARENA_NEW(arena, struct openapi);
    *openapi = (struct openapi){.title = json_text_of(info, "title"),
                                .version = json_text_of(info, "version"),
                                .description = json_text_of(info, "description"),
                                .operations = building.operations,
                                .count = building.count};
    return openapi;
}

const struct openapi_operation *openapi_find(const struct openapi *openapi, struct text tool)
{
    for (size_t i = 0; i < openapi->count; i++)
        if (text_equal(openapi->operations[i].tool, tool))
            return &openapi->operations[i];
    return NULL;
}
