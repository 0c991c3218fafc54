/* Reads the files of -f; see document_files.h. References between documents are the gateway's to check: the
 * other half may already be there. */
#include "documents/document_files.h"

#include <sys/stat.h>

#include "input.h"
#include "policies/policy_documents.h"

/* *content is left TEXT_NONE for a directory. */
static enum exit_code read_one(const struct invocation *invocation, const char *path,
                               struct documents *documents, struct text *content)
{
    struct stat status;
    *content = TEXT_NONE;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        documents_read_path(documents, path);
        return EXIT_CODE_FINE;
    }
    enum exit_code code = input_read(invocation, path, INPUT_DOCUMENT_MAX, content);
    if (code != EXIT_CODE_FINE)
        return code;
    const char *name = path[0] == '-' && path[1] == '\0' ? "<stdin>" : path;
    documents_read(documents, text_of(name), *content);
    documents_note_file(documents, name, *content);
    return EXIT_CODE_FINE;
}

static enum exit_code complain_mistakes(const struct invocation *invocation, const struct documents *documents)
{
    SCOPED_BUFFER lines = {0};
    documents_print_mistakes(documents, &lines);
    terminal_complain(invocation->terminal,
                      arena_print(invocation->arena, "the documents have %zu mistake%s; nothing was changed",
                                  documents->mistake_count, documents->mistake_count == 1 ? "" : "s"),
                      TEXT_NONE, TEXT_NONE);
    for (struct text rest = buffer_text(&lines); rest.length != 0;) {
        fputs("  ", invocation->terminal->error);
        terminal_print_foreign(invocation->terminal->error, text_cut(&rest, '\n'));
        fputc('\n', invocation->terminal->error);
    }
    return EXIT_CODE_REFUSED;
}

/* Here they are shown in their lines; the gateway would tell them in those of what it was sent. */
static enum exit_code check_policies(const struct invocation *invocation, const struct documents *documents)
{
    struct policy_set set;
    enum exit_code code = policy_documents_compile(invocation, documents, &set);
    if (code != EXIT_CODE_FINE)
        terminal_complain(invocation->terminal, TEXT("the policies have mistakes; nothing was changed"),
                          TEXT_NONE, TEXT_NONE);
    return code;
}

/* What came from a file that the gateway does not get. */
static bool has_text_of_its_own(const struct documents *documents)
{
    for (size_t i = 0; i < documents->count; i++)
        if (documents->items[i]->kind == DOCUMENT_POLICY && documents->items[i]->policy.file.length != 0)
            return true;
    return false;
}

/* One file goes as it is, so that the lines the gateway remembers are the file's; several as one JSON document
 * each, and so do policies from files, with their text put in. */
static struct text join(const struct invocation *invocation, const struct documents *documents,
                        struct text only)
{
    SCOPED_BUFFER stream = {0};
    if (only.base != NULL && !has_text_of_its_own(documents))
        return only;
    for (size_t i = 0; i < documents->count; i++)
        buffer_print(&stream, "---\n%.*s\n", TEXT_ARGUMENTS(documents->items[i]->body));
    return arena_copy(invocation->arena, buffer_text(&stream));
}

enum exit_code document_files_read(const struct invocation *invocation, struct document_files *files)
{
    const char *path;
    struct text content = TEXT_NONE;
    documents_init(&files->documents, invocation->arena);
    if (!invocation_has(invocation, "file")) {
        terminal_complain(invocation->terminal, TEXT("no documents are named"), TEXT_NONE,
                          TEXT("name a file with -f FILE, or -f - for standard input"));
        return EXIT_CODE_USAGE;
    }
    for (unsigned i = 0; (path = invocation_option_at(invocation, "file", i)) != NULL; i++) {
        enum exit_code code = read_one(invocation, path, &files->documents, &content);
        if (code != EXIT_CODE_FINE)
            return code;
    }
    if (files->documents.mistake_count != 0)
        return complain_mistakes(invocation, &files->documents);
    if (files->documents.count == 0) {
        terminal_complain(invocation->terminal, TEXT("there is no document in it"), TEXT_NONE,
                          TEXT("a document starts with kind: and metadata:"));
        return EXIT_CODE_REFUSED;
    }
    enum exit_code code = check_policies(invocation, &files->documents);
    if (code != EXIT_CODE_FINE)
        return code;
    bool is_one = invocation_option_at(invocation, "file", 1) == NULL;
    files->stream = join(invocation, &files->documents, is_one ? content : TEXT_NONE);
    return EXIT_CODE_FINE;
}
