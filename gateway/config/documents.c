/* The set of documents: reading streams into it, finding in it, printing what is wrong with it. Files and
 * folders are document_files.c's, rules between documents document_references.c's. */
#include "config/documents.h"

#include <string.h>

#include "document_binding.h"
#include "document_body.h"
#include "document_fields.h"
#include "document_files.h"
#include "document_policy.h"
#include "mcp/document_openapi.h"
#include "mistake.h"
#include "tree.h"

void documents_init(struct documents *documents, struct arena *arena)
{
    *documents = (struct documents){.arena = arena};
}

static void append(struct arena *arena, struct document ***items, size_t *count, size_t *capacity,
                   struct document *document)
{
    if (*count == *capacity) {
        *capacity = *capacity == 0 ? 16 : 2 * *capacity;
        struct document **all = ARENA_ARRAY(arena, struct document *, *capacity);
        if (*count != 0)
            memcpy(all, *items, *count * sizeof(*all));
        *items = all;
    }
    (*items)[(*count)++] = document;
}

static void read_one(struct documents *documents, struct text source, struct text folder,
                     struct tree_node *root, size_t mistakes_before)
{
    bool has_kind;
    struct document *document = document_bind(documents, source, folder, root, &has_kind);
    /* With the list of mistakes full nothing can be known to be right any more. */
    bool is_good =
        documents->mistake_count == mistakes_before && documents->mistake_count < DOCUMENTS_MISTAKES_MAX;
    if (is_good) {
        const struct tree_node *whole = document_policy_written_out(documents->arena, document, root);
        whole = document_openapi_written_out(documents->arena, document, whole);
        document->body = document_body_of(documents->arena, whole);
        append(documents->arena, &documents->items, &documents->count, &documents->capacity, document);
    } else if (has_kind) {
        append(documents->arena, &documents->refused, &documents->refused_count, &documents->refused_capacity,
               document);
    }
}

static void read_stream(struct documents *documents, struct text source, struct text folder,
                        struct text content)
{
    struct tree_reader reader;
    struct tree_node *root;
    tree_reader_open(&reader, documents, source, content);
    while ((root = tree_reader_next(&reader)) != NULL)
        read_one(documents, source, folder, root, reader.mistakes_before);
    tree_reader_close(&reader);
}

void documents_read_from(struct documents *documents, struct text source, struct text folder,
                         struct text content)
{
    size_t mistakes_before = documents->mistake_count;
    unsigned line;
    source = arena_copy(documents->arena, source);
    if (document_policy_is_name(source)) {
        struct tree_node *root = document_policy_tree(documents, source, content);
        if (root != NULL)
            read_one(documents, source, folder, root, mistakes_before);
    } else if (document_policy_is_text(content, &line)) {
        mistake_add(documents, source, line, 1,
                    "these are policies and no document: their file is called NAME.cedar, where NAME is the "
                    "document's; or write them into spec.policies of a document of kind Policy");
    } else {
        read_stream(documents, source, folder, content);
    }
    mistake_sort(documents, mistakes_before);
}

void documents_read(struct documents *documents, struct text source, struct text content)
{
    bool is_file = document_files_is_name(source);
    documents_read_from(documents, source, is_file ? document_files_folder(source) : TEXT_NONE, content);
}

static void include_all(struct arena *arena, struct document ***items, size_t *count, size_t *capacity,
                        struct document *const *others, size_t other_count)
{
    for (size_t i = 0; i < other_count; i++)
        append(arena, items, count, capacity, others[i]);
}

void documents_include(struct documents *documents, const struct documents *other)
{
    include_all(documents->arena, &documents->items, &documents->count, &documents->capacity, other->items,
                other->count);
    include_all(documents->arena, &documents->refused, &documents->refused_count, &documents->refused_capacity,
                other->refused, other->refused_count);
    documents->is_incomplete |= other->is_incomplete;
}

const struct gateway_document *documents_gateway(const struct documents *documents)
{
    for (size_t i = 0; i < documents->count; i++)
        if (documents->items[i]->kind == DOCUMENT_GATEWAY)
            return &documents->items[i]->gateway;
    return NULL;
}

struct text document_secret_file(const struct document *document)
{
    if (document->kind == DOCUMENT_CLIENT)
        return document->client.secret_file;
    return document->kind == DOCUMENT_ISSUER ? document->issuer.login.secret_file : TEXT_NONE;
}

const struct document *documents_find(const struct documents *documents, enum document_kind kind,
                                      struct text name)
{
    for (size_t i = 0; i < documents->count; i++)
        if (documents->items[i]->kind == kind && text_equal(documents->items[i]->name, name))
            return documents->items[i];
    return NULL;
}

struct text document_label(const struct document *document)
{
    return document == NULL ? TEXT_NONE : document->label;
}

void documents_add_mistake(struct documents *documents, const struct document *document, const char *field,
                           struct text sentence)
{
    unsigned line = document->line, column = 1;
    if (document->tree != NULL) {
        const struct tree_node *nearest = tree_nearest(document->tree, field);
        line = nearest->line;
        column = nearest->column;
    }
    mistake_add(documents, document->source, line, column, "%.*s", TEXT_ARGUMENTS(sentence));
}

static void print_places(const struct mistake *mistakes, size_t count, const char *label, struct buffer *out)
{
    for (size_t i = 0; i < count; i++) {
        const struct mistake *mistake = &mistakes[i];
        if (mistake->source.length != 0)
            buffer_print(out, "%.*s:", TEXT_ARGUMENTS(mistake->source));
        if (mistake->line != 0)
            buffer_print(out, "%u:%u:", mistake->line, mistake->column);
        buffer_print(out, "%s%s%.*s\n", mistake->source.length != 0 || mistake->line != 0 ? " " : "", label,
                     TEXT_ARGUMENTS(mistake->sentence));
    }
}

void documents_print_mistakes(const struct documents *documents, struct buffer *out)
{
    print_places(documents->mistakes, documents->mistake_count, "", out);
}

void documents_print_warnings(const struct documents *documents, struct buffer *out)
{
    print_places(documents->warnings, documents->warning_count, "warning: ", out);
}

const char *document_kind_name(enum document_kind kind)
{
    return kind_row(kind)->name;
}

bool document_kind_parse(struct text name, enum document_kind *kind)
{
    for (int i = 0; i < DOCUMENT_KIND_COUNT; i++)
        if (text_is(name, kind_row((enum document_kind)i)->name)) {
            *kind = (enum document_kind)i;
            return true;
        }
    return false;
}
