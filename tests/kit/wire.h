/* A client that controls every byte: TLS (or not) over TCP or a Unix socket, and HTTP/2 frames made by hand.
 * Every wait ends after some seconds, as if the server had closed. */
#ifndef KIT_WIRE_H
#define KIT_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire;

/* protocol: the one ALPN offer, NULL for no ALPN. NULL when the handshake fails. */
struct wire *wire_open_tls(uint16_t port, const char *protocol);
/* The same with at most this version (TLS1_1_VERSION and so on). */
struct wire *wire_open_tls_version(uint16_t port, const char *protocol, int version);
/* The same with a receive buffer of this many bytes, so that the server's writes block soon. */
struct wire *wire_open_tls_window(uint16_t port, const char *protocol, int receive_buffer);
bool wire_agreed_on(const struct wire *wire, const char *protocol);
struct wire *wire_open_tcp(uint16_t port);
struct wire *wire_open_unix(const char *path);
void wire_close(struct wire *wire);

bool wire_write(struct wire *wire, const void *bytes, size_t length);
/* Sends this many key updates (RFC 8446 section 4.6.3). */
bool wire_update_keys(struct wire *wire, unsigned count);
/* While corked what is written waits, so that it arrives as one piece. */
void wire_cork(struct wire *wire, bool is_corked);
bool wire_write_text(struct wire *wire, const char *text);
/* Reads until the bytes so far, kept zero-terminated, contain the text, the connection ends or time runs out;
 * true if they contain it. */
bool wire_read_until(struct wire *wire, const char *text);
/* True when the server closes within the time; what it still sent can be seen in wire_received. */
bool wire_read_end(struct wire *wire);
const char *wire_received(const struct wire *wire);
void wire_forget(struct wire *wire); /* what was received */

/* --- HTTP/2 (RFC 9113) --- */

enum {
    WIRE_DATA = 0,
    WIRE_HEADERS = 1,
    WIRE_RST_STREAM = 3,
    WIRE_SETTINGS = 4,
    WIRE_GOAWAY = 7,
    WIRE_CONTINUATION = 9
};
enum { WIRE_END_STREAM = 1, WIRE_END_HEADERS = 4 };

/* Bytes that are collected and written at once. */
struct wire_frames {
    unsigned char *bytes;
    size_t length;
};
void wire_frames_preface(struct wire_frames *frames); /* with an empty SETTINGS */
void wire_frames_add(struct wire_frames *frames, uint8_t type, uint8_t flags, uint32_t stream,
                     const void *payload, size_t length);
/* A request without body; method and path at most 100 bytes, extra_headers fields named x-0, x-1 … are added.
 */
void wire_frames_request(struct wire_frames *frames, uint32_t stream, const char *method, const char *path,
                         size_t path_length, unsigned extra_headers, bool ends);
void wire_frames_reset(struct wire_frames *frames, uint32_t stream);
/* Writes and frees them. */
bool wire_frames_send(struct wire_frames *frames, struct wire *wire);

/* Reads frames until one of this type comes for this stream (any, when 0); copies up to size bytes of its
 * payload. The length, or -1 if the connection ended first. */
long wire_read_frame(struct wire *wire, uint8_t type, uint32_t stream, void *payload, size_t size);
/* The :status of the stream's response, -1 if none came; *was_reset tells why. */
int wire_read_status(struct wire *wire, uint32_t stream, bool *was_reset);

#endif
