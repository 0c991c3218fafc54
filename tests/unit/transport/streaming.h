/* What the tests of answers in pieces share: a stage whose relay listener has a handler that streams, and its
 * clients.
 *
 *   /keep    an event at once, then what streaming_say says until streaming_finish     /pour  PIECES pieces,
 * /pour/much MUCH /dawdle  begins, and then keeps its loop busy for a while; never ends /broken  some bytes,
 * then cut off       /empty, /whole, /missing  answers in one go or none /exact, /short, /long  a
 * content-length of 5 and as many bytes, or not             /headers  lists them */
#ifndef TRANSPORT_STREAMING_H
#define TRANSPORT_STREAMING_H

#include "base/buffer.h"
#include "stage.h"
#include "wire.h"

enum { PIECE = 16 * 1024, PIECES = 240, MUCH = 4096 /* more than a kernel takes */, WAITING_MAX = 256 * 1024 };

struct streaming {
    struct request *_Atomic kept;
    _Atomic unsigned begun, gone, ready, ended, poured, most_poured_at_once;
    char piece[PIECE];
    /* Requests for /relay; NULL: there are none. */
    void (*relay)(struct request *request);
};
extern struct streaming streaming;

/* For cmocka. Limits: wide; write_stall_s of one; as usual; nothing per connection but for relayed bodies. */
int streaming_start(void **state);
int streaming_start_impatient(void **state);
int streaming_start_usual(void **state);
int streaming_start_tight(void **state);
int streaming_start_crowded(void **state); /* one request in flight, and two streams beside it */
int streaming_stop(void **state);
void streaming_wait_until_over(void); /* no request is in flight any more */

/* To the request that is kept. */
void streaming_wait_until_kept(void);
void streaming_say(const char *text);
void streaming_finish(bool is_whole);

struct wire *streaming_open_http2(const char *path, bool has_shut_windows);
struct wire *streaming_open_http1(const char *method, const char *path);
void streaming_open_window(struct wire *wire, uint32_t stream, uint16_t bytes);
/* The status, -1 when it broke off. */
int streaming_fetch(const char *path, struct buffer *body);

#endif
