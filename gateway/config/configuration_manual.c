/* Writes down what document_fields.c says. Nothing here knows any one field. */
#include "configuration_manual.h"

#include "config/documents.h"
#include "document_body.h"
#include "document_fields.h"
#include "json/json_writer.h"

static void write_type(struct buffer *out, struct arena *arena, const struct field *field)
{
    const struct value_row *row = value_row(field->type);
    if (field->shape == FIELD_LIST)
        buffer_print(out, "list of %s", row->label);
    else if (field->shape == FIELD_MAP)
        buffer_print(out, "%s → %s", value_row(field->name_type)->label, row->label);
    else
        buffer_print(out, "%s", row->label);
    if (field->type == VALUE_INTEGER)
        buffer_print(out, ", %jd–%jd %s", (intmax_t)field->minimum, (intmax_t)field->maximum, field->unit);
    else if (field->type == VALUE_DURATION)
        buffer_print(out, ", %.*s–%.*s", TEXT_ARGUMENTS(value_duration_words(arena, field->minimum)),
                     TEXT_ARGUMENTS(value_duration_words(arena, field->maximum)));
    for (size_t i = 0; row->names != NULL && row->names[i] != NULL; i++)
        buffer_print(out, "%s`%s`", i == 0 ? ": " : ", ", row->names[i]);
}

static void write_default(struct buffer *out, const struct field *field)
{
    if (field->is_required)
        buffer_append(out, TEXT("**required**"));
    else if (field->fallback != NULL)
        buffer_print(out, "`%s`", field->fallback);
    else if (field->otherwise != NULL)
        buffer_print(out, "%s", field->otherwise);
}

/* What else is to be known: the word of a dangerous choice, a former name, what a reload leaves. */
static void write_notes(struct buffer *out, const struct field *field)
{
    if (field->danger != DANGER_NONE)
        buffer_print(out, " **Dangerous** (%s): %s. Needs `%s` in `spec.insecure`.", field->dangerous,
                     danger_row(field->danger)->meaning, danger_row(field->danger)->word);
    if (field->former != NULL)
        buffer_print(out, " Called `spec.%s` before version %s, a name that is accepted before version %s.",
                     field->former->path, field->former->since, field->former->gone);
    if (field->restart != NULL)
        buffer_print(out, " **Needs a restart**: %s.", field->restart);
}

static void write_rows(struct buffer *out, struct arena *arena, const struct field *fields, const char *path)
{
    for (const struct field *field = fields; field->name != NULL; field++) {
        const char *name = arena_print(arena, "%s.%s", path, field->name).base;
        buffer_print(out, "| `%s` | ", name);
        if (field->shape == FIELD_GROUP)
            buffer_append(out, TEXT("mapping"));
        else if (field->shape == FIELD_GROUPS)
            buffer_print(out, "list of mappings, %jd–%jd", (intmax_t)field->minimum, (intmax_t)field->maximum);
        else
            write_type(out, arena, field);
        buffer_append(out, TEXT(" | "));
        write_default(out, field);
        buffer_print(out, " | %s", field->help);
        write_notes(out, field);
        buffer_append(out, TEXT(" |\n"));
        if (field->shape == FIELD_GROUPS)
            name = arena_print(arena, "%s[]", name).base;
        if (field->fields != NULL)
            write_rows(out, arena, field->fields, name);
    }
}

static const char head[] = "| field | type | default | what it is |\n| --- | --- | --- | --- |\n";

static void write_beginning(struct buffer *out, const char *title, const char *source, const char *what)
{
    buffer_print(
        out,
        "# %s\n\nMade from `gateway/config/%s`; do not edit. %s How documents are written, and where settings "
        "come from: [configuration.md](../configuration.md).\n\n",
        title, source, what);
}

void configuration_manual_settings(struct buffer *out)
{
    SCOPED_ARENA arena = arena_create();
    write_beginning(
        out, "Settings of the gateway", "gateway_fields.c",
        "Every field of `kind: Gateway`: its type and range, its default, what it is, and, where there is "
        "any, its danger, its former name and what a reload does not change.");
    buffer_append(out, text_of(head));
    write_rows(out, arena, kind_row(DOCUMENT_GATEWAY)->fields, "spec");
}

void configuration_manual_documents(struct buffer *out)
{
    SCOPED_ARENA arena = arena_create();
    write_beginning(out, "Documents", "document_fields.c",
                    "Every field of every kind but `Gateway`, which is in [settings.md](settings.md).");
    buffer_print(out, "## Every document\n\n%s", head);
    write_rows(out, arena, metadata_fields, "metadata");
    for (int i = DOCUMENT_GATEWAY + 1; i < DOCUMENT_KIND_COUNT; i++) {
        const struct kind_row *kind = kind_row((enum document_kind)i);
        buffer_print(out, "\n## kind: %s\n\n%s\n\n%s", kind->name, kind->help, head);
        write_rows(out, arena, kind->fields, "spec");
    }
}

/* A piece of schema that is written already. Members need their commas by hand: the fragments come without
 * braces. */
static void write_fragment(struct buffer *out, const struct value_row *row)
{
    buffer_print(out, "%s", row->schema);
    for (size_t i = 0; row->names != NULL && row->names[i] != NULL; i++)
        buffer_print(out, "%s\"%s\"", i == 0 ? ",\"enum\":[" : ",", row->names[i]);
    if (row->names != NULL)
        buffer_append_byte(out, ']');
}

static void write_value_schema(struct buffer *out, const struct field *field)
{
    const struct value_row *row = value_row(field->type);
    if (field->shape == FIELD_ONE) {
        if (field_is_in_bytes(field))
            buffer_append(out,
                          TEXT("\"type\":[\"integer\",\"string\"],\"pattern\":\"^[0-9]{1,9}(KiB|MiB|GiB)$\""));
        else
            write_fragment(out, row);
        if (field->type == VALUE_INTEGER)
            buffer_print(out, ",\"minimum\":%jd,\"maximum\":%jd", (intmax_t)field->minimum,
                         (intmax_t)field->maximum);
    } else if (field->shape == FIELD_LIST) {
        buffer_append(out, TEXT("\"type\":\"array\",\"items\":{"));
        write_fragment(out, row);
        buffer_print(out, "},\"minItems\":%jd,\"maxItems\":%jd,\"uniqueItems\":true", (intmax_t)field->minimum,
                     (intmax_t)field->maximum);
    } else {
        buffer_append(out, TEXT("\"type\":\"object\",\"additionalProperties\":{"));
        write_fragment(out, row);
        buffer_print(out, "},\"minProperties\":%jd,\"maxProperties\":%jd", (intmax_t)field->minimum,
                     (intmax_t)field->maximum);
    }
}

static void write_text_member(struct buffer *out, const char *name, const char *value)
{
    buffer_print(out, ",\"%s\":", name);
    struct json_writer writer = json_writer_on(out);
    json_write_text(&writer, text_of(value));
}

static void write_object(struct buffer *out, const struct field *fields);

static void write_objects(struct buffer *out, const struct field *field)
{
    buffer_append(out, TEXT("\"type\":\"array\",\"items\":{"));
    write_object(out, field->fields);
    buffer_print(out, "},\"minItems\":%jd,\"maxItems\":%jd", (intmax_t)field->minimum,
                 (intmax_t)field->maximum);
}

static void write_property(struct buffer *out, const struct field *field)
{
    SCOPED_ARENA arena = arena_create();
    buffer_print(out, "\"%s\":{", field->name);
    if (field->shape == FIELD_GROUP)
        write_object(out, field->fields);
    else if (field->shape == FIELD_GROUPS)
        write_objects(out, field);
    else
        write_value_schema(out, field);
    write_text_member(out, "description", field->help);
    if (field->danger != DANGER_NONE)
        write_text_member(out, "x-dragoman-insecure", danger_row(field->danger)->word);
    if (field->restart != NULL)
        write_text_member(out, "x-dragoman-restart", field->restart);
    if (field->fallback != NULL) {
        struct json_writer writer = json_writer_on(out);
        buffer_append(out, TEXT(",\"default\":"));
        json_write_value(&writer, document_body_value(arena, tree_of_literal(arena, field->fallback)));
    }
    buffer_append_byte(out, '}');
}

static void write_object(struct buffer *out, const struct field *fields)
{
    buffer_append(out, TEXT("\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"));
    for (const struct field *field = fields; field->name != NULL; field++) {
        if (field != fields)
            buffer_append_byte(out, ',');
        write_property(out, field);
    }
    buffer_append_byte(out, '}');
    const char *separator = ",\"required\":[";
    for (const struct field *field = fields; field->name != NULL; field++)
        if (field->is_required) {
            buffer_print(out, "%s\"%s\"", separator, field->name);
            separator = ",";
        }
    if (separator[1] == '\0')
        buffer_append_byte(out, ']');
}

static bool needs_spec(const struct kind_row *kind)
{
    for (const struct field *field = kind->fields; field->name != NULL; field++)
        if (field->is_required)
            return true;
    return false;
}

static void write_kind(struct buffer *out, const struct kind_row *kind)
{
    buffer_print(
        out, "{\"if\":{\"properties\":{\"kind\":{\"const\":\"%s\"}}},\"then\":{%s\"properties\":{\"spec\":{",
        kind->name, needs_spec(kind) ? "\"required\":[\"spec\"]," : "");
    write_object(out, kind->fields);
    write_text_member(out, "description", kind->help);
    buffer_append(out, TEXT("}}}}"));
}

/* JSON without white space, made readable: a member a line, two spaces a level. */
static void indent_json(struct text compact, struct buffer *out)
{
    unsigned depth = 0;
    bool is_quoted = false;
    for (size_t i = 0; i < compact.length; i++) {
        char c = compact.base[i], next = i + 1 < compact.length ? compact.base[i + 1] : '\0';
        if (is_quoted || c == '"') {
            buffer_append_byte(out, c);
            if (is_quoted && c == '\\')
                buffer_append_byte(out, compact.base[++i]);
            else
                is_quoted ^= c == '"';
            continue;
        }
        bool opens = c == '{' || c == '[', closes = c == '}' || c == ']';
        bool is_empty = opens && (next == '}' || next == ']');
        bool was_empty = closes && (compact.base[i - 1] == '{' || compact.base[i - 1] == '[');
        depth += opens;
        depth -= closes;
        if (closes && !was_empty)
            buffer_print(out, "\n%*s", (int)(2 * depth), "");
        buffer_append_byte(out, c);
        if ((opens && !is_empty) || c == ',')
            buffer_print(out, "\n%*s", (int)(2 * depth), "");
        else if (c == ':')
            buffer_append_byte(out, ' ');
    }
    buffer_append_byte(out, '\n');
}

void configuration_manual_schema(struct buffer *out)
{
    SCOPED_BUFFER compact = {0};
    buffer_append(&compact,
                  TEXT("{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","
                       "\"title\":\"Dragoman document\",\"type\":\"object\",\"additionalProperties\":false,"
                       "\"required\":[\"kind\",\"metadata\"],\"properties\":{\"kind\":{\"enum\":["));
    for (int i = 0; i < DOCUMENT_KIND_COUNT; i++)
        buffer_print(&compact, "%s\"%s\"", i == 0 ? "" : ",", kind_row((enum document_kind)i)->name);
    buffer_append(&compact, TEXT("]},\"metadata\":{"));
    write_object(&compact, metadata_fields);
    buffer_append(&compact, TEXT("},\"spec\":{\"type\":\"object\"}},\"allOf\":["));
    for (int i = 0; i < DOCUMENT_KIND_COUNT; i++) {
        if (i != 0)
            buffer_append_byte(&compact, ',');
        write_kind(&compact, kind_row((enum document_kind)i));
    }
    buffer_append(&compact, TEXT("]}"));
    indent_json(buffer_text(&compact), out);
}
