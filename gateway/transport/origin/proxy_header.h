/* The header of the PROXY protocol, version 2 (section 2.2 of its specification): who a connection really comes
 * from, said by a terminator before anything else. Version 1 is not read: it is text without a length. Pure. */
#ifndef TRANSPORT_PROXY_HEADER_H
#define TRANSPORT_PROXY_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

/* With the further fields (TLVs) that terminators send: what they found out of TLS, ids of cloud networks. */
enum { PROXY_HEADER_BYTES_MAX = 2048 };

enum proxy_header_state {
    PROXY_HEADER_PARTIAL, /* right so far */
    PROXY_HEADER_WHOLE,
    PROXY_HEADER_BROKEN, /* it is none, or not one of a TCP connection */
};

struct proxy_header {
    size_t length;                  /* its bytes, which are followed by the client's */
    bool is_local;                  /* of the terminator itself, such as its health check */
    struct sockaddr_storage source; /* AF_UNSPEC: not said */
};

/* The first bytes of a connection; header is filled by PROXY_HEADER_WHOLE alone. */
enum proxy_header_state proxy_header_read(const void *bytes, size_t count, struct proxy_header *header);

#endif
