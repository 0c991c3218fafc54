/* In the memory file stand, for each file, a line with two lengths, the path and the content. The line of a
 * file that a document names ends in one more word, so that one that is documents itself is told from it; so do
 * those of what is laid over the Gateway document, variables and flags included. It is sealed (memfd_create(2),
 * F_ADD_SEALS): a worker that somebody has taken over cannot choose what the next one is started with. */
#include "edition.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/log.h"
#include "programs/sealed_document.h"
#include "supervisor/supervisor.h"

/* Behind the two lengths. */
static const char *const role_words[] = {
    [FILE_DOCUMENTS] = "", [FILE_NAMED] = " named", [FILE_DROP_IN] = " drop-in", [FILE_SETTING] = " setting"};

static void write_files(const struct documents *documents, struct buffer *out)
{
    for (size_t i = 0; i < documents->file_count; i++) {
        const struct document_file *file = &documents->files[i];
        buffer_print(out, "%zu %zu%s\n", strlen(file->path), file->content.length, role_words[file->role]);
        buffer_append(out, text_of(file->path));
        buffer_append(out, file->content);
    }
}

static int make_file(const struct documents *documents)
{
    SCOPED_BUFFER content = {0};
    write_files(documents, &content);
    int descriptor = sealed_document_make(buffer_text(&content));
    if (descriptor < 0)
        LOG(LOG_ERROR, "documents_not_kept", log_text("reason", text_of(strerror(errno))));
    return descriptor;
}

/* Several processes share its offset, so it is not used. */
static bool read_all(int descriptor, struct arena *arena, struct text *content)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0 || status.st_size < 0)
        return false;
    size_t size = (size_t)status.st_size, length = 0;
    char *bytes = arena_allocate(arena, size + 1);
    while (length < size) {
        ssize_t more = pread(descriptor, bytes + length, size - length, (off_t)length);
        if (more == 0 || (more < 0 && errno != EINTR))
            return false;
        length += more < 0 ? 0 : (size_t)more;
    }
    *content = (struct text){bytes, length};
    return true;
}

static bool cut_bytes(struct text *rest, int64_t length, struct text *bytes)
{
    if (length < 0 || (uint64_t)length > rest->length)
        return false;
    *bytes = (struct text){rest->base, (size_t)length};
    *rest = (struct text){rest->base + length, rest->length - (size_t)length};
    return true;
}

/* One file off the front. */
static bool cut_file(struct arena *arena, struct text *rest, struct document_file *file)
{
    int64_t path_length, content_length;
    struct text path, line = text_cut(rest, '\n'), first = text_cut(&line, ' '), second = text_cut(&line, ' ');
    if (!text_to_int64(first, &path_length) || !text_to_int64(second, &content_length) ||
        !cut_bytes(rest, path_length, &path) || !cut_bytes(rest, content_length, &file->content))
        return false;
    file->path = arena_copy(arena, path).base;
    file->role = FILE_DOCUMENTS;
    for (int role = FILE_NAMED; role <= FILE_SETTING; role++)
        if (text_is(line, role_words[role] + 1))
            file->role = (enum document_file_role)role;
    return true;
}

static bool read_files(struct edition *edition, struct text content)
{
    struct document_file file;
    size_t count = 0;
    for (struct text rest = content; rest.length != 0; count++)
        if (!cut_file(edition->arena, &rest, &file))
            return false;
    struct document_file *files = ARENA_ARRAY(edition->arena, struct document_file, count + 1);
    for (size_t i = 0; i < count; i++)
        (void)cut_file(edition->arena, &content, &files[i]);
    documents_read_files(&edition->documents, files, count);
    return true;
}

static void begin(struct edition *edition)
{
    *edition = (struct edition){.arena = arena_create(), .descriptor = -1};
    documents_init(&edition->documents, edition->arena);
}

/* Lines of the log and not of a terminal: whoever gathers it reads one object a line. */
static void log_mistakes(const struct documents *documents)
{
    for (size_t i = 0; i < documents->mistake_count; i++)
        LOG(LOG_ERROR, "documents_mistaken", log_text("file", documents->mistakes[i].source),
            log_number("line", documents->mistakes[i].line),
            log_number("column", documents->mistakes[i].column),
            log_text("reason", documents->mistakes[i].sentence));
}

static void log_warnings(const struct documents *documents)
{
    for (size_t i = 0; i < documents->warning_count; i++)
        LOG(LOG_WARNING, "documents_outdated", log_text("file", documents->warnings[i].source),
            log_number("line", documents->warnings[i].line),
            log_text("reason", documents->warnings[i].sentence));
}

bool edition_read(struct edition *edition, const struct configuration *configuration)
{
    begin(edition);
    if (start_documents_read(&edition->documents, configuration))
        edition->descriptor = make_file(&edition->documents);
    log_mistakes(&edition->documents);
    log_warnings(&edition->documents);
    if (edition->descriptor >= 0)
        return true;
    edition_drop(edition);
    return false;
}

bool edition_take(struct edition *edition, int descriptor)
{
    struct text content;
    begin(edition);
    edition->descriptor = descriptor;
    if (read_all(descriptor, edition->arena, &content) && read_files(edition, content) &&
        start_documents_are_good(&edition->documents, false))
        return true;
    log_mistakes(&edition->documents);
    edition_drop(edition);
    return false;
}

const struct gateway_document *edition_settings(const struct edition *edition)
{
    return documents_gateway(&edition->documents);
}

enum edition_difference edition_compare(const struct edition *edition,
                                        const struct configuration *configuration)
{
    SCOPED_ARENA arena = arena_create();
    struct documents documents;
    documents_init(&documents, arena);
    documents_take_settings(&documents, configuration->settings, configuration->setting_count);
    documents_read_path(&documents, configuration->path);
    bool is_same = documents.file_count == edition->documents.file_count;
    for (size_t i = 0; is_same && i < documents.file_count; i++)
        is_same = strcmp(documents.files[i].path, edition->documents.files[i].path) == 0 &&
                  text_equal(documents.files[i].content, edition->documents.files[i].content);
    if (!start_documents_are_good(&documents, false)) {
        log_mistakes(&documents);
        return EDITION_MISTAKEN;
    }
    return is_same ? EDITION_SAME : EDITION_OTHER;
}

bool edition_compare_with_disk(const struct edition *edition, const struct configuration *configuration)
{
    switch (edition_compare(edition, configuration)) {
    case EDITION_SAME:
        return true;
    case EDITION_OTHER:
        LOG(LOG_WARNING, "documents_kept",
            log_text("reason", TEXT("the files have changed since they were loaded; SIGHUP loads them")));
        return true;
    default:
        LOG(LOG_ERROR, "documents_kept",
            log_text("reason", TEXT("the files have mistakes now; the last good documents are served")));
        return false;
    }
}

void edition_drop(struct edition *edition)
{
    if (edition->arena == NULL)
        return;
    arena_destroy(edition->arena);
    if (edition->descriptor >= 0)
        close(edition->descriptor);
    *edition = (struct edition){.descriptor = -1};
}
