/* X-Forwarded-For (first byte even) and Forwarded (odd): whatever is before what our own proxy wrote, on a line
 * of its own, makes no other client of its client. */
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>

#include "origin/forwarded_address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    SCOPED_ARENA arena = arena_create();
    bool is_list = data[0] % 2 == 0;
    bool (*add)(struct forwarded_hops * hops, struct text line) =
        is_list ? forwarded_hops_add_list : forwarded_hops_add_forwarded;
    const struct text believed[] = {TEXT("10.0.0.0/8")};
    const struct address_guard *guard;
    size_t bad;
    struct forwarded_hops hops = {0};
    struct sockaddr_storage client;
    if (address_guard_create(arena, believed, 1, &guard, &bad) != FAULT_NONE)
        abort();
    if (!add(&hops, (struct text){(const char *)data + 1, size - 1}))
        return 0;
    if (forwarded_hops_client(&hops, guard, &client) && client.ss_family != AF_INET &&
        client.ss_family != AF_INET6)
        abort();
    if (hops.count == FORWARDED_HOPS_MAX)
        return 0;
    if (!add(&hops, is_list ? TEXT("192.0.2.7") : TEXT("for=192.0.2.7")) ||
        !forwarded_hops_client(&hops, guard, &client) || client.ss_family != AF_INET ||
        ((const struct sockaddr_in *)(const void *)&client)->sin_addr.s_addr != htonl(0xc0000207))
        abort();
    return 0;
}
