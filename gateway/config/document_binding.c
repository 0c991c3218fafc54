/* The binder. A value that is missing takes its default by the same way as one that is written. */
#include "document_binding.h"

#include <string.h>

#include "document_body.h"
#include "document_fields.h"
#include "document_files.h"
#include "document_rules.h"
#include "mistake.h"
#include "settings/dangers.h"
#include "settings/former_names.h"
#include "settings/layers.h"

struct binding {
    struct documents *documents;
    struct document *document;
    char *base; /* what rows' offsets count from: the document, or the item of a list */
    struct text source, folder;
};

/* Where a value stands and how people call the place. */
struct place {
    const struct field *field;
    const struct tree_node *node;
    struct text path;
};

#define ADD_MISTAKE(binding, node, ...)                                                                        \
    mistake_add((binding)->documents, tree_source((node), (binding)->source), (node)->line, (node)->column,    \
                __VA_ARGS__)

static void bind_group(struct binding *binding, const struct field *fields, const struct tree_node *map,
                       struct text path, bool is_written);

static struct text join(struct binding *binding, struct text path, const char *name)
{
    return path.length == 0 ? text_of(name)
                            : arena_print(binding->documents->arena, "%.*s.%s", TEXT_ARGUMENTS(path), name);
}

static void expect(struct binding *binding, const struct place *place, const struct tree_node *node,
                   struct text expected)
{
    if (node->kind == TREE_BROKEN)
        return;
    struct arena *arena = binding->documents->arena;
    bool is_hidden = place->field->is_secret && node->kind != TREE_NULL;
    struct text found = is_hidden ? TEXT("something else") : mistake_found(arena, node);
    ADD_MISTAKE(binding, node, "%.*s: expected %.*s, found %.*s", TEXT_ARGUMENTS(place->path),
                TEXT_ARGUMENTS(expected), TEXT_ARGUMENTS(found));
}

static bool read_number(const struct field *field, const struct tree_node *node, int64_t *number)
{
    if (field->type == VALUE_DURATION)
        return node->kind == TREE_TEXT && text_to_seconds(node->text, number);
    if (field_is_in_bytes(field) && node->kind == TREE_TEXT)
        return text_to_bytes(node->text, number);
    return node->kind == TREE_NUMBER && text_to_int64(node->text, number);
}

static bool bind_number(struct binding *binding, const struct place *place, int64_t *number)
{
    const struct field *field = place->field;
    struct arena *arena = binding->documents->arena;
    if (read_number(field, place->node, number) && *number >= field->minimum && *number <= field->maximum)
        return true;
    struct text expected = field->type == VALUE_DURATION
                               ? arena_print(arena, "a duration from %.*s to %.*s (a number and s, m, h or d)",
                                             TEXT_ARGUMENTS(value_duration_words(arena, field->minimum)),
                                             TEXT_ARGUMENTS(value_duration_words(arena, field->maximum)))
                               : arena_print(arena, "a whole number from %jd to %jd%s",
                                             (intmax_t)field->minimum, (intmax_t)field->maximum,
                                             field_is_in_bytes(field)
                                                 ? " (of bytes, or of KiB, MiB or GiB with that unit behind it)"
                                                 : "");
    expect(binding, place, place->node, expected);
    return false;
}

/* Names from a closed list: says which, and which one may have been meant. */
static void expect_name(struct binding *binding, const struct place *place, const struct tree_node *node,
                        const struct value_row *row)
{
    enum { NAMES_MAX = 16 };
    struct text names[NAMES_MAX];
    size_t count = 0;
    while (row->names[count] != NULL && count < NAMES_MAX) {
        names[count] = text_of(row->names[count]);
        count++;
    }
    struct arena *arena = binding->documents->arena;
    struct text nearest = mistake_nearest(arena, node->text, names, count);
    ADD_MISTAKE(binding, node, "%.*s: expected %s, found %.*s%.*s", TEXT_ARGUMENTS(place->path), row->expected,
                TEXT_ARGUMENTS(mistake_found(arena, node)), TEXT_ARGUMENTS(nearest));
}

/* One text of the field's type; number and boolean only where a claim may be one. */
static bool check_text(struct binding *binding, const struct place *place, const struct tree_node *node,
                       enum value_type type)
{
    const struct value_row *row = value_row(type);
    bool is_other_scalar = node->kind == TREE_NUMBER || node->kind == TREE_BOOLEAN;
    if (is_other_scalar && type != VALUE_CLAIM_VALUE && row->names == NULL &&
        value_is_valid(type, node->text)) {
        struct text words = arena_print(binding->documents->arena, "text (in quotes, if \"%.*s\" is meant)",
                                        TEXT_ARGUMENTS(node->text));
        expect(binding, place, node, words);
        return false;
    }
    bool is_text = node->kind == TREE_TEXT || (node->kind == TREE_LINES && type == VALUE_POLICIES);
    if (is_text || (is_other_scalar && type == VALUE_CLAIM_VALUE)) {
        if (value_is_valid(type, node->text))
            return true;
        if (row->names != NULL) {
            expect_name(binding, place, node, row);
            return false;
        }
    }
    expect(binding, place, node, text_of(row->expected));
    return false;
}

/* A file is named relative to the one that names it; what came from no file has no folder to start from. */
static struct text resolve_file(struct binding *binding, const struct place *place, struct text name)
{
    const struct tree_origin *origin = place->node->origin;
    struct text folder = origin != NULL ? origin->folder : binding->folder;
    if (folder.base != NULL)
        return document_files_resolve(binding->documents->arena, folder, name);
    if (name.base[0] != '/')
        expect(binding, place, place->node,
               origin != NULL ? TEXT("an absolute file name, since this setting stands in no file")
                              : TEXT("an absolute file name, since this document stands in no file"));
    return name;
}

/* Files that are read along must be where the gateway's own are: stored documents would find them on one
 * gateway and not on the next. */
static struct text resolve_content_file(struct binding *binding, const struct place *place, struct text name)
{
    if (binding->folder.base != NULL)
        return resolve_file(binding, place, name);
    expect(binding, place, place->node,
           TEXT("the text in the document itself, since this one stands in no file"));
    return TEXT_NONE;
}

static void bind_one(struct binding *binding, const struct place *place, void *out)
{
    const struct tree_node *node = place->node;
    switch (place->field->type) {
    case VALUE_BOOLEAN:
        if (node->kind != TREE_BOOLEAN)
            expect(binding, place, node, TEXT("true or false"));
        else if (out != NULL)
            *(bool *)out = text_is(node->text, "true");
        return;
    case VALUE_INTEGER:
    case VALUE_DURATION: {
        int64_t number;
        if (bind_number(binding, place, &number))
            *(int64_t *)out = number;
        return;
    }
    case VALUE_SETTINGS:
        if (node->kind != TREE_MAP)
            expect(binding, place, node, text_of(value_row(VALUE_SETTINGS)->expected));
        else
            *(const struct json_value **)out = document_body_value(binding->documents->arena, node);
        return;
    case VALUE_JWKS: {
        const struct tree_node *keys = tree_member(node, TEXT("keys"));
        if (keys == NULL || keys->kind != TREE_LIST || keys->count == 0)
            expect(binding, place, node, text_of(value_row(VALUE_JWKS)->expected));
        else
            *(const struct json_value **)out = document_body_value(binding->documents->arena, node);
        return;
    }
    default:
        if (!check_text(binding, place, node, place->field->type))
            return;
        if (out != NULL)
            *(struct text *)out = place->field->type == VALUE_FILE ? resolve_file(binding, place, node->text)
                                  : place->field->type == VALUE_CONTENT_FILE
                                      ? resolve_content_file(binding, place, node->text)
                                      : node->text;
    }
}

static bool check_count(struct binding *binding, const struct place *place, const char *what)
{
    const struct field *field = place->field;
    if ((int64_t)place->node->count >= field->minimum && (int64_t)place->node->count <= field->maximum)
        return true;
    ADD_MISTAKE(binding, place->node, "%.*s: expected %jd to %jd %s, found %u", TEXT_ARGUMENTS(place->path),
                (intmax_t)field->minimum, (intmax_t)field->maximum, what, place->node->count);
    return false;
}

static bool is_doubled(const struct tree_node *list, const struct tree_node *item)
{
    for (const struct tree_node *other = list->first; other != item; other = other->next)
        if (text_equal(other->text, item->text))
            return true;
    return false;
}

/* The names of this type stand in the order of their enum's bits. None at all if one of them is bad. */
static unsigned bits_of(enum value_type type, const struct text *names, size_t count)
{
    unsigned bits = 0;
    for (size_t i = 0; i < count; i++) {
        if (names[i].length == 0)
            return 0;
        bits |= 1u << value_name_index(type, names[i]);
    }
    return bits;
}

static void bind_list(struct binding *binding, const struct place *place, void *out)
{
    if (place->node->kind != TREE_LIST) {
        expect(binding, place, place->node,
               arena_print(binding->documents->arena, "a list, each item %s",
                           value_row(place->field->type)->expected));
        return;
    }
    if (!check_count(binding, place, "items"))
        return;
    struct text *items = ARENA_ARRAY(binding->documents->arena, struct text, place->node->count + 1);
    size_t count = 0;
    for (const struct tree_node *item = place->node->first; item != NULL; item = item->next) {
        struct text *kept = &items[count++]; /* empty for a bad item, so that the others keep their places */
        if (!check_text(binding, place, item, place->field->type))
            continue;
        if (place->field->type != VALUE_ARGUMENT && is_doubled(place->node, item))
            ADD_MISTAKE(binding, item, "%.*s: %.*s stands here twice", TEXT_ARGUMENTS(place->path),
                        TEXT_ARGUMENTS(mistake_found(binding->documents->arena, item)));
        *kept = place->field->type == VALUE_FILE ? resolve_file(binding, place, item->text) : item->text;
    }
    bool are_bits = place->field->type == VALUE_CLIENT_METHOD || place->field->type == VALUE_TERMINATOR_HEADER;
    if (are_bits)
        *(unsigned *)out = bits_of(place->field->type, items, count);
    else
        *(struct text_list *)out = (struct text_list){items, count};
}

static void bind_map(struct binding *binding, const struct place *place, void *out)
{
    if (place->node->kind != TREE_MAP) {
        expect(binding, place, place->node,
               arena_print(binding->documents->arena, "a mapping from %s to %s",
                           value_row(place->field->name_type)->label, value_row(place->field->type)->label));
        return;
    }
    if (!check_count(binding, place, "members"))
        return;
    struct name_value *items =
        ARENA_ARRAY(binding->documents->arena, struct name_value, place->node->count + 1);
    size_t count = 0;
    for (const struct tree_node *member = place->node->first; member != NULL; member = member->next) {
        struct tree_node name = {
            .kind = TREE_TEXT, .text = member->name, .line = member->name_line, .column = member->name_column};
        bool is_good = check_text(binding, place, &name, place->field->name_type);
        if (check_text(binding, place, member, place->field->type) && is_good)
            items[count++] = (struct name_value){member->name, member->text};
    }
    *(struct name_value_list *)out = (struct name_value_list){items, count};
}

static void bind_groups(struct binding *binding, const struct place *place, void *out)
{
    const struct field *field = place->field;
    if (place->node->kind != TREE_LIST) {
        expect(binding, place, place->node, TEXT("a list of mappings"));
        return;
    }
    if (!check_count(binding, place, "items"))
        return;
    char *items = arena_allocate(binding->documents->arena, place->node->count * field->item_size);
    char *outer = binding->base;
    *(struct mapping_list *)out = (struct mapping_list){items, place->node->count};
    binding->base = items;
    for (const struct tree_node *item = place->node->first; item != NULL; item = item->next) {
        if (item->kind == TREE_MAP)
            bind_group(binding, field->fields, item, place->path, true);
        else
            expect(binding, place, item, TEXT("a mapping"));
        binding->base += field->item_size;
    }
    binding->base = outer;
}

static const struct field *field_named(const struct field *fields, struct text name)
{
    for (const struct field *field = fields; field->name != NULL; field++)
        if (text_is(name, field->name))
            return field;
    return NULL;
}

/* Where people write a secret, a key or a certificate into the document itself: which member names its file.
 * NULL where the name is only unknown. What was written is never repeated. */
static const char *file_advice(struct arena *arena, const struct field *fields, struct text name)
{
    static const char *const secrets[] = {"secret",   "clientSecret", "client_secret",
                                          "password", "privateKey",   NULL};
    struct text file_name = arena_print(arena, "%.*sFile", TEXT_ARGUMENTS(name));
    bool is_secret = false;
    for (size_t i = 0; secrets[i] != NULL; i++)
        is_secret |= text_is(name, secrets[i]);
    const struct field *field = field_named(fields, is_secret ? TEXT("secretFile") : file_name);
    if (field != NULL)
        return arena_print(arena, "put it in a file of its own and name that with %s", field->name).base;
    return is_secret ? "secrets do not belong in documents" : NULL;
}

static void check_known(struct binding *binding, const struct field *fields, const struct tree_node *member,
                        struct text path)
{
    enum { FIELDS_MAX = 32 };
    struct text names[FIELDS_MAX];
    size_t count = 0;
    if (field_named(fields, member->name) != NULL)
        return;
    for (const struct field *field = fields; field->name != NULL && count < FIELDS_MAX; field++)
        names[count++] = text_of(field->name);
    struct arena *arena = binding->documents->arena;
    const char *advice = file_advice(arena, fields, member->name);
    struct text hint = advice != NULL ? arena_print(arena, ": %s", advice)
                                      : mistake_nearest(arena, member->name, names, count);
    mistake_add(binding->documents, tree_source(member, binding->source), member->name_line,
                member->name_column, "unknown key %.*s in %.*s%.*s",
                TEXT_ARGUMENTS(mistake_quote(arena, member->name)),
                TEXT_ARGUMENTS(path.length == 0 ? TEXT("a document") : path), TEXT_ARGUMENTS(hint));
}

static void bind_field(struct binding *binding, const struct place *place)
{
    void *out = place->field->offset == FIELD_NOT_KEPT ? NULL : binding->base + place->field->offset;
    switch (place->field->shape) {
    case FIELD_ONE:
        bind_one(binding, place, out);
        break;
    case FIELD_LIST:
        bind_list(binding, place, out);
        break;
    case FIELD_MAP:
        bind_map(binding, place, out);
        break;
    case FIELD_GROUPS:
        bind_groups(binding, place, out);
        break;
    case FIELD_GROUP:
        if (place->node->kind == TREE_MAP)
            bind_group(binding, place->field->fields, place->node, place->path, true);
        else
            expect(binding, place, place->node, TEXT("a mapping"));
        break;
    }
}

/* A missing member: a mistake, or its default, or what its group's members have as theirs. */
static void bind_absent(struct binding *binding, const struct field *field, const struct tree_node *map,
                        struct text path, bool is_written)
{
    struct place place = {.field = field, .path = join(binding, path, field->name)};
    if (field->is_required) {
        if (is_written)
            ADD_MISTAKE(binding, map, "%.*s is missing: %s", TEXT_ARGUMENTS(place.path), field->help);
    } else if (field->shape == FIELD_GROUP) {
        bind_group(binding, field->fields, map, place.path, false);
    } else if (field->fallback != NULL) {
        place.node = tree_of_literal(binding->documents->arena, field->fallback);
        bind_field(binding, &place);
    }
}

/* is_written: map is the group itself; otherwise the group is left out and takes its defaults. */
static void bind_group(struct binding *binding, const struct field *fields, const struct tree_node *map,
                       struct text path, bool is_written)
{
    for (const struct tree_node *member = is_written ? map->first : NULL; member != NULL; member = member->next)
        check_known(binding, fields, member, path);
    for (const struct field *field = fields; field->name != NULL; field++) {
        const struct tree_node *member = is_written ? tree_member(map, text_of(field->name)) : NULL;
        if (member == NULL) {
            bind_absent(binding, field, map, path, is_written);
            continue;
        }
        struct place place = {.field = field, .node = member, .path = join(binding, path, field->name)};
        bind_field(binding, &place);
    }
}

static const struct field root_fields[] = {{.name = "kind", .type = VALUE_TEXT, .offset = FIELD_NOT_KEPT},
                                           {.name = "metadata",
                                            .shape = FIELD_GROUP,
                                            .fields = metadata_fields,
                                            .offset = FIELD_NOT_KEPT,
                                            .is_required = true},
                                           {.name = "spec", .shape = FIELD_GROUP, .offset = FIELD_NOT_KEPT},
                                           {.name = NULL}};

static bool bind_kind(struct binding *binding, const struct tree_node *root)
{
    struct text names[DOCUMENT_KIND_COUNT];
    for (int i = 0; i < DOCUMENT_KIND_COUNT; i++)
        names[i] = text_of(kind_row((enum document_kind)i)->name);
    const struct tree_node *kind = tree_member(root, TEXT("kind"));
    struct arena *arena = binding->documents->arena;
    if (kind == NULL) {
        ADD_MISTAKE(binding, root, "kind is missing%.*s",
                    TEXT_ARGUMENTS(mistake_nearest(arena, TEXT(""), names, DOCUMENT_KIND_COUNT)));
        return false;
    }
    if (kind->kind == TREE_TEXT && document_kind_parse(kind->text, &binding->document->kind))
        return true;
    struct text name = kind->kind == TREE_TEXT ? kind->text : TEXT("");
    if (kind->kind != TREE_BROKEN)
        ADD_MISTAKE(binding, kind, "kind: expected a kind of document, found %.*s%.*s",
                    TEXT_ARGUMENTS(mistake_found(arena, kind)),
                    TEXT_ARGUMENTS(mistake_nearest(arena, name, names, DOCUMENT_KIND_COUNT)));
    return false;
}

static void bind_metadata(struct binding *binding, const struct tree_node *root)
{
    const struct field *field = &root_fields[1];
    struct place place = {
        .field = field, .node = tree_member(root, text_of(field->name)), .path = text_of(field->name)};
    if (place.node == NULL)
        ADD_MISTAKE(binding, root, "metadata is missing: it holds the document's name");
    else
        bind_field(binding, &place);
}

/* A spec left out is an empty one: its fields have defaults, or are missing. */
static void bind_spec(struct binding *binding, const struct tree_node *root)
{
    const struct tree_node empty = {.kind = TREE_MAP, .line = root->line, .column = root->column};
    const struct tree_node *written = tree_member(root, text_of(root_fields[2].name));
    struct field field = root_fields[2];
    field.fields = kind_row(binding->document->kind)->fields;
    struct place place = {
        .field = &field, .node = written != NULL ? written : &empty, .path = text_of(field.name)};
    bind_field(binding, &place);
}

/* What is stored has no lines of its own: it is kept in canonical form. */
static struct text label_of(struct arena *arena, const struct document *document)
{
    if (document->line == 0 || text_is(document->source, "store"))
        return arena_print(arena, "%s/%.*s (%.*s)", document_kind_name(document->kind),
                           TEXT_ARGUMENTS(document->name), TEXT_ARGUMENTS(document->source));
    return arena_print(arena, "%s/%.*s (%.*s:%u)", document_kind_name(document->kind),
                       TEXT_ARGUMENTS(document->name), TEXT_ARGUMENTS(document->source), document->line);
}

/* What may have several lines: a kind's field of that type, and a whole OpenAPI document. */
static const struct tree_node *lines_allowed(const struct tree_node *root)
{
    const struct tree_node *kind = tree_member(root, TEXT("kind")), *spec = tree_member(root, TEXT("spec"));
    enum document_kind parsed;
    if (kind == NULL || !document_kind_parse(kind->text, &parsed))
        return NULL;
    if (parsed == DOCUMENT_TARGET) {
        const struct tree_node *openapi = tree_member(tree_member(spec, TEXT("mcp")), TEXT("openapi"));
        return tree_member(openapi, TEXT("document"));
    }
    for (const struct field *field = kind_row(parsed)->fields; field->name != NULL; field++)
        if (field->type == VALUE_POLICIES && field->shape == FIELD_ONE)
            return tree_member(spec, text_of(field->name));
    return NULL;
}

struct document *document_bind(struct documents *documents, struct text source, struct text folder,
                               struct tree_node *root, bool *has_kind)
{
    struct document *document = ARENA_NEW(documents->arena, struct document);
    struct binding binding = {documents, document, (char *)document, source, folder};
    size_t mistakes_before = documents->mistake_count;
    *document = (struct document){.source = source, .line = root->line, .tree = root};
    *has_kind = false;
    tree_refuse_lines(documents, source, root, lines_allowed(root));
    if (root->kind != TREE_MAP) {
        if (root->kind != TREE_BROKEN)
            ADD_MISTAKE(&binding, root, "expected a document (kind, metadata, spec), found %.*s",
                        TEXT_ARGUMENTS(mistake_found(documents->arena, root)));
        return document;
    }
    *has_kind = bind_kind(&binding, root);
    for (const struct tree_node *member = root->first; member != NULL; member = member->next)
        check_known(&binding, root_fields, member, TEXT(""));
    bind_metadata(&binding, root);
    if (*has_kind) {
        former_names_replace(documents, source, kind_row(document->kind)->fields,
                             *tree_link(root, TEXT("spec")));
        if (document->kind == DOCUMENT_GATEWAY)
            layers_lay(documents, folder, root);
        bind_spec(&binding, root);
        document_rules_check(documents, document);
        /* What could not be read has no value that could be dangerous or not. */
        if (document->kind == DOCUMENT_GATEWAY && documents->mistake_count == mistakes_before)
            dangers_check(documents, document);
        document->label = label_of(documents->arena, document);
    }
    return document;
}
