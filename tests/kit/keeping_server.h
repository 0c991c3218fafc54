/* An HTTPS server for tests that keeps its connections open, many at once, and answers each request with the
 * number of its connection, counted from 1. */
#ifndef KIT_KEEPING_SERVER_H
#define KIT_KEEPING_SERVER_H

#include <stdbool.h>
#include <stdint.h>

struct keeping_server;

/* directory: with tls.crt and tls.key. */
struct keeping_server *keeping_server_start(const char *directory);
uint16_t keeping_server_port(const struct keeping_server *server);
/* Connections whose handshake is done, and whole requests. */
unsigned keeping_server_connections(struct keeping_server *server);
unsigned keeping_server_requests(struct keeping_server *server);
/* Whether any client was ready to speak HTTP/2 (ALPN). */
bool keeping_server_was_offered_http2(struct keeping_server *server);
/* From the next connection on, what is in this directory. */
void keeping_server_change(struct keeping_server *server, const char *directory);
/* Waits until none of its connections is open, and all that came on them is counted; false after five seconds.
 */
bool keeping_server_settle(struct keeping_server *server);
void keeping_server_stop(struct keeping_server *server);

#endif
