/* Reads the 9-byte headers of HTTP/2 frames (RFC 9113 section 4.1) off the bytes as they arrive and counts the
 * kinds that cost the sender nothing. Pure; whether a frame is right is for h2o to say. */
#ifndef TRANSPORT_FRAME_SCANNER_H
#define TRANSPORT_FRAME_SCANNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Kinds that are metered. Everything a client may send without being asked and without asking for anything. */
enum frame_kind {
    FRAME_RESET, /* RST_STREAM, and streams that the server had to reset */
    FRAME_WINDOW_UPDATE,
    FRAME_SETTINGS, /* acknowledgements included */
    FRAME_PING,
    FRAME_PRIORITY,
    FRAME_EMPTY_DATA, /* nothing but padding, and not the end of its stream */
    FRAME_CONTINUATION,
    FRAME_OTHER, /* GOAWAY, PUSH_PROMISE, unknown types */
    FRAME_KIND_COUNT
};

/* Where the byte stream is. Opened by frame_scanner_open. */
struct frame_scanner {
    uint32_t payload_left;
    uint32_t block_bytes; /* of the header block that is open, or was last */
    uint8_t preface_left;
    uint8_t header_length;
    bool is_block_open; /* HEADERS without END_HEADERS: only CONTINUATION may follow */
    bool wants_pad_length;
    uint8_t header[9];
};

/* What one scan saw. */
struct frame_tally {
    uint32_t counts[FRAME_KIND_COUNT];
    uint32_t metered; /* the sum of counts */
    uint32_t headers; /* HEADERS frames */
    uint32_t largest_block;
};

void frame_scanner_open(struct frame_scanner *scanner);
/* Adds to the tally; bytes are those that followed the ones of the last call. */
void frame_scanner_read(struct frame_scanner *scanner, const void *bytes, size_t length,
                        struct frame_tally *tally);

#endif
