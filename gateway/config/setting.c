/* The rows of document_fields.c as a table for a terminal. Nothing here knows any one setting; the same rows as
 * Markdown and as JSON Schema are configuration_manual.c's. */
#include "config/setting.h"

#include <string.h>

#include "base/manual_page.h"
#include "config/documents.h"
#include "document_fields.h"
#include "mistake.h"
#include "settings/setting_names.h"

enum { NAMES_LISTED_MAX = 512 };

struct listed {
    struct text name, fallback, range;
    const char *help;
};

struct table {
    struct arena *arena;
    struct listed rows[NAMES_LISTED_MAX];
    size_t count;
};

static struct text default_of(const struct field *field)
{
    return text_of(field->is_required         ? "(required)"
                   : field->fallback != NULL  ? field->fallback
                   : field->otherwise != NULL ? field->otherwise
                                              : "");
}

static struct text names_of(struct arena *arena, const struct value_row *row)
{
    struct text names = TEXT_NONE;
    for (size_t i = 0; row->names[i] != NULL; i++)
        names = arena_print(arena, "%.*s%s%s", TEXT_ARGUMENTS(names), i == 0 ? "" : ", ", row->names[i]);
    return names;
}

static struct text value_range(struct arena *arena, const struct field *field)
{
    const struct value_row *row = value_row(field->type);
    if (field->type == VALUE_INTEGER)
        return arena_print(arena, "%jd to %jd %s", (intmax_t)field->minimum, (intmax_t)field->maximum,
                           field->unit);
    if (field->type == VALUE_DURATION)
        return arena_print(arena, "%.*s to %.*s", TEXT_ARGUMENTS(value_duration_words(arena, field->minimum)),
                           TEXT_ARGUMENTS(value_duration_words(arena, field->maximum)));
    return text_of(row->label);
}

/* What a value may be, with its unit. */
static struct text range_of(struct arena *arena, const struct field *field)
{
    switch (field->shape) {
    case FIELD_LIST:
        return arena_print(arena, "%jd to %jd × %s", (intmax_t)field->minimum, (intmax_t)field->maximum,
                           value_row(field->type)->label);
    case FIELD_MAP:
        return arena_print(arena, "%jd to %jd × %s: %s", (intmax_t)field->minimum, (intmax_t)field->maximum,
                           value_row(field->name_type)->label, value_row(field->type)->label);
    default:
        return value_range(arena, field);
    }
}

/* Groups are not settings; their members are. */
static void gather(struct table *table, const struct field *fields, const char *path)
{
    for (const struct field *field = fields; field->name != NULL; field++) {
        struct text name = arena_print(table->arena, "%s%s%s", path, path[0] == '\0' ? "" : ".", field->name);
        if (field->fields != NULL) {
            gather(table, field->fields, name.base);
            continue;
        }
        INVARIANT(table->count < NAMES_LISTED_MAX);
        table->rows[table->count++] =
            (struct listed){name, default_of(field), range_of(table->arena, field), field->help};
    }
}

/* Columns on a terminal: continuation bytes of UTF-8 take none. */
static size_t width_of(struct text text)
{
    size_t width = 0;
    for (size_t i = 0; i < text.length; i++)
        width += ((unsigned char)text.base[i] & 0xc0) != 0x80;
    return width;
}

static size_t widest(size_t so_far, struct text text)
{
    enum { WIDEST = 34 }; /* a long default moves its own line alone */
    size_t width = width_of(text);
    return width <= so_far || width > WIDEST ? so_far : width;
}

static void write_cell(struct buffer *out, struct text text, size_t width)
{
    size_t used = width_of(text);
    buffer_print(out, "%.*s%*s", TEXT_ARGUMENTS(text), (int)(used < width ? width - used + 2 : 2), "");
}

static void write_table(struct buffer *out, const struct table *table)
{
    struct listed head = {TEXT("setting"), TEXT("default"), TEXT("range"), "what it is"};
    size_t name = 0, fallback = width_of(head.fallback), range = width_of(head.range);
    for (size_t i = 0; i < table->count; i++) {
        size_t width = width_of(table->rows[i].name);
        name = width > name ? width : name;
        fallback = widest(fallback, table->rows[i].fallback);
        range = widest(range, table->rows[i].range);
    }
    for (size_t i = 0; i <= table->count; i++) {
        const struct listed *row = i == 0 ? &head : &table->rows[i - 1];
        write_cell(out, row->name, name);
        write_cell(out, row->fallback, fallback);
        write_cell(out, row->range, range);
        buffer_print(out, "%s\n", row->help);
    }
}

static void write_details(struct buffer *out, struct arena *arena, const struct kind_row *kind,
                          const char *path, const struct field *field)
{
    const struct value_row *row = value_row(field->type);
    buffer_print(out, "spec.%s (kind: %s)\n  %s\n\n", path, kind->name, field->help);
    buffer_print(out, "  type     %s%s\n",
                 field->shape == FIELD_LIST  ? "list of "
                 : field->shape == FIELD_MAP ? "mapping to "
                                             : "",
                 row->label);
    if (field->unit != NULL)
        buffer_print(out, "  unit     %s%s\n", field->unit,
                     field_is_in_bytes(field) ? "; or a number with KiB, MiB or GiB" : "");
    if (field->type == VALUE_DURATION)
        buffer_append(out, TEXT("  unit     a number with s, m, h or d: seconds, minutes, hours, days\n"));
    if (row->names != NULL)
        buffer_print(out, "  values   %.*s\n", TEXT_ARGUMENTS(names_of(arena, row)));
    buffer_print(out, "  range    %.*s\n", TEXT_ARGUMENTS(range_of(arena, field)));
    buffer_print(out, "  default  %.*s\n", TEXT_ARGUMENTS(default_of(field)));
    if (kind == kind_row(DOCUMENT_GATEWAY))
        buffer_print(out, "  variable %.*s\n", TEXT_ARGUMENTS(setting_variable(arena, text_of(path))));
    if (field->restart != NULL)
        buffer_print(out, "  restart  %s\n", field->restart);
    if (field->danger != DANGER_NONE)
        buffer_print(out, "  danger   %s: %s; needs \"%s\" in spec.insecure\n", field->dangerous,
                     danger_row(field->danger)->meaning, danger_row(field->danger)->word);
    if (field->former != NULL)
        buffer_print(out, "  former   spec.%s until version %s, accepted before version %s\n",
                     field->former->path, field->former->since, field->former->gone);
}

/* The row a path leads to; NULL when there is none. */
static const struct field *field_at(const struct field *fields, struct text path)
{
    const struct field *found = NULL;
    while (path.length != 0) {
        struct text name = text_cut(&path, '.');
        found = fields;
        while (found != NULL && found->name != NULL && !text_is(name, found->name))
            found++;
        if (found == NULL || found->name == NULL)
            return NULL;
        fields = found->fields;
    }
    return found;
}

/* "Target.scopes" is of kind Target; what names no kind is of kind Gateway. */
static const struct kind_row *kind_named(struct text *path)
{
    struct text rest = *path, first = text_cut(&rest, '.');
    enum document_kind kind;
    if (!document_kind_parse(first, &kind))
        return kind_row(DOCUMENT_GATEWAY);
    *path = rest;
    return kind_row(kind);
}

static void write_unknown(struct buffer *out, struct table *table, const struct kind_row *kind,
                          const char *name)
{
    gather(table, kind->fields, "");
    struct text *known = ARENA_ARRAY(table->arena, struct text, table->count + DOCUMENT_KIND_COUNT);
    size_t count = 0;
    for (size_t i = 0; i < table->count; i++)
        known[count++] = table->rows[i].name;
    for (unsigned i = 0; strchr(name, '.') == NULL && i < DOCUMENT_KIND_COUNT; i++)
        known[count++] = text_of(kind_row(i)->name);
    buffer_print(out, "there is no setting \"%s\"%.*s\nsee them all with: dragomand config --explain", name,
                 TEXT_ARGUMENTS(mistake_nearest(table->arena, text_of(name), known, count)));
    buffer_append_byte(out, '\n');
}

bool setting_explain(const char *name, struct buffer *out)
{
    SCOPED_ARENA arena = arena_create();
    struct table *table = ARENA_NEW(arena, struct table);
    table->arena = arena;
    struct text path = text_of(name);
    const struct kind_row *kind = kind_named(&path);
    if (text_starts_with(path, TEXT("spec.")))
        path = (struct text){path.base + 5, path.length - 5};
    const char *whole = arena_copy(arena, path).base;
    const struct field *field = field_at(kind->fields, path);
    if (path.length != 0 && field == NULL) {
        write_unknown(out, table, kind, whole);
        return false;
    }
    if (field != NULL && field->fields == NULL) {
        write_details(out, arena, kind, whole, field);
        return true;
    }
    buffer_print(out, "kind: %s, under spec. %s\n\n", kind->name, field == NULL ? kind->help : field->help);
    gather(table, field == NULL ? kind->fields : field->fields, field == NULL ? "" : whole);
    write_table(out, table);
    return true;
}

static void write_manual_rows(struct buffer *out, struct arena *arena, const struct field *fields,
                              const char *path)
{
    for (const struct field *field = fields; field->name != NULL; field++) {
        const char *name = arena_print(arena, "%s.%s", path, field->name).base;
        struct text fallback = default_of(field);
        if (field->fields != NULL)
            manual_page_item(out, name, field->help);
        else
            manual_page_item(out, name,
                             arena_print(arena, "%s\n\n%.*s%s%.*s", field->help,
                                         TEXT_ARGUMENTS(range_of(arena, field)),
                                         fallback.length == 0 ? "" : "; default: ", TEXT_ARGUMENTS(fallback))
                                 .base);
        if (field->fields != NULL)
            write_manual_rows(out, arena, field->fields,
                              field->shape == FIELD_GROUPS ? arena_print(arena, "%s[]", name).base : name);
    }
}

void setting_manual_page(struct buffer *out)
{
    SCOPED_ARENA arena = arena_create();
    manual_page_begin(out, "dragoman.yaml", 5, "documents that tell the Dragoman gateway what to do");
    manual_page_section(out, "DESCRIPTION");
    manual_page_text(out,
                     "A document is a mapping with kind, metadata and spec, in YAML or JSON; a file holds one "
                     "or more, apart from "
                     "each other by a line with three dashes. dragomand check says what is wrong with them.");
    manual_page_section(out, "EVERY DOCUMENT");
    write_manual_rows(out, arena, metadata_fields, "metadata");
    for (int i = 0; i < DOCUMENT_KIND_COUNT; i++) {
        const struct kind_row *kind = kind_row((enum document_kind)i);
        manual_page_section(out, arena_print(arena, "KIND: %s", kind->name).base);
        manual_page_text(out, kind->help);
        write_manual_rows(out, arena, kind->fields, "spec");
    }
    manual_page_section(out, "SEE ALSO");
    manual_page_text(out, "dragomand(8), dragoman(1)");
}
