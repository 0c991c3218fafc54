/* Programs in the operator's folders, scripts as copies that nobody can change any more, interpreters. */
#include "program_image.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/digest.h"

enum { SCRIPT_BYTES_MAX = 16 * 1024 * 1024 };

/* What an interpreter is told beside the script. Without these Python would look for modules where others may
 * put them and write what it compiled; node would look for the script behind the link, where there is none. */
static const struct {
    const char *pattern;
    const char *options[IMAGE_ARGUMENTS_MAX];
} interpreters[] = {
    {"python*", {"-I", "-B"}},
    {"node*", {"--preserve-symlinks-main"}},
};

__attribute__((format(printf, 2, 3))) static bool refuse(char *detail, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, PROGRAM_DETAIL_SIZE, format, arguments);
    va_end(arguments);
    return false;
}

/* --- folders --- */

static bool is_same_or_below(const char *path, const char *folder)
{
    size_t length = strcmp(folder, "/") == 0 ? 0 : strlen(folder);
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* A worker may write in the store's folder, and what it could put there must not be executed; nor is a folder
 * with keys in it one for programs. */
static bool is_apart(const struct program_plan *plan, const struct trusted_folder *folder, char *detail)
{
    char kept[PATH_MAX];
    for (size_t i = 0; i < plan->kept_folders.count; i++) {
        if (realpath(plan->kept_folders.items[i].base, kept) == NULL)
            continue;
        bool is_store = plan->kept_folders.items[i].base == plan->store_folder;
        if (is_same_or_below(kept, folder->path) || (is_store && is_same_or_below(folder->path, kept)))
            return refuse(
                detail,
                "%.200s, of adapters.directories, and %.200s, which the gateway keeps files in, overlap",
                folder->path, kept);
    }
    return true;
}

/* --- files --- */

static bool check_file(int descriptor, const char *path, bool is_executed, char *detail)
{
    struct stat status;
    char magic[2] = "";
    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode))
        return refuse(detail, "%.300s is no regular file", path);
    if (!trusted_status(&status, path, detail))
        return false;
    if (!is_executed)
        return true;
    if ((status.st_mode & S_IXUSR) == 0)
        return refuse(detail, "%.300s is not executable (chmod 0755)", path);
    if (pread(descriptor, magic, 2, 0) == 2 && memcmp(magic, "#!", 2) == 0)
        return refuse(detail, "%.300s is a script; its document must name its interpreter", path);
    return true;
}

static int open_in(const struct trusted_folder *folder, const char *name, char *path, char *detail)
{
    int descriptor =
        openat(folder->descriptor, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int error = errno;
    snprintf(path, PATH_MAX, "%.2000s/%.128s", strcmp(folder->path, "/") == 0 ? "" : folder->path, name);
    if (descriptor < 0)
        (void)refuse(detail, "%.300s%s%s", path, error == ELOOP ? "" : ": ",
                     error == ELOOP ? " is a symbolic link; the file itself must lie there" : strerror(error));
    errno = error;
    return descriptor;
}

/* In the first folder that has it. -1: refused, or in none. */
static int find_program(const struct program_plan *plan, char *path, char *detail)
{
    struct trusted_folder folder;
    (void)refuse(detail, "%.*s is in none of adapters.directories", TEXT_ARGUMENTS(plan->document->program));
    for (size_t i = 0; i < plan->directories.count; i++) {
        char why[PROGRAM_DETAIL_SIZE] = "";
        int found = -1, error = 0;
        if (trusted_folder_open(&folder, plan->directories.items[i].base, why)) {
            if (!is_apart(plan, &folder, why))
                error = EPERM;
            else if ((found = open_in(&folder, plan->document->program.base, path, why)) < 0)
                error = errno;
            trusted_folder_close(&folder);
        } else {
            error = errno;
        }
        if (found >= 0)
            return found;
        if (error != ENOENT) {
            memcpy(detail, why, sizeof(why));
            return -1;
        }
    }
    return -1;
}

static bool check_hash(int descriptor, struct text expected, const char *path, char *detail)
{
    unsigned char digest[DIGEST_SIZE];
    char found[2 * DIGEST_SIZE + 1];
    if (!digest_sha256_file(descriptor, digest))
        return refuse(detail, "%.300s: %s", path, strerror(errno));
    digest_hex(digest, found);
    if (text_equal_ignoring_case(text_of(found), expected))
        return true;
    return refuse(detail, "sha256 of %.250s is %s, expected %.*s", path, found, TEXT_ARGUMENTS(expected));
}

/* --- scripts --- */

static bool copy_bytes(int from, int to)
{
    char part[16384];
    ssize_t length;
    off_t offset = 0;
    while ((length = pread(from, part, sizeof(part), offset)) > 0) {
        offset += length;
        if (offset > SCRIPT_BYTES_MAX || write(to, part, (size_t)length) != length)
            return false;
    }
    return length == 0;
}

/* Read once by us and once by the interpreter, it could be two different scripts; the copy is one. */
static int seal_copy(int file, const char *path, char *detail)
{
    int copy = memfd_create("adapter", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (copy >= 0 && copy_bytes(file, copy) &&
        fcntl(copy, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == 0)
        return copy;
    (void)refuse(detail, "%.300s cannot be copied, or has more than %d bytes", path, SCRIPT_BYTES_MAX);
    if (copy >= 0)
        close(copy);
    return -1;
}

static const char *find_interpreter(const struct program_plan *plan)
{
    for (size_t i = 0; i < plan->interpreters.count; i++) {
        const char *slash = strrchr(plan->interpreters.items[i].base, '/');
        if (slash != NULL && text_is(plan->document->interpreter, slash + 1))
            return plan->interpreters.items[i].base;
    }
    return NULL;
}

/* The operator may name a link to it; the file that is found behind it is what is looked at. */
static int open_interpreter(const struct program_plan *plan, char *path, char *detail)
{
    char resolved[PATH_MAX];
    struct trusted_folder folder;
    const char *named = find_interpreter(plan);
    if (named == NULL || realpath(named, resolved) == NULL) {
        (void)refuse(detail, "the interpreter %.*s is %s", TEXT_ARGUMENTS(plan->document->interpreter),
                     named == NULL ? "none of adapters.interpreters" : "not there");
        return -1;
    }
    char *slash = strrchr(resolved, '/');
    *slash = '\0';
    if (!trusted_folder_open(&folder, slash == resolved ? "/" : resolved, detail))
        return -1;
    int found = open_in(&folder, slash + 1, path, detail);
    trusted_folder_close(&folder);
    return found;
}

static void add_options(struct program_image *image, const char *name)
{
    for (size_t i = 0; i < sizeof(interpreters) / sizeof(interpreters[0]); i++)
        if (fnmatch(interpreters[i].pattern, name, 0) == 0)
            while (interpreters[i].options[image->option_count] != NULL) {
                image->options[image->option_count] = interpreters[i].options[image->option_count];
                image->option_count++;
            }
}

static bool open_script(struct program_image *image, const struct program_plan *plan, int file,
                        const char *path, char *detail)
{
    image->script = seal_copy(file, path, detail);
    if (image->script < 0 || !check_hash(image->script, plan->document->sha256, path, detail))
        return false;
    image->executed = open_interpreter(plan, image->path, detail);
    add_options(image, plan->document->interpreter.base);
    return image->executed >= 0 && check_file(image->executed, image->path, true, detail) &&
           check_hash(image->executed, plan->document->interpreter_sha256, image->path, detail);
}

bool program_image_open(struct program_image *image, const struct program_plan *plan, char *detail)
{
    char path[PATH_MAX];
    bool is_script = plan->document->interpreter.length != 0;
    *image = (struct program_image){.executed = -1, .script = -1};
    int file = find_program(plan, path, detail);
    if (file < 0)
        return false;
    bool is_good = check_file(file, path, !is_script, detail);
    if (is_script) {
        is_good = is_good && open_script(image, plan, file, path, detail);
        close(file);
    } else {
        image->executed = file;
        memcpy(image->path, path, sizeof(path));
        is_good = is_good && check_hash(file, plan->document->sha256, path, detail);
    }
    if (!is_good)
        program_image_close(image);
    return is_good;
}

void program_image_close(struct program_image *image)
{
    if (image->executed >= 0)
        close(image->executed);
    if (image->script >= 0)
        close(image->script);
    image->executed = image->script = -1;
}
