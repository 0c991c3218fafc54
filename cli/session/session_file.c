/* Reads and writes the session; see session_file.h. Written beside and put in place, so that nobody reads half
 * of one. */
#include "session_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "json/json_writer.h"

enum { SESSION_BYTES_MAX = 64 * 1024 };

static const struct json_limits session_limits = {.bytes = SESSION_BYTES_MAX, .depth = 4, .members = 32};

struct text session_gateway(struct text url)
{
    while (text_ends_with(url, TEXT("/")))
        url.length--;
    return url;
}

/* TEXT_NONE where there is no home. */
static struct text folder_of(struct arena *arena)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (state != NULL && state[0] == '/') /* a relative one is to be ignored, by the XDG specification */
        return arena_print(arena, "%s/dragoman", state);
    return home == NULL || home[0] != '/' ? TEXT_NONE : arena_print(arena, "%s/.local/state/dragoman", home);
}

static struct text path_of(struct arena *arena)
{
    struct text folder = folder_of(arena);
    return folder.base == NULL ? TEXT_NONE : arena_print(arena, "%s/session.json", folder.base);
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
    char *bytes = arena_allocate(arena, SESSION_BYTES_MAX + 1);
    size_t length = 0;
    ssize_t got;
    while (length <= SESSION_BYTES_MAX &&
           (got = read(descriptor, bytes + length, SESSION_BYTES_MAX + 1 - length)) > 0)
        length += (size_t)got;
    *content = (struct text){bytes, length};
    return length != 0 && length <= SESSION_BYTES_MAX;
}

bool session_file_read(const struct invocation *invocation, struct session *session, struct text *why)
{
    struct arena *arena = invocation->arena;
    struct text path = path_of(arena), content;
    const struct json_value *json;
    *why = TEXT_NONE;
    int descriptor = path.base == NULL ? -1 : open(path.base, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0)
        return false;
    bool is_ours = is_ours_alone(descriptor);
    bool is_read = is_ours && read_all(descriptor, arena, &content);
    close(descriptor);
    if (!is_read || json_parse(arena, content, &session_limits, &json) != FAULT_NONE) {
        *why = arena_print(arena, is_ours ? "%s is no session" : "%s is not yours alone", path.base);
        return false;
    }
    *session = (struct session){json_text_of(json, "gateway"), json_text_of(json, "access_token"),
                                json_integer_of(json, "expires_at")};
    return session->gateway.length != 0 && session->token.length != 0;
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

static struct text format(struct arena *arena, const struct session *session)
{
    struct buffer out = buffer_in(arena, session->token.length + 256); /* wiped with it */
    struct json_writer writer = json_writer_on(&out);
    json_begin_object(&writer);
    json_member_text(&writer, "gateway", session->gateway);
    json_member_integer(&writer, "expires_at", session->expires_at_s);
    json_member_text(&writer, "access_token", session->token);
    json_end_object(&writer);
    return buffer_text(&out);
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

enum exit_code session_file_write(const struct invocation *invocation, const struct session *session)
{
    struct arena *arena = invocation->arena;
    struct text path = path_of(arena);
    bool is_written = make_folders(folder_of(arena)) &&
                      put_in_place(format(arena, session),
                                   arena_print(arena, "%s.%ld", path.base, (long)getpid()).base, path.base);
    if (is_written)
        return EXIT_CODE_FINE;
    terminal_complain(invocation->terminal, TEXT("the session cannot be kept"), text_of(strerror(errno)),
                      TEXT("it goes to $XDG_STATE_HOME/dragoman or ~/.local/state/dragoman, which must be "
                           "writable"));
    return EXIT_CODE_REFUSED;
}

void session_file_remove(const struct invocation *invocation)
{
    struct text path = path_of(invocation->arena);
    if (path.base != NULL)
        unlink(path.base);
}
