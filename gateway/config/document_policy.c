/* Texts of policies. They come from a value of the document, from a file that the document names, or are a file
 * of their own; from here on all three are the same. */
#include "document_policy.h"

#include <string.h>

#include "document_files.h"
#include "document_values.h"
#include "mistake.h"
#include "tree_syntax.h"

static const char ending[] = ".cedar";

bool document_policy_is_name(struct text name)
{
    return text_ends_with(name, text_of(ending));
}

static struct text trimmed(struct text text)
{
    while (text.length != 0 && strchr(" \t\r", text.base[0]) != NULL)
        text = (struct text){text.base + 1, text.length - 1};
    while (text.length != 0 && strchr(" \t\r", text.base[text.length - 1]) != NULL)
        text.length--;
    return text;
}

/* The first line that is neither empty nor a comment, and its number. */
static struct text first_line(struct text content, unsigned *number)
{
    struct text line = TEXT("");
    *number = 0;
    if (text_starts_with(content, TEXT("\xef\xbb\xbf")))
        content = (struct text){content.base + 3, content.length - 3};
    while (content.length != 0) {
        line = trimmed(text_cut(&content, '\n'));
        ++*number;
        if (line.length != 0 && !text_starts_with(line, TEXT("//")))
            break;
    }
    return line;
}

bool document_policy_is_text(struct text content, unsigned *line)
{
    struct text start = first_line(content, line);
    struct text word = trimmed(text_cut(&start, '('));
    /* No value in YAML begins with @. */
    return text_is(word, "permit") || text_is(word, "forbid") || text_starts_with(word, TEXT("@"));
}

/* A file's content as text: lines end in a line feed, as they do in what YAML reads, and a byte order mark is
 * no part of it. false after adding a mistake. */
static bool read_text(struct documents *documents, struct text source, struct text content, struct text *text)
{
    if (text_starts_with(content, TEXT("\xef\xbb\xbf")))
        content = (struct text){content.base + 3, content.length - 3};
    if (!tree_syntax_check_bytes(documents, source, content))
        return false;
    if (content.length == 0) {
        mistake_add(documents, source, 0, 0, "there is nothing in this file");
        return false;
    }
    char *kept = arena_allocate(documents->arena, content.length + 1);
    size_t length = 0;
    for (size_t i = 0; i < content.length; i++)
        if (content.base[i] != '\r') /* which stands only before a line feed */
            kept[length++] = content.base[i];
    *text = (struct text){kept, length};
    return true;
}

static struct tree_node *add_member(struct arena *arena, struct tree_node *map, const char *name,
                                    enum tree_kind kind, struct text text)
{
    struct tree_node *node = ARENA_NEW(arena, struct tree_node);
    *node = (struct tree_node){.kind = kind,
                               .text = text,
                               .line = 1,
                               .column = 1,
                               .name = text_of(name),
                               .name_line = 1,
                               .name_column = 1};
    struct tree_node **last = &map->first;
    while (*last != NULL)
        last = &(*last)->next;
    *last = node;
    map->count++;
    return node;
}

/* "; call it my-agents.cedar", of "My Agents", or nothing. */
static struct text better_name(struct arena *arena, struct text name)
{
    char *better = arena_allocate(arena, name.length + 1);
    for (size_t i = 0; i < name.length; i++) {
        char byte = name.base[i];
        bool is_upper = byte >= 'A' && byte <= 'Z';
        better[i] = is_upper ? (char)(byte - 'A' + 'a') : byte == ' ' || byte == '_' ? '-' : byte;
    }
    struct text called = {better, name.length};
    return value_is_valid(VALUE_NAME, called)
               ? arena_print(arena, "; call the file %.*s%s", TEXT_ARGUMENTS(called), ending)
               : TEXT_NONE;
}

struct tree_node *document_policy_tree(struct documents *documents, struct text source, struct text content)
{
    struct arena *arena = documents->arena;
    size_t start = source.length;
    while (start != 0 && source.base[start - 1] != '/')
        start--;
    struct text name = {source.base + start, source.length - start - strlen(ending)};
    if (!value_is_valid(VALUE_NAME, name)) {
        mistake_add(documents, source, 0, 0,
                    "the file's name before %s names the document: expected %s, found %.*s%.*s", ending,
                    value_row(VALUE_NAME)->expected, TEXT_ARGUMENTS(mistake_quote(arena, name)),
                    TEXT_ARGUMENTS(better_name(arena, name)));
        return NULL;
    }
    struct text policies;
    if (!read_text(documents, source, content, &policies))
        return NULL;
    struct tree_node *root = ARENA_NEW(arena, struct tree_node);
    *root = (struct tree_node){.kind = TREE_MAP, .line = 1, .column = 1};
    add_member(arena, root, "kind", TREE_TEXT, text_of(document_kind_name(DOCUMENT_POLICY)));
    struct tree_node *metadata = add_member(arena, root, "metadata", TREE_MAP, TEXT_NONE);
    add_member(arena, metadata, "name", TREE_TEXT, arena_copy(arena, name));
    struct tree_node *spec = add_member(arena, root, "spec", TREE_MAP, TEXT_NONE);
    add_member(arena, spec, "policies", TREE_LINES, policies)->text_line = 1;
    return root;
}

static void add(struct documents *documents, const struct document *document, const char *field,
                const char *sentence)
{
    documents_add_mistake(documents, document, field, text_of(sentence));
}

/* A file that the document names. */
static void read_file(struct documents *documents, struct document *document)
{
    struct policy_document *policy = &document->policy;
    struct text content;
    const char *reason = document_files_read_named(documents, policy->file, &content);
    policy->source = policy->file;
    policy->line = 1;
    policy->is_exact = true;
    if (reason != NULL) {
        struct text sentence = arena_print(documents->arena, "spec.file: %.*s cannot be read: %s",
                                           TEXT_ARGUMENTS(policy->file), reason);
        documents_add_mistake(documents, document, "spec.file", sentence);
    } else {
        (void)read_text(documents, policy->file, content, &policy->policies);
    }
}

/* What is quoted or folded hides where its lines stand, and what comes from the store has one line: there only
 * the value's own place is known. */
static void place(struct document *document, const struct tree_node *node)
{
    struct policy_document *policy = &document->policy;
    bool is_own_file = document_policy_is_name(document->source);
    policy->file = is_own_file ? document->source : TEXT_NONE;
    policy->source = document->source;
    policy->is_exact = node->text_line != 0;
    policy->line = policy->is_exact ? node->text_line : node->line;
    policy->column_offset = policy->is_exact ? node->text_indent : node->column - 1;
}

void document_policy_complete(struct documents *documents, struct document *document)
{
    const struct tree_node *spec = tree_member(document->tree, TEXT("spec"));
    const struct tree_node *policies = tree_member(spec, TEXT("policies")),
                           *file = tree_member(spec, TEXT("file"));
    const struct tree_node *enforcement = tree_member(spec, TEXT("enforcement"));
    document->policy.is_report = enforcement != NULL && text_is(enforcement->text, "report");
    if (policies != NULL && file != NULL)
        add(documents, document, "spec.file", "spec: expected policies or file, found both");
    else if (policies != NULL)
        place(document, policies);
    else if (file == NULL)
        add(documents, document, "spec",
            "spec.policies is missing: it holds the policies (or file names theirs)");
    else if (document->policy.file.length != 0) /* else already a mistake */
        read_file(documents, document);
}

const struct tree_node *document_policy_written_out(struct arena *arena, const struct document *document,
                                                    const struct tree_node *root)
{
    if (document->kind != DOCUMENT_POLICY)
        return root;
    const struct tree_node *file = tree_member(tree_member(root, TEXT("spec")), TEXT("file"));
    if (file == NULL)
        return root;
    struct tree_node policies = *file;
    policies.kind = TREE_LINES;
    policies.name = TEXT("policies");
    policies.text = document->policy.policies;
    return tree_copy_with(arena, root, file, &policies);
}

void documents_add_policy_mistake(struct documents *documents, const struct document *document, unsigned line,
                                  unsigned column, struct text sentence)
{
    const struct policy_document *policy = &document->policy;
    if (policy->is_exact)
        mistake_add(documents, policy->source, policy->line + line - 1, policy->column_offset + column, "%.*s",
                    TEXT_ARGUMENTS(sentence));
    else
        mistake_add(documents, policy->source, policy->line, policy->column_offset + 1,
                    "%.*s (line %u, column %u of the text)", TEXT_ARGUMENTS(sentence), line, column);
}
