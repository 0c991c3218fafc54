/* A name in the abstract name space of Unix sockets: the kernel gives it to one at a time, and takes it back
 * when its holder is gone, however that came about. */
#include "user_claim.h"

#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int user_claim_take(uid_t user)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int length = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "dragoman-adapter-user-%u", user);
    int claim = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (claim >= 0 && bind(claim, (const struct sockaddr *)&address,
                           (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length)) == 0)
        return claim;
    if (claim >= 0)
        close(claim);
    return -1;
}
