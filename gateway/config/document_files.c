/* Files and folders of documents. Symbolic links are followed, since a mounted ConfigMap is made of them;
 * anything that is no regular file at its end is refused, and so is a file larger than a stream may be. */
#include "document_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "document_policy.h"
#include "mistake.h"

#define DROP_IN_FOLDER "gateway.d"

bool document_files_is_name(struct text name)
{
    return text_ends_with(name, TEXT(".yaml")) || text_ends_with(name, TEXT(".yml")) ||
           text_ends_with(name, TEXT(".json")) || document_policy_is_name(name);
}

struct text document_files_folder(struct text name)
{
    size_t length = name.length;
    while (length != 0 && name.base[length - 1] != '/')
        length--;
    if (length > 1)
        length--; /* the slash itself, except the root's */
    return (struct text){length == 0 ? "" : name.base, length};
}

static void refuse(struct documents *documents, const char *path, const char *reason)
{
    documents->is_incomplete = true;
    mistake_add(documents, text_of(path), 0, 0, "cannot be read: %s", reason);
}

static void close_cleanup(int *file)
{
    if (*file >= 0)
        close(*file);
}

static void note_file(struct documents *documents, const struct document_file *file)
{
    if (documents->file_count == documents->file_capacity) {
        documents->file_capacity = documents->file_capacity == 0 ? 4 : 2 * documents->file_capacity;
        struct document_file *all =
            ARENA_ARRAY(documents->arena, struct document_file, documents->file_capacity);
        if (documents->file_count != 0)
            memcpy(all, documents->files, documents->file_count * sizeof(*all));
        documents->files = all;
    }
    documents->files[documents->file_count++] = *file;
}

void documents_note_file(struct documents *documents, const char *path, struct text content)
{
    note_file(documents, &(struct document_file){arena_copy(documents->arena, text_of(path)).base, content,
                                                 FILE_DOCUMENTS});
}

static void read_given(struct documents *documents, const char *path, struct text content)
{
    struct text source = arena_copy(documents->arena, text_of(path));
    note_file(documents, &(struct document_file){source.base, content, FILE_DOCUMENTS});
    documents_read_from(documents, source, document_files_folder(source), content);
}

void documents_read_files(struct documents *documents, const struct document_file *files, size_t count)
{
    documents->given = files;
    documents->given_count = count;
    for (size_t i = 0; i < count; i++)
        if (files[i].role == FILE_DOCUMENTS)
            read_given(documents, files[i].path, files[i].content);
}

/* NULL, or why it cannot be read. */
static const char *read_content(struct arena *arena, const char *path, struct text *content)
{
    /* Not blocking, so that a pipe cannot hold us up before it is seen to be one. */
    __attribute__((cleanup(close_cleanup))) int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0)
        return strerror(errno);
    if (!S_ISREG(status.st_mode))
        return "it is not a regular file";
    size_t room = DOCUMENTS_BYTES_MAX + 1,
           length = 0; /* one more than allowed, which the reader then refuses */
    char *bytes = arena_allocate(arena, room);
    while (length < room) {
        ssize_t more = read(file, bytes + length, room - length);
        if (more < 0 && errno == EINTR)
            continue;
        if (more < 0)
            return strerror(errno);
        if (more == 0)
            break;
        length += (size_t)more;
    }
    *content = (struct text){bytes, length};
    return NULL;
}

static void read_file(struct documents *documents, const char *path)
{
    struct text content;
    const char *reason = read_content(documents->arena, path, &content);
    if (reason != NULL)
        refuse(documents, path, reason);
    else
        read_given(documents, path, content);
}

static const struct document_file *find_named(const struct document_file *files, size_t count, struct text path)
{
    for (size_t i = 0; i < count; i++)
        if (files[i].role == FILE_NAMED && text_is(path, files[i].path))
            return &files[i];
    return NULL;
}

/* Once each, however many documents name it; never from the disk in a set that was read before. */
const char *document_files_read_named(struct documents *documents, struct text path, struct text *content)
{
    const struct document_file *known = find_named(documents->files, documents->file_count, path);
    if (known != NULL) {
        *content = known->content;
        return NULL;
    }
    struct document_file file = {arena_copy(documents->arena, path).base, TEXT_NONE, FILE_NAMED};
    const char *reason = NULL;
    known = find_named(documents->given, documents->given_count, path);
    if (known != NULL)
        file.content = known->content;
    else if (documents->given != NULL)
        reason = "it was not there when the documents were read";
    else
        reason = read_content(documents->arena, file.path, &file.content);
    if (reason != NULL)
        return reason;
    note_file(documents, &file);
    *content = file.content;
    return NULL;
}

static int is_document_file(const struct dirent *entry)
{
    struct text name = text_of(entry->d_name);
    return entry->d_name[0] != '.' && document_files_is_name(name) && !text_ends_with(name, TEXT(".test.yaml"));
}

static int is_drop_in(const struct dirent *entry)
{
    struct text name = text_of(entry->d_name);
    return entry->d_name[0] != '.' && document_files_is_name(name) && !document_policy_is_name(name);
}

/* By bytes, whatever the locale: the same order on every machine. */
static int compare_entries(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

struct text document_files_resolve(struct arena *arena, struct text folder, struct text name)
{
    return name.base[0] == '/' || folder.length == 0
               ? name
               : arena_print(arena, "%.*s/%.*s", TEXT_ARGUMENTS(folder), TEXT_ARGUMENTS(name));
}

/* From the disk: the drop-ins beside a Gateway's file. */
static void note_drop_ins(struct documents *documents, struct text folder)
{
    struct dirent **entries;
    struct text path = document_files_resolve(documents->arena, folder, TEXT(DROP_IN_FOLDER));
    int count = scandir(path.base, &entries, is_drop_in, compare_entries);
    if (count < 0 && errno != ENOENT)
        refuse(documents, path.base, strerror(errno));
    for (int i = 0; i < count; i++) {
        struct document_file file = {.role = FILE_DROP_IN};
        file.path = document_files_resolve(documents->arena, path, text_of(entries[i]->d_name)).base;
        const char *reason = read_content(documents->arena, file.path, &file.content);
        if (reason != NULL)
            refuse(documents, file.path, reason);
        else
            note_file(documents, &file);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

static void note_all(struct documents *documents, const struct document_file *files, size_t count,
                     enum document_file_role role)
{
    for (size_t i = 0; i < count; i++)
        if (files[i].role == role)
            note_file(documents, &files[i]);
}

void document_files_note_layers(struct documents *documents, struct text folder)
{
    if (documents->given != NULL)
        note_all(documents, documents->given, documents->given_count, FILE_DROP_IN);
    else if (folder.base != NULL)
        note_drop_ins(documents, folder);
    if (documents->given != NULL)
        note_all(documents, documents->given, documents->given_count, FILE_SETTING);
    else
        note_all(documents, documents->settings, documents->setting_count, FILE_SETTING);
}

static void read_folder(struct documents *documents, const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, is_document_file, compare_entries);
    if (count < 0) {
        refuse(documents, path, strerror(errno));
        return;
    }
    if (count == 0)
        refuse(documents, path, "there is no *.yaml, *.yml, *.json or *.cedar in this folder");
    const char *slash = text_ends_with(text_of(path), TEXT("/")) ? "" : "/";
    for (int i = 0; i < count; i++) {
        read_file(documents, arena_print(documents->arena, "%s%s%s", path, slash, entries[i]->d_name).base);
        free(entries[i]);
    }
    free(entries);
}

void documents_read_path(struct documents *documents, const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        refuse(documents, path, strerror(errno));
    else if (S_ISDIR(status.st_mode))
        read_folder(documents, path);
    else
        read_file(documents, path);
}
