/* A tiny HTTP/1.1 issuer on a loopback port, on a thread of its own: one connection and one answer at a time,
 * each path with the answer the test gives it, every request counted. */
#ifndef ISSUER_SERVER_H
#define ISSUER_SERVER_H

#include <stddef.h>

#include "base/text.h"

struct issuer_server;

struct issuer_server *issuer_server_start(void);
void issuer_server_stop(struct issuer_server *server);
const char *issuer_server_url(const struct issuer_server *server); /* http://127.0.0.1:PORT */

/* headers: whole lines with CRLF, or "". Copies. Status 0 closes the connection without an answer. */
void issuer_server_answer(struct issuer_server *server, const char *path, int status, const char *headers,
                          struct text body);
/* How long an answer is held back after it was decided; for requests from now on. */
void issuer_server_delay(struct issuer_server *server, int delay_ms);
int issuer_server_count(struct issuer_server *server, const char *path);
/* Waits until a path was asked for this many times; false after five seconds. */
bool issuer_server_wait(struct issuer_server *server, const char *path, int count);

#endif
