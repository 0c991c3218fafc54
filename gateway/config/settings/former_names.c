/* Trees are changed in place: a value keeps the line and column where it was written. */
#include "settings/former_names.h"

#include "base/fault.h"
#include "mistake.h"

struct renaming {
    struct documents *documents;
    struct text source;
    struct tree_node *spec;
};

/* Off the mapping; NULL where it is not written. */
static struct tree_node *take(struct tree_node *spec, const char *path)
{
    struct text rest = text_of(path);
    struct tree_node *map = spec;
    for (;;) {
        if (map == NULL || map->kind != TREE_MAP)
            return NULL;
        struct tree_node **link = tree_link(map, text_cut(&rest, '.'));
        if (rest.base != NULL) {
            map = *link;
            continue;
        }
        struct tree_node *taken = *link;
        if (taken != NULL) {
            *link = taken->next;
            map->count--;
        }
        return taken;
    }
}

static void append(struct tree_node *map, struct tree_node *member, struct text name)
{
    struct tree_node **end = tree_link(map, name);
    INVARIANT(*end == NULL);
    member->name = name;
    member->next = NULL;
    *end = member;
    map->count++;
}

/* false: there is something in its place, or on the way. */
static bool put(struct renaming *renaming, struct tree_node *value, struct text path)
{
    struct tree_node *map = renaming->spec;
    for (;;) {
        struct text name = text_cut(&path, '.');
        struct tree_node *member = *tree_link(map, name);
        bool is_last = path.base == NULL;
        if (member != NULL && (is_last || member->kind != TREE_MAP))
            return false;
        if (is_last) {
            append(map, value, name);
            return true;
        }
        if (member == NULL) {
            member = ARENA_NEW(renaming->documents->arena, struct tree_node);
            *member = (struct tree_node){.kind = TREE_MAP,
                                         .line = value->line,
                                         .column = value->column,
                                         .name_line = value->name_line,
                                         .name_column = value->name_column};
            append(map, member, name);
        }
        map = member;
    }
}

static void rename_one(struct renaming *renaming, const struct former_name *former, struct text path)
{
    struct tree_node *value = take(renaming->spec, former->path);
    if (value == NULL)
        return;
    unsigned line = value->name_line, column = value->name_column;
    if (put(renaming, value, path))
        mistake_add_warning(renaming->documents, renaming->source, line, column,
                            "spec.%s is called spec.%.*s since version %s; version %s will not know it",
                            former->path, TEXT_ARGUMENTS(path), former->since, former->gone);
    else
        mistake_add(renaming->documents, renaming->source, line, column,
                    "spec.%s is the former name of spec.%.*s, which is written too; take the former away",
                    former->path, TEXT_ARGUMENTS(path));
}

static void rename_all(struct renaming *renaming, const struct field *fields, struct text path)
{
    for (const struct field *field = fields; field->name != NULL; field++) {
        struct text name = arena_print(renaming->documents->arena, "%.*s%s%s", TEXT_ARGUMENTS(path),
                                       path.length == 0 ? "" : ".", field->name);
        if (field->former != NULL)
            rename_one(renaming, field->former, name);
        if (field->shape == FIELD_GROUP)
            rename_all(renaming, field->fields, name);
    }
}

void former_names_replace(struct documents *documents, struct text source, const struct field *fields,
                          struct tree_node *spec)
{
    struct renaming renaming = {documents, source, spec};
    if (spec != NULL && spec->kind == TREE_MAP)
        rename_all(&renaming, fields, TEXT(""));
}
