/* Reading and compiling documents of policies; see policy_documents.h. References between documents are the
 * gateway's to check: the other half may be there already. */
#include "policy_documents.h"

#include "input.h"

void policy_documents_print(FILE *stream, struct text lines)
{
    while (lines.length != 0) {
        terminal_print_foreign(stream, text_cut(&lines, '\n'));
        fputc('\n', stream);
    }
}

static enum exit_code read_one(const struct invocation *invocation, struct documents *documents,
                               const char *path)
{
    struct text content;
    if (!text_is(text_of(path), "-")) {
        documents_read_path(documents, path);
        return EXIT_CODE_FINE;
    }
    enum exit_code code = input_read(invocation, path, DOCUMENTS_BYTES_MAX, &content);
    if (code == EXIT_CODE_FINE)
        documents_read(documents, TEXT("<stdin>"), content);
    return code;
}

enum exit_code policy_documents_read(const struct invocation *invocation, struct documents *documents,
                                     const char *const *paths, size_t count)
{
    SCOPED_BUFFER lines = {0};
    documents_init(documents, invocation->arena);
    for (size_t i = 0; i < count; i++) {
        enum exit_code code = read_one(invocation, documents, paths[i]);
        if (code != EXIT_CODE_FINE)
            return code;
    }
    documents_print_mistakes(documents, &lines);
    policy_documents_print(invocation->terminal->error, buffer_text(&lines));
    return documents->mistake_count == 0 ? EXIT_CODE_FINE : EXIT_CODE_REFUSED;
}

static const struct document_file *find_file(const struct documents *documents, struct text path)
{
    for (size_t i = 0; i < documents->file_count; i++)
        if (text_is(path, documents->files[i].path))
            return &documents->files[i];
    return NULL;
}

/* The offset of a line and a column, both from 1. */
static size_t offset_of(struct text content, unsigned line, unsigned column)
{
    size_t at = 0;
    for (; line > 1 && at < content.length; at++)
        line -= content.base[at] == '\n';
    for (; column > 1 && at < content.length && content.base[at] != '\n'; column--) {
        at++;
        while (at < content.length && ((unsigned char)content.base[at] & 0xc0) == 0x80)
            at++;
    }
    return at;
}

void policy_documents_complain(const struct invocation *invocation, const struct documents *documents,
                               const struct document *document, const struct cedar_mistake *mistake)
{
    const struct policy_document *policy = &document->policy;
    const struct document_file *file = policy->is_exact ? find_file(documents, policy->source) : NULL;
    struct buffer printed = buffer_in(invocation->arena, 512);
    if (file == NULL) {
        /* Lines of the text are no lines of any file that could be shown. */
        cedar_mistake_print(mistake, document->label, 0, &printed);
    } else {
        struct cedar_mistake placed = *mistake;
        unsigned line, column;
        cedar_position(mistake->source, mistake->span.offset, &line, &column);
        placed.source = file->content;
        placed.span.offset =
            (uint32_t)offset_of(file->content, policy->line + line - 1, policy->column_offset + column);
        cedar_mistake_print(&placed, policy->source, 0, &printed);
    }
    policy_documents_print(invocation->terminal->error, buffer_text(&printed));
}

struct telling {
    const struct invocation *invocation;
    const struct documents *documents;
};

static void tell(void *context, const struct document *document, const struct cedar_mistake *mistake)
{
    const struct telling *telling = context;
    policy_documents_complain(telling->invocation, telling->documents, document, mistake);
}

enum exit_code policy_documents_compile(const struct invocation *invocation, const struct documents *documents,
                                        struct policy_set *set)
{
    const struct gateway_document *gateway = documents_gateway(documents);
    struct telling telling = {invocation, documents};
    const struct policy_set_mistakes mistakes = {tell, &telling};
    struct text issuer = gateway != NULL ? gateway->issuer : TEXT("https://gateway.example");
    return policy_set_compile(invocation->arena, documents, issuer, &mistakes, set) == FAULT_NONE
               ? EXIT_CODE_FINE
               : EXIT_CODE_REFUSED;
}
