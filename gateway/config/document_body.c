/* Bodies: tree to JSON, JSON to YAML. What is written here reads back as the same tree, by this room's reader
 * and by other people's: text that their YAML may take for something else (yes, on, 0x1f) is quoted. */
#include "document_body.h"

#include <string.h>

#include "document_values.h"
#include "mistake.h"
#include "json/json_writer.h"

static struct json_value *json_of(struct arena *arena, const struct tree_node *node)
{
    static const enum json_kind kinds[] = {
        [TREE_BROKEN] = JSON_NULL,   [TREE_NULL] = JSON_NULL,   [TREE_BOOLEAN] = JSON_BOOLEAN,
        [TREE_NUMBER] = JSON_NUMBER, [TREE_TEXT] = JSON_STRING, [TREE_LINES] = JSON_STRING,
        [TREE_LIST] = JSON_ARRAY,    [TREE_MAP] = JSON_OBJECT};
    struct json_value *value = ARENA_NEW(arena, struct json_value);
    value->kind = kinds[node->kind];
    value->name = node->name;
    value->text = value->kind == JSON_NUMBER || value->kind == JSON_STRING ? node->text : TEXT_NONE;
    value->boolean = node->kind == TREE_BOOLEAN && text_is(node->text, "true");
    value->count = node->count;
    const struct json_value **last = &value->first;
    for (const struct tree_node *child = node->first; child != NULL; child = child->next) {
        struct json_value *next = json_of(arena, child);
        *last = next;
        last = &next->next;
    }
    return value;
}

const struct json_value *document_body_value(struct arena *arena, const struct tree_node *node)
{
    return json_of(arena, node);
}

const struct json_value *document_value_from_yaml(struct documents *documents, struct text source,
                                                  struct text content)
{
    struct tree_reader reader;
    size_t mistakes_before = documents->mistake_count;
    tree_reader_open(&reader, documents, source, content);
    const struct tree_node *root = tree_reader_next(&reader);
    if (root != NULL && tree_reader_next(&reader) != NULL)
        mistake_add(documents, source, 0, 0, "there is more than one document in it");
    else if (root == NULL && documents->mistake_count == mistakes_before)
        mistake_add(documents, source, 0, 0, "there is nothing in it");
    tree_reader_close(&reader);
    return documents->mistake_count != mistakes_before ? NULL : json_of(documents->arena, root);
}

struct text document_body_of(struct arena *arena, const struct tree_node *root)
{
    SCOPED_BUFFER out = {0};
    struct json_writer writer = json_writer_on(&out);
    json_write_value(&writer, json_of(arena, root));
    return arena_copy(arena, buffer_text(&out));
}

/* Text that means the same to every YAML reader without quotes. */
static bool is_plain(struct text text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char others[] = "0123456789_-./:+@";
    static const char *const words[] = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
    int64_t seconds;
    if (text_to_seconds(text, &seconds))
        return true;
    bool begins_well =
        text.length != 0 && (text.base[0] == '/' || memchr(letters, text.base[0], sizeof(letters) - 1) != NULL);
    if (!begins_well || text_ends_with(text, TEXT(":")))
        return false;
    for (size_t i = 0; i < text.length; i++)
        if (memchr(letters, text.base[i], sizeof(letters) - 1) == NULL &&
            memchr(others, text.base[i], sizeof(others) - 1) == NULL)
            return false;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (text_equal_ignoring_case(text, text_of(words[i])))
            return false;
    return true;
}

static void write_text(struct buffer *out, struct text text)
{
    if (is_plain(text)) {
        buffer_append(out, text);
        return;
    }
    struct json_writer writer = json_writer_on(out); /* JSON's quoted text is YAML's */
    json_write_text(&writer, text);
}

/* Whether it can stand as a literal block and come back byte for byte. */
static bool is_block(struct text text)
{
    bool has_words = false;
    for (size_t i = 0; i < text.length && !has_words; i++)
        has_words = text.base[i] != '\n' && text.base[i] != ' ' && text.base[i] != '\t';
    return has_words && memchr(text.base, '\n', text.length) != NULL && text_is_printable_lines(text);
}

static void indent(struct buffer *out, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++)
        buffer_append(out, TEXT("  "));
}

/* Behind "name:" in a line of its own indentation; what follows "|" says where the text begins, if its first
 * line does not show it, and how it ends. */
static void write_block(struct buffer *out, struct text text, unsigned depth)
{
    bool is_ended = text.base[text.length - 1] == '\n';
    bool has_more = text.length > 1 && text_ends_with(text, TEXT("\n\n"));
    bool is_indented = strchr(" \t\n", text.base[0]) != NULL;
    buffer_print(out, "|%s%s\n", is_indented ? "2" : "", !is_ended ? "-" : has_more ? "+" : "");
    if (is_ended)
        text.length--; /* the last line's end, which the loop writes */
    for (struct text rest = text; rest.base != NULL;) {
        struct text line = text_cut(&rest, '\n');
        if (line.length != 0)
            indent(out, depth);
        buffer_append(out, line);
        buffer_append_byte(out, '\n');
    }
}

static void write_node(struct buffer *out, const struct json_value *value, unsigned depth);

/* What stands behind "name:" or "-": a scalar on the same line, members and items on lines of their own. */
static void write_behind(struct buffer *out, const struct json_value *value, unsigned depth, bool begins_item)
{
    if (value->kind == JSON_STRING && is_block(value->text)) {
        buffer_append_byte(out, ' ');
        write_block(out, value->text, depth);
        return;
    }
    bool is_collection = (value->kind == JSON_ARRAY || value->kind == JSON_OBJECT) && value->first != NULL;
    if (!is_collection) {
        buffer_append_byte(out, ' ');
        write_node(out, value, depth);
        buffer_append_byte(out, '\n');
    } else if (begins_item && value->kind == JSON_OBJECT) {
        buffer_append_byte(out, ' '); /* "- name: value", its first member on the line of the dash */
        write_node(out, value, depth);
    } else {
        buffer_append_byte(out, '\n');
        indent(out, depth);
        write_node(out, value, depth);
    }
}

/* Writes from where the line stands; collections indent every line after their first and end it. */
static void write_node(struct buffer *out, const struct json_value *value, unsigned depth)
{
    switch (value->kind) {
    case JSON_NULL:
        buffer_append(out, TEXT("null"));
        return;
    case JSON_BOOLEAN:
        buffer_append(out, value->boolean ? TEXT("true") : TEXT("false"));
        return;
    case JSON_NUMBER:
        buffer_append(out, value->text);
        return;
    case JSON_STRING:
        write_text(out, value->text);
        return;
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    bool is_list = value->kind == JSON_ARRAY;
    if (value->first == NULL)
        buffer_append(out, is_list ? TEXT("[]") : TEXT("{}"));
    for (const struct json_value *child = value->first; child != NULL; child = child->next) {
        if (child != value->first)
            indent(out, depth);
        if (is_list) {
            buffer_append_byte(out, '-');
        } else {
            write_text(out, child->name);
            buffer_append_byte(out, ':');
        }
        write_behind(out, child, depth + 1, is_list);
    }
}

void document_value_to_yaml(const struct json_value *value, struct buffer *out)
{
    write_node(out, value, 0);
    if (value->first == NULL) /* what has lines of its own has ended the last */
        buffer_append_byte(out, '\n');
}

void document_body_to_yaml(struct text body, struct buffer *out)
{
    SCOPED_ARENA arena = arena_create();
    const struct json_value *value;
    if (json_parse(arena, body, &json_limits_document, &value) == FAULT_NONE && value->kind == JSON_OBJECT)
        document_value_to_yaml(value, out);
}
