/* Both ways go through the table of fields: there is a name for every setting, and no other. */
#include "settings/setting_names.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "document_fields.h"
#include "mistake.h"

static const char prefix[] = "DRAGOMAN__", flag_path[] = "--set";
enum { SETTINGS_MAX = 512 };

struct names {
    struct arena *arena;
    struct text items[SETTINGS_MAX];
    size_t count;
};

struct text setting_variable(struct arena *arena, struct text path)
{
    SCOPED_BUFFER name = {0};
    buffer_append(&name, text_of(prefix));
    for (size_t i = 0; i < path.length; i++) {
        char c = path.base[i];
        bool is_lower = c >= 'a' && c <= 'z';
        if (c == '.')
            buffer_append(&name, TEXT("__"));
        else if (c >= 'A' && c <= 'Z')
            buffer_print(&name, "_%c", c);
        else
            buffer_append_byte(&name, is_lower ? (char)(c - 'a' + 'A') : c);
    }
    return arena_copy(arena, buffer_text(&name));
}

static void gather(struct names *names, const struct field *fields, struct text path)
{
    for (const struct field *field = fields; field->name != NULL; field++) {
        struct text name = arena_print(names->arena, "%.*s%s%s", TEXT_ARGUMENTS(path),
                                       path.length == 0 ? "" : ".", field->name);
        if (field->shape == FIELD_GROUP) {
            gather(names, field->fields, name);
            continue;
        }
        INVARIANT(names->count < SETTINGS_MAX);
        names->items[names->count++] = name;
    }
}

static struct names *all_names(struct arena *arena)
{
    struct names *names = ARENA_NEW(arena, struct names);
    *names = (struct names){.arena = arena};
    gather(names, kind_row(DOCUMENT_GATEWAY)->fields, TEXT(""));
    return names;
}

/* Of a name that nothing is called by: a part is set setting by setting; else the nearest name may be meant. */
static void add_unknown(struct documents *documents, struct text source, const char *said, struct text name,
                        struct text separator, const struct text *known, size_t count)
{
    struct text part =
        arena_print(documents->arena, "%.*s%.*s", TEXT_ARGUMENTS(name), TEXT_ARGUMENTS(separator));
    for (size_t i = 0; i < count; i++)
        if (name.length != 0 && text_starts_with(known[i], part)) {
            mistake_add(documents, source, 0, 0,
                        "this is a part with settings of its own; set those, such as %.*s",
                        TEXT_ARGUMENTS(known[i]));
            return;
        }
    mistake_add(documents, source, 0, 0, "%s%.*s", said,
                TEXT_ARGUMENTS(mistake_nearest(documents->arena, name, known, count)));
}

static bool find_variable(struct documents *documents, const struct document_file *file,
                          struct setting_place *place)
{
    struct names *names = all_names(documents->arena);
    *place = (struct setting_place){.source = text_of(file->path), .value = file->content};
    struct text *variables = ARENA_ARRAY(documents->arena, struct text, names->count);
    for (size_t i = 0; i < names->count; i++) {
        variables[i] = setting_variable(documents->arena, names->items[i]);
        if (text_equal(variables[i], place->source)) {
            place->path = names->items[i];
            return true;
        }
    }
    add_unknown(documents, place->source, "no setting is called so in the environment", place->source,
                TEXT("__"), variables, names->count);
    return false;
}

static bool find_flag(struct documents *documents, const struct document_file *file,
                      struct setting_place *place)
{
    struct text name = text_cut(&(struct text){file->content.base, file->content.length}, '=');
    struct text shown = text_is_printable(name) ? text_beginning(name, 100) : TEXT("");
    *place =
        (struct setting_place){.source = arena_print(documents->arena, "--set %.*s", TEXT_ARGUMENTS(shown))};
    if (name.length == file->content.length) {
        mistake_add(documents, place->source, 0, 0, "expected SETTING=VALUE, such as limits.threads=4");
        return false;
    }
    place->value = (struct text){name.base + name.length + 1, file->content.length - name.length - 1};
    if (text_starts_with(name, TEXT("spec.")))
        name = (struct text){name.base + 5, name.length - 5};
    struct names *names = all_names(documents->arena);
    for (size_t i = 0; i < names->count; i++)
        if (text_equal(names->items[i], name)) {
            place->path = names->items[i];
            return true;
        }
    add_unknown(documents, place->source, "there is no setting of this name", name, TEXT("."), names->items,
                names->count);
    return false;
}

bool setting_place_find(struct documents *documents, const struct document_file *file,
                        struct setting_place *place)
{
    return strcmp(file->path, flag_path) == 0 ? find_flag(documents, file, place)
                                              : find_variable(documents, file, place);
}

static int compare_variables(const void *a, const void *b)
{
    return strcmp(((const struct document_file *)a)->path, ((const struct document_file *)b)->path);
}

void documents_take_settings(struct documents *documents, char *const *flags, size_t flag_count)
{
    size_t count = 0, variables = 0;
    for (char **entry = environ; *entry != NULL; entry++)
        count += strncmp(*entry, prefix, sizeof(prefix) - 1) == 0;
    struct document_file *settings =
        ARENA_ARRAY(documents->arena, struct document_file, count + flag_count + 1);
    for (char **entry = environ; *entry != NULL; entry++) {
        if (strncmp(*entry, prefix, sizeof(prefix) - 1) != 0)
            continue;
        struct text value = text_of(*entry), name = text_cut(&value, '=');
        settings[variables++] = (struct document_file){arena_copy(documents->arena, name).base,
                                                       arena_copy(documents->arena, value), FILE_SETTING};
    }
    qsort(settings, variables, sizeof(*settings), compare_variables); /* the same set whatever their order */
    for (size_t i = 0; i < flag_count; i++)
        settings[variables + i] =
            (struct document_file){flag_path, arena_copy(documents->arena, text_of(flags[i])), FILE_SETTING};
    documents->settings = settings;
    documents->setting_count = variables + flag_count;
}
