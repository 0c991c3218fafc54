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

/* The stream as it is put together, and what each of its lines is from. */
struct joining {
    const struct documents *documents;
    struct buffer stream;
    unsigned line; /* where the next part begins */
    struct sent_part *parts;
    size_t count, capacity;
};

static unsigned count_lines(struct text content)
{
    unsigned lines = 0;
    for (size_t i = 0; i < content.length; i++)
        lines += content.base[i] == '\n';
    return lines;
}

static void add_part(struct joining *joining, struct text content, const struct sent_part *from)
{
    struct sent_part part = *from;
    bool is_begun = text_starts_with(content, TEXT("---"));
    bool is_ended = content.length != 0 && content.base[content.length - 1] == '\n';
    part.first_line = joining->line + (is_begun ? 0 : 1);
    part.lines = count_lines(content) + (is_ended ? 0 : 1);
    joining->line = part.first_line + part.lines;
    buffer_print(&joining->stream, "%s%.*s%s", is_begun ? "" : "---\n", TEXT_ARGUMENTS(content),
                 is_ended ? "" : "\n");
    if (joining->count < joining->capacity)
        joining->parts[joining->count++] = part;
}

/* A document as JSON on one line. */
static void add_document(struct joining *joining, const struct document *document)
{
    add_part(joining, document->body,
             &(struct sent_part){.source = document->source, .source_line = document->line});
}

static bool has_text_of_its_own(const struct document *document)
{
    return document->kind == DOCUMENT_POLICY && document->policy.file.length != 0;
}

/* Its documents are those from first on that have its name. What a document has from another file the gateway
 * does not get: those are written out. */
static size_t add_file(struct joining *joining, const struct document_file *file, size_t first)
{
    const struct documents *documents = joining->documents;
    struct text name = text_of(file->path);
    bool is_written_out = false;
    size_t end = first;
    for (; end < documents->count && text_equal(documents->items[end]->source, name); end++)
        is_written_out = is_written_out || has_text_of_its_own(documents->items[end]);
    if (!is_written_out && end != first)
        add_part(joining, file->content,
                 &(struct sent_part){.source = name, .source_line = 1, .is_as_written = true});
    for (size_t i = first; i < end && is_written_out; i++)
        add_document(joining, documents->items[i]);
    return end;
}

/* Whether what was put together still says what its files do: not so where a text at the end of one has no
 * newline, say, and would get one. */
static bool is_faithful(const struct joining *joining)
{
    const struct documents *documents = joining->documents;
    struct documents again;
    documents_init(&again, documents->arena);
    documents_read(&again, TEXT("all.yaml"), buffer_text(&joining->stream));
    bool is_same = again.mistake_count == 0 && again.count == documents->count;
    for (size_t i = 0; i < documents->count && is_same; i++)
        is_same = text_equal(again.items[i]->body, documents->items[i]->body);
    return is_same;
}

static void begin_joining(struct joining *joining)
{
    joining->stream.length = 0;
    joining->line = 1;
    joining->count = 0;
}

/* The files one after another as they were written, so that the lines the gateway speaks of are theirs; where
 * that cannot be, every document as JSON. */
static void join(const struct invocation *invocation, struct document_files *files)
{
    const struct documents *documents = &files->documents;
    struct joining joining = {.documents = documents, .capacity = documents->count + documents->file_count};
    joining.parts = ARENA_ARRAY(invocation->arena, struct sent_part, joining.capacity);
    begin_joining(&joining);
    size_t next = 0;
    for (size_t i = 0; i < documents->file_count; i++)
        if (documents->files[i].role == FILE_DOCUMENTS)
            next = add_file(&joining, &documents->files[i], next);
    if (!is_faithful(&joining)) {
        begin_joining(&joining);
        for (size_t i = 0; i < documents->count; i++)
            add_document(&joining, documents->items[i]);
    }
    files->stream = arena_copy(invocation->arena, buffer_text(&joining.stream));
    files->places = (struct sent_places){joining.parts, joining.count};
    buffer_dispose(&joining.stream);
}

/* One file goes as it is to the byte. */
static bool is_sent_alone(const struct document_files *files, struct text only)
{
    for (size_t i = 0; i < files->documents.count; i++)
        if (has_text_of_its_own(files->documents.items[i]))
            return false;
    return only.base != NULL;
}

static void put_together(const struct invocation *invocation, struct document_files *files, struct text only)
{
    if (!is_sent_alone(files, only)) {
        join(invocation, files);
        return;
    }
    struct sent_part *whole = ARENA_ARRAY(invocation->arena, struct sent_part, 1);
    *whole = (struct sent_part){
        .source = files->documents.items[0]->source, .first_line = 1, .source_line = 1, .is_as_written = true};
    files->stream = only;
    files->places = (struct sent_places){whole, 1};
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
    put_together(invocation, files, is_one ? content : TEXT_NONE);
    return EXIT_CODE_FINE;
}
