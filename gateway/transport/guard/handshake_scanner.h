/* Reads the headers of TLS records (RFC 8446 section 5.1) and of handshake messages in them (section 4) off a
 * client's bytes, as long as those are not encrypted: how long a message says it is, before anybody makes room
 * for it. Pure. */
#ifndef TRANSPORT_HANDSHAKE_SCANNER_H
#define TRANSPORT_HANDSHAKE_SCANNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A ClientHello has one or two thousand bytes; with keys that quantum computers do not break, too. */
enum { HANDSHAKE_MESSAGE_MAX = 16 * 1024 };

/* Where the byte stream is. Zeros at its beginning. */
struct handshake_scanner {
    uint32_t message_left;
    uint16_t record_left;
    uint8_t record_header_length;
    uint8_t message_header_length;
    uint8_t record_header[5];
    uint8_t message_header[4];
    bool has_change_cipher; /* a ChangeCipherSpec has come */
};

/* Bytes that followed those of the last call; false when a message says that it is longer. */
bool handshake_scanner_read(struct handshake_scanner *scanner, const void *bytes, size_t length);

#endif
