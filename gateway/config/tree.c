/* libyaml's events to trees, strictly. The reader goes on after every mistake it can: a refused tag or doubled
 * key leaves the rest of its document readable, a syntax error the rest of the stream. */
#include "tree.h"

#include <string.h>

#include "mistake.h"
#include "tree_syntax.h"

enum { NAME_BYTES_MAX = 256, MEMBERS_MAX = 1000 };

/* An event with its memory in our arena, positions from 1. */
struct event {
    yaml_event_type_t type;
    struct text text;
    unsigned line, column;
    bool is_plain;   /* a scalar without quotes */
    bool is_literal; /* a block behind "|" */
    bool has_anchor, has_tag, has_directive;
};

static void describe_scalar(struct tree_reader *reader, const yaml_event_t *raw, struct event *event)
{
    bool is_plain_style = raw->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    event->text = arena_copy(reader->documents->arena,
                             (struct text){(const char *)raw->data.scalar.value, raw->data.scalar.length});
    event->is_plain = is_plain_style;
    event->is_literal = raw->data.scalar.style == YAML_LITERAL_SCALAR_STYLE;
    event->has_anchor = raw->data.scalar.anchor != NULL;
    /* The non-specific tag "!" is visible only in what it takes away. */
    event->has_tag = raw->data.scalar.tag != NULL || (is_plain_style && !raw->data.scalar.plain_implicit);
}

static bool next_event(struct tree_reader *reader, struct event *event)
{
    yaml_event_t raw;
    if (!yaml_parser_parse(&reader->parser, &raw))
        return false;
    *event = (struct event){.type = raw.type,
                            .line = (unsigned)raw.start_mark.line + reader->lines_before + 1,
                            .column = (unsigned)raw.start_mark.column + 1};
    switch (raw.type) {
    case YAML_SCALAR_EVENT:
        describe_scalar(reader, &raw, event);
        break;
    case YAML_SEQUENCE_START_EVENT:
        event->has_anchor = raw.data.sequence_start.anchor != NULL;
        event->has_tag = raw.data.sequence_start.tag != NULL || !raw.data.sequence_start.implicit;
        break;
    case YAML_MAPPING_START_EVENT:
        event->has_anchor = raw.data.mapping_start.anchor != NULL;
        event->has_tag = raw.data.mapping_start.tag != NULL || !raw.data.mapping_start.implicit;
        break;
    case YAML_DOCUMENT_START_EVENT:
        event->has_directive = raw.data.document_start.version_directive != NULL ||
                               raw.data.document_start.tag_directives.start != NULL;
        break;
    default:
        break;
    }
    yaml_event_delete(&raw);
    return true;
}

static void mistake_at(struct tree_reader *reader, const struct event *event, struct text sentence)
{
    mistake_add(reader->documents, reader->source, event->line, event->column, "%.*s",
                TEXT_ARGUMENTS(sentence));
}

static void refuse_decorations(struct tree_reader *reader, const struct event *event)
{
    if (event->has_anchor)
        mistake_at(reader, event, TEXT("anchors (&name) are not allowed; write the value out"));
    if (event->has_tag)
        mistake_at(reader, event, TEXT("tags (!name) are not allowed; a value is what it is written as"));
}

/* JSON's number grammar (RFC 8259 section 6): no 0x, no octal, no 1_000, no .5, no infinity. */
static bool is_number(struct text text)
{
    const char *c = text.base, *end = text.base + text.length;
    c += c < end && *c == '-';
    if (c == end || *c < '0' || *c > '9')
        return false;
    size_t whole = strspn(c, "0123456789");
    if (whole > 1 && *c == '0')
        return false;
    c += whole;
    if (c < end && *c == '.') {
        size_t fraction = strspn(++c, "0123456789");
        if (fraction == 0)
            return false;
        c += fraction;
    }
    if (c < end && (*c == 'e' || *c == 'E')) {
        c++;
        c += c < end && (*c == '+' || *c == '-');
        size_t exponent = strspn(c, "0123456789");
        if (exponent == 0)
            return false;
        c += exponent;
    }
    return c == end;
}

static enum tree_kind kind_of_scalar(const struct event *event)
{
    if (!event->is_plain)
        return TREE_TEXT;
    if (event->text.length == 0 || text_is(event->text, "null") || text_is(event->text, "~"))
        return TREE_NULL;
    if (text_is(event->text, "true") || text_is(event->text, "false"))
        return TREE_BOOLEAN;
    return is_number(event->text) ? TREE_NUMBER : TREE_TEXT;
}

static struct tree_node *node_new(struct tree_reader *reader, const struct event *event, enum tree_kind kind)
{
    struct tree_node *node = ARENA_NEW(reader->documents->arena, struct tree_node);
    node->kind = kind;
    node->text = event->text;
    node->line = event->line;
    node->column = event->column;
    return node;
}

/* The source's line; those asked for come in order. */
static struct text source_line(struct tree_reader *reader, unsigned line)
{
    for (; reader->ahead_line < line && reader->ahead.base != NULL; reader->ahead_line++)
        (void)text_cut(&reader->ahead, '\n');
    struct text rest = reader->ahead, found = text_cut(&rest, '\n');
    if (text_ends_with(found, TEXT("\r")))
        found.length--;
    return found;
}

/* The lines of a literal block are lines of the source, each behind the same indentation (YAML 1.2 section
 * 8.1.2): the first that is not empty shows how much that is. */
static void place_literal(struct tree_reader *reader, const struct event *event, struct tree_node *node)
{
    struct text rest = event->text, first = text_cut(&rest, '\n');
    node->text_line = event->line + 1;
    unsigned line = node->text_line;
    for (; first.length == 0 && rest.base != NULL; line++)
        first = text_cut(&rest, '\n');
    struct text written = source_line(reader, line);
    if (first.length != 0 && written.length > first.length)
        node->text_indent = (unsigned)(written.length - first.length);
}

static const char one_line[] =
    "text must be one line without control characters and without marks that turn the direction of writing";

static struct tree_node *scalar_node(struct tree_reader *reader, const struct event *event)
{
    refuse_decorations(reader, event);
    bool is_line = text_is_printable(event->text);
    bool is_printable = (is_line || text_is_printable_lines(event->text)) && !tree_syntax_has_mark(event->text);
    if (!is_printable)
        mistake_at(reader, event, TEXT(one_line));
    bool is_sound = is_printable && !event->has_tag && !event->has_anchor;
    enum tree_kind kind = !is_sound ? TREE_BROKEN : is_line ? kind_of_scalar(event) : TREE_LINES;
    struct tree_node *node = node_new(reader, event, kind);
    if (event->is_literal)
        place_literal(reader, event, node);
    return node;
}

static bool read_node(struct tree_reader *reader, const struct event *event, unsigned depth,
                      struct tree_node **node);

static bool read_list(struct tree_reader *reader, unsigned depth, struct tree_node *list)
{
    struct tree_node **last = &list->first;
    for (;;) {
        struct event event;
        if (!next_event(reader, &event))
            return false;
        if (event.type == YAML_SEQUENCE_END_EVENT)
            return true;
        if (!read_node(reader, &event, depth + 1, last))
            return false;
        last = &(*last)->next;
        list->count++;
    }
}

/* Whether the name may be used in this mapping; says why not. */
static bool check_name(struct tree_reader *reader, const struct tree_node *map, const struct event *event,
                       const struct tree_node *key)
{
    if (key->kind == TREE_LIST || key->kind == TREE_MAP) {
        mistake_at(reader, event, TEXT("expected a name before the colon, found a list or mapping"));
        return false;
    }
    if (key->kind == TREE_BROKEN)
        return false;
    if (key->kind == TREE_LINES) {
        mistake_at(reader, event, TEXT(one_line));
        return false;
    }
    if (event->is_plain && text_is(key->text, "<<")) {
        mistake_at(reader, event, TEXT("merge keys (<<) are not allowed; write the members out"));
        return false;
    }
    if (key->text.length == 0 || key->text.length > NAME_BYTES_MAX) {
        mistake_at(reader, event, TEXT("a name before a colon has 1 to 256 bytes"));
        return false;
    }
    const struct tree_node *other = tree_member(map, key->text);
    if (other == NULL)
        return true;
    mistake_add(reader->documents, reader->source, event->line, event->column,
                "%.*s stands here twice, first in line %u",
                TEXT_ARGUMENTS(mistake_quote(reader->documents->arena, key->text)), other->name_line);
    return false;
}

static bool read_map(struct tree_reader *reader, unsigned depth, struct tree_node *map)
{
    struct tree_node **last = &map->first;
    for (;;) {
        struct event key_event, value_event;
        struct tree_node *key, *value;
        if (!next_event(reader, &key_event))
            return false;
        if (key_event.type == YAML_MAPPING_END_EVENT)
            return true;
        if (map->count == MEMBERS_MAX) {
            mistake_add(reader->documents, reader->source, key_event.line, key_event.column,
                        "more than %d members in one mapping", MEMBERS_MAX);
            return false;
        }
        if (!read_node(reader, &key_event, depth + 1, &key) || !next_event(reader, &value_event) ||
            !read_node(reader, &value_event, depth + 1, &value))
            return false;
        if (!check_name(reader, map, &key_event, key))
            continue;
        value->name = key->text;
        value->name_line = key->line;
        value->name_column = key->column;
        *last = value;
        last = &value->next;
        map->count++;
    }
}

/* false: the rest of the stream up to the next "---" cannot be read. */
static bool read_node(struct tree_reader *reader, const struct event *event, unsigned depth,
                      struct tree_node **node)
{
    if (event->type == YAML_SCALAR_EVENT) {
        *node = scalar_node(reader, event);
        return true;
    }
    if (event->type == YAML_ALIAS_EVENT) {
        mistake_at(reader, event, TEXT("aliases (*name) are not allowed; write the value out, or quote it"));
        *node = node_new(reader, event, TREE_BROKEN);
        return true;
    }
    INVARIANT(event->type == YAML_SEQUENCE_START_EVENT || event->type == YAML_MAPPING_START_EVENT);
    if (depth >= DOCUMENTS_DEPTH_MAX) {
        mistake_add(reader->documents, reader->source, event->line, event->column,
                    "lists and mappings are nested more than %d deep", DOCUMENTS_DEPTH_MAX);
        return false;
    }
    refuse_decorations(reader, event);
    bool is_list = event->type == YAML_SEQUENCE_START_EVENT;
    *node = node_new(reader, event, is_list ? TREE_LIST : TREE_MAP);
    return is_list ? read_list(reader, depth, *node) : read_map(reader, depth, *node);
}

static void start_parser(struct tree_reader *reader)
{
    INVARIANT(yaml_parser_initialize(&reader->parser) == 1);
    yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader->parser, (const unsigned char *)reader->content.base,
                                 reader->content.length);
    reader->document_line = 0;
    reader->ahead = reader->content;
    reader->ahead_line = reader->lines_before + 1;
}

void tree_reader_open(struct tree_reader *reader, struct documents *documents, struct text source,
                      struct text content)
{
    *reader = (struct tree_reader){.documents = documents, .source = source};
    if (text_starts_with(content, TEXT("\xef\xbb\xbf")))
        content = (struct text){content.base + 3, content.length - 3};
    reader->is_finished = !tree_syntax_check_bytes(documents, source, content);
    documents->is_incomplete |= reader->is_finished;
    reader->content = reader->is_finished || content.length == 0 ? TEXT("") : content;
    start_parser(reader);
}

void tree_reader_close(struct tree_reader *reader)
{
    yaml_parser_delete(&reader->parser);
}

/* A line that begins with "---" begins a document wherever it stands, also in a quoted text, so that reading
 * may safely go on there: at the line of the mistake or after it, but never where this document began. */
static void recover(struct tree_reader *reader, unsigned mistake_line)
{
    struct text rest = reader->content;
    unsigned line = reader->lines_before + 1;
    reader->documents->is_incomplete = true;
    for (; rest.base != NULL; line++) {
        struct text here = rest, text = text_cut(&rest, '\n');
        bool is_start =
            text_starts_with(text, TEXT("---")) && (text.length == 3 || strchr(" \t\r", text.base[3]) != NULL);
        if (!is_start || line < mistake_line || line <= reader->document_line ||
            here.base == reader->content.base)
            continue;
        yaml_parser_delete(&reader->parser);
        reader->content = here;
        reader->lines_before = line - 1;
        start_parser(reader);
        return;
    }
    reader->is_finished = true;
}

/* Reads from the start of a document to its end. NULL with reader->is_finished for the end of the stream, NULL
 * without for a document that could not be read. */
static struct tree_node *read_document(struct tree_reader *reader)
{
    struct event event;
    struct tree_node *root = NULL;
    reader->mistakes_before = reader->documents->mistake_count;
    while (next_event(reader, &event)) {
        switch (event.type) {
        case YAML_STREAM_START_EVENT:
            break;
        case YAML_DOCUMENT_START_EVENT:
            reader->document_line = event.line;
            if (event.has_directive)
                mistake_at(reader, &event, TEXT("directives (%YAML, %TAG) are not allowed"));
            break;
        case YAML_DOCUMENT_END_EVENT:
            return root;
        case YAML_STREAM_END_EVENT:
            reader->is_finished = true;
            return NULL;
        default:
            if (read_node(reader, &event, 0, &root))
                break;
            if (reader->parser.error != YAML_NO_ERROR)
                tree_syntax_explain(reader);
            recover(reader, reader->parser.error != YAML_NO_ERROR ? tree_syntax_line(reader) : event.line);
            return NULL;
        }
    }
    tree_syntax_explain(reader);
    recover(reader, tree_syntax_line(reader));
    return NULL;
}

struct tree_node *tree_reader_next(struct tree_reader *reader)
{
    while (!reader->is_finished) {
        struct tree_node *root = read_document(reader);
        if (root == NULL || root->kind == TREE_NULL)
            continue;
        if (++reader->document_count > DOCUMENTS_STREAM_MAX) {
            mistake_add(reader->documents, reader->source, root->line, root->column,
                        "more than %d documents in one stream; the rest was not read", DOCUMENTS_STREAM_MAX);
            reader->is_finished = reader->documents->is_incomplete = true;
            return NULL;
        }
        return root;
    }
    return NULL;
}

void tree_refuse_lines(struct documents *documents, struct text source, struct tree_node *root,
                       const struct tree_node *except)
{
    if (root == except)
        return;
    if (root->kind == TREE_LINES) {
        mistake_add(documents, source, root->line, root->column, "%s", one_line);
        root->kind = TREE_BROKEN;
    }
    for (struct tree_node *child = root->first; child != NULL; child = child->next)
        tree_refuse_lines(documents, source, child, except);
}

struct tree_node *tree_of_literal(struct arena *arena, const char *yaml)
{
    struct documents nowhere;
    struct tree_reader reader;
    documents_init(&nowhere, arena);
    tree_reader_open(&reader, &nowhere, TEXT("built in"), text_of(yaml));
    struct tree_node *root = read_document(&reader);
    tree_reader_close(&reader);
    INVARIANT(root != NULL && nowhere.mistake_count == 0);
    return root;
}

struct tree_node *tree_copy_with(struct arena *arena, const struct tree_node *root,
                                 const struct tree_node *replaced, const struct tree_node *by)
{
    struct tree_node *copied = ARENA_NEW(arena, struct tree_node);
    *copied = root == replaced ? *by : *root;
    copied->next = root->next;
    struct tree_node **last = &copied->first;
    for (const struct tree_node *child = copied->first; child != NULL; child = child->next) {
        *last = tree_copy_with(arena, child, replaced, by);
        last = &(*last)->next;
    }
    return copied;
}

const struct tree_node *tree_member(const struct tree_node *map, struct text name)
{
    if (map == NULL || map->kind != TREE_MAP)
        return NULL;
    for (const struct tree_node *member = map->first; member != NULL; member = member->next)
        if (text_equal(member->name, name))
            return member;
    return NULL;
}

struct tree_node **tree_link(struct tree_node *map, struct text name)
{
    struct tree_node **link = &map->first;
    while (*link != NULL && !text_equal((*link)->name, name))
        link = &(*link)->next;
    return link;
}

const struct tree_node *tree_nearest(const struct tree_node *root, const char *path)
{
    struct text rest = text_of(path);
    const struct tree_node *nearest = root;
    while (rest.length != 0) {
        const struct tree_node *member = tree_member(nearest, text_cut(&rest, '.'));
        if (member == NULL)
            return nearest;
        nearest = member;
    }
    return nearest;
}
