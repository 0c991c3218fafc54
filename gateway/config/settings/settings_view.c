/* A tree like the document's, in which every name of a file is whole and what was not written is filled in. */
#include "config/settings_view.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/fault.h"
#include "document_body.h"
#include "document_fields.h"
#include "document_files.h"
#include "tree.h"
#include "json/json_writer.h"

struct viewing {
    struct arena *arena;
    const struct document *document;
    struct text working_folder;
    bool has_built_in, has_origins;
};

static const struct tree_origin built_in = {{"built-in", 8}, {NULL, 0}};

static void append(struct tree_node *collection, struct tree_node *node, struct text name)
{
    struct tree_node **end = &collection->first;
    while (*end != NULL)
        end = &(*end)->next;
    node->name = name;
    node->next = NULL;
    *end = node;
    collection->count++;
}

static struct tree_node *copy_alone(struct arena *arena, const struct tree_node *node)
{
    struct tree_node *copy = ARENA_NEW(arena, struct tree_node);
    *copy = *node;
    copy->next = NULL;
    return copy;
}

static void make_absolute(const struct viewing *viewing, struct tree_node *file)
{
    struct text folder =
        file->origin != NULL ? file->origin->folder : document_files_folder(viewing->document->source);
    if (folder.base != NULL)
        file->text = document_files_resolve(viewing->arena, folder, file->text);
    file->text = document_files_resolve(viewing->arena, viewing->working_folder, file->text);
}

static struct tree_node *shown_value(const struct viewing *viewing, const struct field *field,
                                     const struct tree_node *written)
{
    struct tree_node *value = copy_alone(viewing->arena, written);
    if (field->type != VALUE_FILE || field->shape == FIELD_MAP)
        return value;
    if (field->shape == FIELD_ONE) {
        make_absolute(viewing, value);
        return value;
    }
    value->first = NULL;
    value->count = 0;
    for (const struct tree_node *item = written->first; item != NULL; item = item->next) {
        struct tree_node *file = copy_alone(viewing->arena, item);
        make_absolute(viewing, file);
        append(value, file, TEXT_NONE);
    }
    return value;
}

static bool is_filled_in(const struct viewing *viewing, const struct field *field, const struct tree_node *map)
{
    return viewing->has_built_in && field->fallback != NULL &&
           (field->unless == NULL || tree_member(map, text_of(field->unless)) == NULL);
}

/* map: what is written of the group; NULL where nothing is. */
static struct tree_node *shown_group(const struct viewing *viewing, const struct field *fields,
                                     const struct tree_node *map)
{
    struct tree_node *group = ARENA_NEW(viewing->arena, struct tree_node);
    *group = (struct tree_node){.kind = TREE_MAP};
    for (const struct field *field = fields; field->name != NULL; field++) {
        const struct tree_node *written = tree_member(map, text_of(field->name));
        struct tree_node *shown = NULL;
        if (field->shape == FIELD_GROUP && (written != NULL || !field->is_optional))
            shown = shown_group(viewing, field->fields, written);
        else if (field->shape != FIELD_GROUP && written != NULL)
            shown = shown_value(viewing, field, written);
        else if (is_filled_in(viewing, field, map)) {
            shown = tree_of_literal(viewing->arena, field->fallback);
            shown->origin = &built_in;
        }
        if (shown != NULL && (field->shape != FIELD_GROUP || shown->count != 0))
            append(group, shown, text_of(field->name));
    }
    return group;
}

static struct text place_of(const struct viewing *viewing, const struct tree_node *node)
{
    struct text source = tree_source(node, viewing->document->source);
    bool is_in_file = node->origin == NULL || node->origin->folder.base != NULL;
    return !is_in_file ? source : arena_print(viewing->arena, "%.*s:%u", TEXT_ARGUMENTS(source), node->line);
}

/* A list stands on one line, as its origin does behind it. */
static void write_value(struct buffer *out, struct arena *arena, const struct tree_node *value)
{
    const struct json_value *json = document_body_value(arena, value);
    if (json->kind != JSON_ARRAY && json->kind != JSON_OBJECT) {
        document_value_to_yaml(json, out);
        out->length--; /* its line goes on */
        return;
    }
    struct json_writer writer = json_writer_on(out);
    json_write_value(&writer, json);
}

static void write_group(struct buffer *out, const struct viewing *viewing, const struct field *fields,
                        const struct tree_node *group, int depth)
{
    for (const struct field *field = fields; field->name != NULL; field++) {
        const struct tree_node *shown = tree_member(group, text_of(field->name));
        if (shown == NULL)
            continue;
        buffer_print(out, "%*s%s:", 2 * depth, "", field->name);
        if (field->shape == FIELD_GROUP) {
            buffer_append_byte(out, '\n');
            write_group(out, viewing, field->fields, shown, depth + 1);
            continue;
        }
        buffer_append_byte(out, ' ');
        write_value(out, viewing->arena, shown);
        if (viewing->has_origins)
            buffer_print(out, "  # %.*s", TEXT_ARGUMENTS(place_of(viewing, shown)));
        buffer_append_byte(out, '\n');
    }
}

static void write_origins(struct json_writer *writer, const struct viewing *viewing, const struct field *fields,
                          const struct tree_node *group, const char *path)
{
    for (const struct field *field = fields; field->name != NULL; field++) {
        const struct tree_node *shown = tree_member(group, text_of(field->name));
        if (shown == NULL)
            continue;
        const char *name =
            arena_print(viewing->arena, "%s%s%s", path, path[0] == '\0' ? "" : ".", field->name).base;
        if (field->shape == FIELD_GROUP) {
            write_origins(writer, viewing, field->fields, shown, name);
            continue;
        }
        json_begin_object(writer);
        json_member_text(writer, "setting", text_of(name));
        json_name(writer, TEXT("value"));
        json_write_value(writer, document_body_value(viewing->arena, shown));
        json_member_text(writer, "origin", place_of(viewing, shown));
        json_end_object(writer);
    }
}

static void write_json(struct buffer *out, const struct viewing *viewing, const struct field *fields,
                       struct tree_node *spec)
{
    struct json_writer writer = json_writer_on(out);
    if (viewing->has_origins) {
        json_begin_array(&writer);
        write_origins(&writer, viewing, fields, spec, "");
        json_end_array(&writer);
    } else {
        json_begin_object(&writer);
        json_member_text(&writer, "kind", TEXT("Gateway"));
        json_name(&writer, TEXT("metadata"));
        json_begin_object(&writer);
        json_member_text(&writer, "name", viewing->document->name);
        json_end_object(&writer);
        json_name(&writer, TEXT("spec"));
        json_write_value(&writer, document_body_value(viewing->arena, spec));
        json_end_object(&writer);
    }
    buffer_append_byte(out, '\n');
}

void settings_view_write(const struct documents *documents, const struct settings_view *view,
                         struct buffer *out)
{
    SCOPED_ARENA arena = arena_create();
    char working_folder[PATH_MAX] = "";
    const struct field *fields = kind_row(DOCUMENT_GATEWAY)->fields;
    struct viewing viewing = {
        .arena = arena, .has_built_in = view->has_built_in, .has_origins = view->has_origins};
    for (size_t i = 0; i < documents->count; i++)
        if (documents->items[i]->kind == DOCUMENT_GATEWAY)
            viewing.document = documents->items[i];
    INVARIANT(viewing.document != NULL);
    if (getcwd(working_folder, sizeof(working_folder)) != NULL)
        viewing.working_folder = text_of(working_folder);
    struct tree_node *spec = shown_group(&viewing, fields, tree_member(viewing.document->tree, TEXT("spec")));
    if (view->is_json) {
        write_json(out, &viewing, fields, spec);
        return;
    }
    buffer_print(out, "kind: Gateway\nmetadata: {name: %.*s}\nspec:\n", TEXT_ARGUMENTS(viewing.document->name));
    write_group(out, &viewing, fields, spec, 1);
}
