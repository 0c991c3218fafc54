/* The folder is opened first, and everything after that goes by it, so that it is one socket that is looked at
 * and connected to. Who listens is the kernel's word (SO_PEERCRED, unix(7)). */
#include "connected_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "kept_files.h"

static bool refuse(const char *path, const char *why, char *detail)
{
    snprintf(detail, PROGRAM_DETAIL_SIZE, "%.300s: %s", path, why);
    return false;
}

/* By what it is, whatever it is called: the admin socket may be reached by several names. */
static bool is_own(const struct program_plan *plan, const struct stat *status, const char *path)
{
    struct stat own;
    if (kept_files_include(plan, path))
        return true;
    return plan->admin_socket != NULL && stat(plan->admin_socket, &own) == 0 && own.st_dev == status->st_dev &&
           own.st_ino == status->st_ino;
}

static bool is_good(const struct program_plan *plan, int folder, const char *name, const char *path,
                    char *detail)
{
    struct stat status;
    if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return refuse(path, strerror(errno), detail);
    if (!S_ISSOCK(status.st_mode))
        return refuse(path, "it is no socket", detail);
    if (is_own(plan, &status, path))
        return refuse(path, "it is the gateway's own and no adapter's", detail);
    return true;
}

static bool is_peer_trusted(int socket, const char *path, char *detail)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
        (peer.uid == 0 || peer.uid == geteuid()))
        return true;
    return refuse(path, "it is listened on by somebody who is neither root nor the gateway's user", detail);
}

/* Without waiting: a queue that is full is as good as nobody. The path is the folder's descriptor and a name,
 * which also fits where the whole of it would not (108 bytes). */
static bool join(int socket, int folder, const char *name, const char *path, char *detail)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int length = snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", folder, name);
    if (length < 0 || (size_t)length >= sizeof(address.sun_path))
        return refuse(path, "has a name that is too long", detail);
    if (connect(socket, (const struct sockaddr *)&address, sizeof(address)) != 0)
        return refuse(path, strerror(errno), detail);
    return is_peer_trusted(socket, path, detail);
}

static int open_in(const struct program_plan *plan, int folder, const char *name, const char *path,
                   char *detail)
{
    if (!is_good(plan, folder, name, path, detail))
        return -1;
    int opened = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (opened >= 0 && join(opened, folder, name, path, detail) && fcntl(opened, F_SETFL, 0) == 0)
        return opened;
    if (opened < 0)
        refuse(path, strerror(errno), detail);
    else
        close(opened);
    return -1;
}

int connected_socket_open(const struct program_plan *plan, const char *path, char *detail)
{
    struct trusted_folder folder;
    char above[PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (slash == NULL || (size_t)(slash - path) >= sizeof(above)) {
        refuse(path, "is no absolute path", detail);
        return -1;
    }
    snprintf(above, sizeof(above), "%.*s", slash == path ? 1 : (int)(slash - path), path);
    if (!trusted_folder_open(&folder, above, detail))
        return -1;
    int opened = open_in(plan, folder.descriptor, slash + 1, path, detail);
    trusted_folder_close(&folder);
    return opened;
}
