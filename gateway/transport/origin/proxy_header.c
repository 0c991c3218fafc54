/* See proxy_header.h. Every length is looked at before what it counts. */
#include "origin/proxy_header.h"

#include <netinet/in.h>
#include <string.h>

static const unsigned char signature[12] = "\r\n\r\n\0\r\nQUIT\n";

enum {
    FIXED_BYTES = 16,
    VERSION_2_LOCAL = 0x20,
    VERSION_2_PROXY = 0x21,
    UNSPECIFIED = 0x00,
    TCP_OVER_IPV4 = 0x11,
    TCP_OVER_IPV6 = 0x21,
    UNIX_STREAM = 0x31,
    FIELD_HEAD_BYTES = 3,
};

/* Of both ends; -1: nothing that a TCP connection came from. */
static int address_bytes(unsigned char family)
{
    switch (family) {
    case UNSPECIFIED:
        return 0;
    case TCP_OVER_IPV4:
        return 12;
    case TCP_OVER_IPV6:
        return 36;
    case UNIX_STREAM:
        return 216;
    default:
        return -1;
    }
}

/* What follows the addresses: type, length, value. None of it is used, and all of it has to be whole. */
static bool are_fields(const unsigned char *at, size_t left)
{
    while (left != 0) {
        if (left < FIELD_HEAD_BYTES)
            return false;
        size_t size = FIELD_HEAD_BYTES + ((size_t)at[1] << 8 | at[2]);
        if (size > left)
            return false;
        at += size;
        left -= size;
    }
    return true;
}

static void take_source(const unsigned char *addresses, unsigned char family, struct proxy_header *header)
{
    struct sockaddr_in *ipv4 = (struct sockaddr_in *)(void *)&header->source;
    struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)(void *)&header->source;
    if (family == TCP_OVER_IPV4) {
        ipv4->sin_family = AF_INET;
        memcpy(&ipv4->sin_addr, addresses, 4);
        memcpy(&ipv4->sin_port, addresses + 8, 2);
    } else if (family == TCP_OVER_IPV6) {
        ipv6->sin6_family = AF_INET6;
        memcpy(&ipv6->sin6_addr, addresses, 16);
        memcpy(&ipv6->sin6_port, addresses + 32, 2);
    }
}

enum proxy_header_state proxy_header_read(const void *bytes, size_t count, struct proxy_header *header)
{
    const unsigned char *at = bytes;
    if (memcmp(at, signature, count < sizeof(signature) ? count : sizeof(signature)) != 0)
        return PROXY_HEADER_BROKEN; /* at the first byte that is another: it is a client's */
    if (count < FIXED_BYTES)
        return PROXY_HEADER_PARTIAL;
    unsigned char command = at[12], family = at[13];
    size_t length = (size_t)at[14] << 8 | at[15];
    int needed = address_bytes(family);
    if ((command != VERSION_2_LOCAL && command != VERSION_2_PROXY) ||
        FIXED_BYTES + length > PROXY_HEADER_BYTES_MAX)
        return PROXY_HEADER_BROKEN;
    /* "The receiver must accept the connection and ignore any address information" of a local one. */
    if (command == VERSION_2_PROXY && (needed < 0 || (size_t)needed > length))
        return PROXY_HEADER_BROKEN;
    if (count < FIXED_BYTES + length)
        return PROXY_HEADER_PARTIAL;
    const unsigned char *addresses = at + FIXED_BYTES;
    /* Nobody says how long the addresses of a family are that we do not know, nor that fields follow no family.
     */
    bool has_fields = command == VERSION_2_PROXY && family != UNSPECIFIED;
    if (has_fields && !are_fields(addresses + needed, length - (size_t)needed))
        return PROXY_HEADER_BROKEN;
    *header = (struct proxy_header){.length = FIXED_BYTES + length, .is_local = command == VERSION_2_LOCAL};
    if (!header->is_local)
        take_source(addresses, family, header);
    return PROXY_HEADER_WHOLE;
}
