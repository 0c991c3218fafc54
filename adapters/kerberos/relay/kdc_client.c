/* Whoever has connected from this process has the other end among the descriptors of this process: a socket
 * whose own address is the peer's, and whose peer is ours. Addresses in a connection are the kernel's, so
 * nobody else can have them at the same time. */
#include "kdc_client.h"

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum { DESCRIPTORS_MAX = 65536 };

typedef int (*address_of)(int descriptor, struct sockaddr *address, socklen_t *size);

static bool read_address(address_of read, int descriptor, struct sockaddr_in *address)
{
    struct sockaddr_storage any = {0};
    socklen_t size = sizeof(any);
    if (read(descriptor, (struct sockaddr *)&any, &size) != 0 || any.ss_family != AF_INET)
        return false;
    *address = *(struct sockaddr_in *)&any;
    return true;
}

static bool is_same(const struct sockaddr_in *one, const struct sockaddr_in *other)
{
    return one->sin_addr.s_addr == other->sin_addr.s_addr && one->sin_port == other->sin_port;
}

static int descriptor_count(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > DESCRIPTORS_MAX)
        return DESCRIPTORS_MAX;
    return (int)limit.rlim_cur;
}

bool kdc_client_is_own(int accepted)
{
    struct sockaddr_in here, there, address;
    if (!read_address(getsockname, accepted, &here) || !read_address(getpeername, accepted, &there))
        return false;
    int count = descriptor_count();
    for (int descriptor = 0; descriptor < count; descriptor++) {
        if (read_address(getsockname, descriptor, &address) && is_same(&address, &there) &&
            read_address(getpeername, descriptor, &address) && is_same(&address, &here))
            return true;
    }
    return false;
}
