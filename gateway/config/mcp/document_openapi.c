/* An OpenAPI document is read as documents are, strictly, with a place for each mistake: a line of its own
 * file, or of the document that it stands in. */
#include "document_openapi.h"

#include "document_body.h"
#include "document_files.h"
#include "mistake.h"
#include "openapi/openapi.h"

/* As it is stored, within the document: what is larger or deeper could be applied, but not read again. */
static const struct json_limits stored_limits = {
    .bytes = DOCUMENTS_BYTES_MAX - 64 * 1024, .depth = DOCUMENTS_DEPTH_MAX - 6, .members = 60000};

struct compiling {
    struct documents *documents;
    struct document *document;
    struct text source; /* whose lines the tree has */
    const struct json_value *value;
};

static const struct tree_node *written(const struct document *document)
{
    const struct tree_node *node = tree_member(document->tree, TEXT("spec"));
    return tree_member(tree_member(node, TEXT("mcp")), TEXT("openapi"));
}

static void add(struct documents *documents, const struct document *document, const char *field,
                struct text sentence)
{
    documents_add_mistake(documents, document, field, sentence);
}

/* -- where it comes from */

/* The one document of a file; NULL after a mistake. */
static const struct tree_node *read_tree(struct documents *documents, struct text source, struct text content)
{
    struct tree_reader reader;
    size_t mistakes_before = documents->mistake_count;
    tree_reader_open(&reader, documents, source, content);
    const struct tree_node *root = tree_reader_next(&reader);
    if (root != NULL && tree_reader_next(&reader) != NULL)
        mistake_add(documents, source, 0, 0, "there is more than one document in it");
    else if (documents->mistake_count == mistakes_before && (root == NULL || root->kind != TREE_MAP))
        mistake_add(documents, source, 0, 0, "expected an OpenAPI document (openapi, info, paths)");
    tree_reader_close(&reader);
    return documents->mistake_count == mistakes_before ? root : NULL;
}

static void read_file(struct documents *documents, struct document *document)
{
    struct openapi_document *openapi = &document->target.mcp.openapi;
    struct text content;
    const char *reason = document_files_read_named(documents, openapi->file, &content);
    if (reason != NULL)
        add(documents, document, "spec.mcp.openapi.file",
            arena_print(documents->arena, "spec.mcp.openapi.file: %.*s cannot be read: %s",
                        TEXT_ARGUMENTS(openapi->file), reason));
    else
        openapi->tree = read_tree(documents, openapi->file, content);
}

/* -- what it says */

static bool wants(void *context, struct text tool)
{
    const struct compiling *compiling = context;
    const struct mapping_list *rules = &compiling->document->target.mcp.tools;
    for (size_t i = 0; i < rules->count; i++) {
        const struct mcp_rule *rule = &((const struct mcp_rule *)rules->items)[i];
        for (size_t name = 0; name < rule->names.count; name++)
            if (mcp_pattern_fits(rule->names.items[name], tool))
                return true;
    }
    return false;
}

static void note_mistake(void *context, struct text pointer, struct text sentence)
{
    const struct compiling *compiling = context;
    struct documents *documents = compiling->documents;
    const struct tree_node *node =
        tree_at_pointer(documents->arena, compiling->document->target.mcp.openapi.tree, pointer);
    struct text at = text_is_printable(pointer) ? text_beginning(pointer, 200) : TEXT("...");
    bool is_named = node->name.base != NULL && node != compiling->document->target.mcp.openapi.tree;
    mistake_add(documents, compiling->source, is_named ? node->name_line : node->line,
                is_named ? node->name_column : node->column, "%.*s: %.*s",
                TEXT_ARGUMENTS(at.length == 0 ? TEXT("the OpenAPI document") : at), TEXT_ARGUMENTS(sentence));
}

/* -- a rule for each tool */

static const struct mcp_rule *rule_of(const struct mapping_list *rules, struct text tool)
{
    const struct mcp_rule *items = rules->items;
    for (size_t i = 0; i < rules->count; i++)
        for (size_t name = 0; name < items[i].names.count; name++)
            if (mcp_pattern_fits(items[i].names.items[name], tool))
                return &items[i];
    return NULL;
}

static void check_offered(struct compiling *compiling, const struct openapi_operation *operation,
                          struct text scope)
{
    if (text_list_has(&compiling->document->target.scopes, scope))
        return;
    struct arena *arena = compiling->documents->arena;
    add(compiling->documents, compiling->document, "spec.scopes",
        arena_print(arena, "spec.scopes: %.*s is missing, which the OpenAPI document wants for %.*s",
                    TEXT_ARGUMENTS(mistake_quote(arena, scope)),
                    TEXT_ARGUMENTS(mistake_quote(arena, operation->tool))));
}

/* What the operation needs besides. */
static void add_scopes(struct compiling *compiling, struct mcp_rule *rule,
                       const struct openapi_operation *operation)
{
    struct arena *arena = compiling->documents->arena;
    struct text *items = ARENA_ARRAY(arena, struct text, rule->scopes.count + operation->scope_count + 1);
    struct text_list scopes = {items, 0};
    for (size_t i = 0; i < rule->scopes.count; i++)
        items[scopes.count++] = rule->scopes.items[i];
    for (size_t i = 0; i < operation->scope_count; i++) {
        check_offered(compiling, operation, operation->scopes[i]);
        if (!text_list_has(&scopes, operation->scopes[i]))
            items[scopes.count++] = operation->scopes[i];
    }
    rule->scopes = scopes;
}

static void make_rules(struct compiling *compiling, const struct openapi *openapi)
{
    struct arena *arena = compiling->documents->arena;
    struct mapping_list *rules = &compiling->document->target.mcp.tools;
    struct mcp_rule *items = ARENA_ARRAY(arena, struct mcp_rule, openapi->count + 1);
    for (size_t i = 0; i < openapi->count; i++) {
        const struct openapi_operation *operation = &openapi->operations[i];
        struct text *name = ARENA_NEW(arena, struct text);
        *name = operation->tool;
        items[i] = *rule_of(rules, operation->tool);
        items[i].names = (struct text_list){name, 1};
        add_scopes(compiling, &items[i], operation);
    }
    *rules = (struct mapping_list){items, openapi->count};
}

/* -- all of it */

/* Read back from what is stored, so that whatever is applied is what every gateway reads. */
static bool read_value(struct compiling *compiling)
{
    struct documents *documents = compiling->documents;
    const struct tree_node *tree = compiling->document->target.mcp.openapi.tree;
    struct text stored = document_body_of(documents->arena, tree);
    if (json_parse(documents->arena, stored, &stored_limits, &compiling->value) == FAULT_NONE)
        return true;
    mistake_add(documents, compiling->source, tree->line, tree->column,
                "the OpenAPI document is too large: expected at most %zu KiB as JSON, %u values and %u levels",
                stored_limits.bytes / 1024, stored_limits.members, stored_limits.depth);
    return false;
}

static void compile(struct documents *documents, struct document *document)
{
    struct openapi_document *openapi = &document->target.mcp.openapi;
    struct compiling compiling = {.documents = documents,
                                  .document = document,
                                  .source = openapi->file.length != 0 ? openapi->file : document->source};
    const struct openapi_reader reader = {wants, note_mistake, &compiling};
    if (!read_value(&compiling))
        return;
    openapi->compiled = openapi_read(documents->arena, compiling.value, &reader);
    if (openapi->compiled != NULL)
        make_rules(&compiling, openapi->compiled);
}

void document_openapi_complete(struct documents *documents, struct document *document)
{
    struct openapi_document *openapi = &document->target.mcp.openapi;
    const struct tree_node *node = written(document);
    const struct tree_node *file = tree_member(node, TEXT("file")),
                           *inlined = tree_member(node, TEXT("document"));
    size_t mistakes_before = documents->mistake_count;
    if (node == NULL)
        return;
    if (file != NULL && inlined != NULL)
        add(documents, document, "spec.mcp.openapi",
            TEXT("spec.mcp.openapi: expected document or file, found both"));
    else if (inlined != NULL)
        openapi->tree = inlined->kind == TREE_MAP ? inlined : NULL; /* else already a mistake */
    else if (file == NULL)
        add(documents, document, "spec.mcp.openapi",
            TEXT("spec.mcp.openapi.document is missing: it holds the OpenAPI document (or file names its "
                 "file)"));
    else if (openapi->file.length != 0) /* else already a mistake */
        read_file(documents, document);
    if (document->target.mcp.is_direct)
        add(documents, document, "spec.mcp.direct",
            TEXT("spec.mcp.direct: what is behind spec.mcp.openapi is no MCP server that agents could go to"));
    if (openapi->tree != NULL && documents->mistake_count == mistakes_before)
        compile(documents, document);
}

const struct tree_node *document_openapi_written_out(struct arena *arena, const struct document *document,
                                                     const struct tree_node *root)
{
    if (document->kind != DOCUMENT_TARGET || document->target.mcp.openapi.tree == NULL ||
        document->target.mcp.openapi.file.length == 0)
        return root;
    struct tree_node content = *document->target.mcp.openapi.tree;
    content.name = TEXT("document");
    return tree_copy_with(arena, root, tree_member(written(document), TEXT("file")), &content);
}
