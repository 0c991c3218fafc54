/* What comes on a connection before TLS or HTTP: a terminator's PROXY header, and, where there is no TLS that
 * says which HTTP follows, the first bytes of the client. All of it within the time for the handshake. */
#ifndef TRANSPORT_PROLOGUE_H
#define TRANSPORT_PROLOGUE_H

#include <sys/socket.h>

#include "serving.h"

/* Whether somebody at this address is one of the terminators, for this listener. */
bool prologue_believes(const struct acceptor *acceptor, const struct sockaddr_storage *address);
/* Reads the header, then begins the connection as whose it is; closes it where there is none. */
void prologue_read_proxy_header(struct connection *connection);
/* Waits for what tells HTTP/2 with prior knowledge (RFC 9113 section 3.3) from HTTP/1.1, then serves. */
void prologue_read_preface(struct connection *connection);

#endif
