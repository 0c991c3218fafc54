/* A server that answers one byte string to every request, on loopback, in a thread: the remote side in tests of
 * outbound HTTP. It also remembers what it was sent. */
#ifndef KIT_CANNED_SERVER_H
#define KIT_CANNED_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct canned_server;

/* directory: with tls.crt and tls.key of certificate_write, NULL for cleartext. unix_path: instead of a port,
 * or NULL. The answer is sent after each request head (and its Content-Length bytes), then the connection is
 * closed. An empty answer: none ever. */
struct canned_server *canned_server_start(const char *directory, const char *unix_path, const char *answer,
                                          size_t answer_length);
/* From the next request on, another; it stays where it is. */
void canned_server_change(struct canned_server *server, const char *answer, size_t answer_length);
uint16_t canned_server_port(const struct canned_server *server);
unsigned canned_server_connections(struct canned_server *server);
/* The last request, zero-terminated; valid until it is asked for again. Only whole ones are. */
const char *canned_server_request(struct canned_server *server);
void canned_server_stop(struct canned_server *server);

#endif
