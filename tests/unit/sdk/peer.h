/* The gateway's end of the protocol in tests of the SDK: an adapter in a process of its own, and lines to and
 * from it.
 */
#ifndef SDK_TEST_PEER_H
#define SDK_TEST_PEER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/types.h>

#include "channel.h"
#include "dragoman/adapter_tools.h"

#define PEER_KEY "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

struct peer {
    pid_t child;
    struct channel channel;
    struct arena *arena;
};

/* Forks; nothing is sent. */
void peer_start(struct peer *peer, const struct adapter_definition *definition);
/* start and initialize besides; more: members of start's params behind the key, beginning with a comma, or "".
 */
void peer_begin(struct peer *peer, const struct adapter_definition *definition, const char *more);
void peer_send(struct peer *peer, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A mint with this id, deadline and purpose. */
void peer_mint(struct peer *peer, int id, int deadline_ms, const char *purpose);
/* The next line; NULL where the adapter has gone. Fails the test after ten seconds. */
const struct json_value *peer_receive(struct peer *peer);
/* The next line is the answer to this id: its error's code, 0 for a result, in *answer the line. */
int64_t peer_answer(struct peer *peer, int id, const struct json_value **answer);
/* Closes the socket and hands back the exit status, negative for a signal. */
int peer_end(struct peer *peer);

#endif
