/* Records and messages are cut independently of each other: either may end anywhere in the other. */
#include "guard/handshake_scanner.h"

enum { CHANGE_CIPHER_SPEC = 20, HANDSHAKE = 22 };

static size_t at_most(size_t wanted, size_t most)
{
    return wanted < most ? wanted : most;
}

static void take_record_byte(struct handshake_scanner *scanner, uint8_t byte)
{
    uint8_t *header = scanner->record_header;
    header[scanner->record_header_length++] = byte;
    if (scanner->record_header_length < sizeof(scanner->record_header))
        return;
    scanner->record_header_length = 0;
    scanner->record_left = (uint16_t)(header[3] << 8 | header[4]);
    if (header[0] == CHANGE_CIPHER_SPEC)
        scanner->has_change_cipher = true;
}

static void take_message_byte(struct handshake_scanner *scanner, uint8_t byte)
{
    uint8_t *header = scanner->message_header;
    header[scanner->message_header_length++] = byte;
    if (scanner->message_header_length < sizeof(scanner->message_header))
        return;
    scanner->message_header_length = 0;
    scanner->message_left = (uint32_t)header[1] << 16 | (uint32_t)header[2] << 8 | header[3];
}

static bool take_messages(struct handshake_scanner *scanner, const uint8_t *at, size_t length)
{
    const uint8_t *end = at + length;
    while (at < end) {
        size_t step = at_most(scanner->message_left, (size_t)(end - at));
        scanner->message_left -= (uint32_t)step;
        at += step;
        if (step == 0)
            take_message_byte(scanner, *at++);
        if (scanner->message_left > HANDSHAKE_MESSAGE_MAX)
            return false;
    }
    return true;
}

bool handshake_scanner_read(struct handshake_scanner *scanner, const void *bytes, size_t length)
{
    const uint8_t *at = bytes, *end = at + length;
    while (at < end) {
        size_t step = at_most(scanner->record_left, (size_t)(end - at));
        if (step == 0) {
            take_record_byte(scanner, *at++);
            continue;
        }
        if (scanner->record_header[0] == HANDSHAKE && !take_messages(scanner, at, step))
            return false;
        scanner->record_left = (uint16_t)(scanner->record_left - step);
        at += step;
    }
    return true;
}
