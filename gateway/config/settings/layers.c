/* Trees are laid over trees, so that every source goes through the same binder and has the same mistakes. */
#include "settings/layers.h"

#include <string.h>

#include "document_fields.h"
#include "document_files.h"
#include "mistake.h"
#include "settings/former_names.h"
#include "settings/setting_names.h"

static void mark(struct tree_node *node, const struct tree_origin *origin)
{
    node->origin = origin;
    for (struct tree_node *child = node->first; child != NULL; child = child->next)
        mark(child, origin);
}

static const struct field *group_named(const struct field *fields, struct text name)
{
    for (const struct field *field = fields; field->name != NULL; field++)
        if (field->shape == FIELD_GROUP && text_is(name, field->name))
            return field;
    return NULL;
}

static void lay_over(struct tree_node *map, struct tree_node *over, const struct field *fields)
{
    for (struct tree_node *member = over->first, *next; member != NULL; member = next) {
        next = member->next;
        struct tree_node **link = tree_link(map, member->name);
        const struct field *group = group_named(fields, member->name);
        if (*link != NULL && group != NULL && (*link)->kind == TREE_MAP && member->kind == TREE_MAP) {
            lay_over(*link, member, group->fields);
            continue;
        }
        map->count += *link == NULL;
        member->next = *link == NULL ? NULL : (*link)->next;
        *link = member;
    }
}

static const struct tree_origin *origin_of(struct arena *arena, struct text source, struct text folder)
{
    struct tree_origin *origin = ARENA_NEW(arena, struct tree_origin);
    *origin = (struct tree_origin){source, folder};
    return origin;
}

/* A file with a mapping: the parts of spec that it says anew. */
static struct tree_node *read_drop_in(struct documents *documents, const struct document_file *file,
                                      const struct field *fields)
{
    struct tree_reader reader;
    struct text source = text_of(file->path);
    size_t mistakes_before = documents->mistake_count;
    tree_reader_open(&reader, documents, source, file->content);
    struct tree_node *parts = tree_reader_next(&reader);
    if (parts != NULL && tree_reader_next(&reader) != NULL)
        mistake_add(documents, source, 0, 0, "there is more than one document in it; a drop-in is one mapping");
    tree_reader_close(&reader);
    if (parts == NULL || documents->mistake_count != mistakes_before)
        return NULL;
    if (parts->kind != TREE_MAP || tree_member(parts, TEXT("kind")) != NULL) {
        mistake_add(
            documents, source, parts->line, parts->column,
            "expected a mapping of parts of the Gateway's spec, such as \"limits: {threads: 4}\", found %s",
            parts->kind != TREE_MAP ? mistake_found(documents->arena, parts).base : "a document");
        return NULL;
    }
    tree_refuse_lines(documents, source, parts, NULL);
    former_names_replace(documents, source, fields, parts);
    mark(parts, origin_of(documents->arena, source, document_files_folder(source)));
    return parts;
}

/* A value at a path of names as a mapping of mappings. */
static struct tree_node *nest(struct arena *arena, struct tree_node *value, struct text path)
{
    struct tree_node *top = ARENA_NEW(arena, struct tree_node), *map = top;
    *top = (struct tree_node){.kind = TREE_MAP};
    for (struct text rest = path; rest.base != NULL;) {
        struct text name = text_cut(&rest, '.');
        struct tree_node *member = rest.base == NULL ? value : ARENA_NEW(arena, struct tree_node);
        if (member != value)
            *member = (struct tree_node){.kind = TREE_MAP};
        member->name = name;
        map->first = member;
        map->count = 1;
        map = member;
    }
    return top;
}

static struct tree_node *read_setting(struct documents *documents, const struct document_file *file)
{
    struct setting_place place;
    if (!setting_place_find(documents, file, &place))
        return NULL;
    struct tree_node *value = tree_of_value(documents, place.source, place.value);
    if (value == NULL)
        return NULL;
    tree_refuse_lines(documents, place.source, value, NULL);
    struct tree_node *parts = nest(documents->arena, value, place.path);
    mark(parts, origin_of(documents->arena, place.source, TEXT_NONE));
    return parts;
}

/* The spec to lay over; made where the document has none. */
static struct tree_node *spec_of(struct arena *arena, struct tree_node *root)
{
    struct tree_node **link = tree_link(root, TEXT("spec"));
    if (*link == NULL) {
        *link = ARENA_NEW(arena, struct tree_node);
        **link = (struct tree_node){
            .kind = TREE_MAP, .line = root->line, .column = root->column, .name = TEXT("spec")};
        root->count++;
    }
    return *link;
}

void layers_lay(struct documents *documents, struct text folder, struct tree_node *root)
{
    size_t first = documents->file_count;
    const struct field *fields = kind_row(DOCUMENT_GATEWAY)->fields;
    document_files_note_layers(documents, folder);
    if (first == documents->file_count)
        return;
    struct tree_node *spec = spec_of(documents->arena, root);
    for (size_t i = first; i < documents->file_count; i++) {
        const struct document_file *file = &documents->files[i];
        struct tree_node *parts =
            file->role == FILE_DROP_IN ? read_drop_in(documents, file, fields) : read_setting(documents, file);
        if (parts != NULL && spec->kind == TREE_MAP)
            lay_over(spec, parts, fields);
    }
}
