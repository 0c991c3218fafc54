/* Reads and writes them; see private_file.h. */
#include "private_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* TEXT_NONE where there is no home. */
static struct text folder_of(struct arena *arena)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (state != NULL && state[0] == '/') /* a relative one is to be ignored, by the XDG specification */
        return arena_print(arena, "%s/dragoman", state);
    return home == NULL || home[0] != '/' ? TEXT_NONE : arena_print(arena, "%s/.local/state/dragoman", home);
}

static struct text path_of(struct arena *arena, const char *name)
{
    struct text folder = folder_of(arena);
    return folder.base == NULL ? TEXT_NONE : arena_print(arena, "%s/%s", folder.base, name);
}

/* Another's file could hold another's session, and what others may read they may use. */
static bool is_ours_alone(int descriptor)
{
    struct stat status;
    return fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
           (status.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

static bool read_all(int descriptor, struct arena *arena, struct text *content)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0 || status.st_size <= 0 || status.st_size > PRIVATE_FILE_BYTES_MAX)
        return false;
    size_t size = (size_t)status.st_size, length = 0;
    char *bytes = arena_allocate(arena, size);
    ssize_t got;
    while (length < size && (got = read(descriptor, bytes + length, size - length)) > 0)
        length += (size_t)got;
    *content = (struct text){bytes, length};
    return length == size;
}

bool private_file_read(const struct invocation *invocation, const char *name, struct text *content,
                       struct text *why)
{
    struct text path = path_of(invocation->arena, name);
    *why = TEXT_NONE;
    int descriptor = path.base == NULL ? -1 : open(path.base, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0)
        return false;
    bool is_ours = is_ours_alone(descriptor);
    bool is_read = is_ours && read_all(descriptor, invocation->arena, content);
    close(descriptor);
    if (!is_read)
        *why =
            arena_print(invocation->arena, is_ours ? "%s cannot be read" : "%s is not yours alone", path.base);
    return is_read;
}

static bool make_folders(struct text folder)
{
    char path[4096];
    if (folder.base == NULL || folder.length >= sizeof(path))
        return false;
    memcpy(path, folder.base, folder.length);
    path[folder.length] = '\0';
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            return false;
        *slash = '/';
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

static bool write_all(int descriptor, struct text text)
{
    while (text.length != 0) {
        ssize_t written = write(descriptor, text.base, text.length);
        if (written <= 0)
            return false;
        text = (struct text){text.base + written, text.length - (size_t)written};
    }
    return true;
}

static bool put_in_place(struct text content, const char *temporary, const char *path)
{
    unlink(temporary);
    int descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0)
        return false;
    bool is_written = write_all(descriptor, content) && fsync(descriptor) == 0;
    is_written = close(descriptor) == 0 && is_written && rename(temporary, path) == 0;
    if (!is_written)
        unlink(temporary);
    return is_written;
}

bool private_file_write(const struct invocation *invocation, const char *name, struct text content)
{
    struct arena *arena = invocation->arena;
    struct text path = path_of(arena, name);
    return make_folders(folder_of(arena)) &&
           put_in_place(content, arena_print(arena, "%s.%ld", path.base, (long)getpid()).base, path.base);
}

void private_file_remove(const struct invocation *invocation, const char *name)
{
    struct text path = path_of(invocation->arena, name);
    if (path.base != NULL)
        unlink(path.base);
}
