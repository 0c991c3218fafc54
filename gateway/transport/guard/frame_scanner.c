/* A frame is taken up when its header is complete; of payloads only the pad length of DATA is looked at. */
#include "guard/frame_scanner.h"

#include <string.h>

enum { PREFACE_LENGTH = 24, HEADER_LENGTH = 9, END_STREAM = 0x1, END_HEADERS = 0x4, PADDED = 0x8 };
enum { TYPE_DATA, TYPE_HEADERS, TYPE_PRIORITY, TYPE_RST_STREAM, TYPE_SETTINGS, TYPE_PING = 6 };
enum { TYPE_WINDOW_UPDATE = 8, TYPE_CONTINUATION };

void frame_scanner_open(struct frame_scanner *scanner)
{
    *scanner = (struct frame_scanner){.preface_left = PREFACE_LENGTH};
}

static void count(struct frame_tally *tally, enum frame_kind kind)
{
    tally->counts[kind]++;
    tally->metered++;
}

static void add_to_block(struct frame_scanner *scanner, uint8_t flags, struct frame_tally *tally)
{
    scanner->block_bytes += scanner->payload_left;
    scanner->is_block_open = (flags & END_HEADERS) == 0;
    if (scanner->block_bytes > tally->largest_block)
        tally->largest_block = scanner->block_bytes;
}

static void take_data(struct frame_scanner *scanner, uint8_t flags, struct frame_tally *tally)
{
    if ((flags & END_STREAM) != 0)
        return;
    if (scanner->payload_left == 0)
        count(tally, FRAME_EMPTY_DATA);
    else
        scanner->wants_pad_length = (flags & PADDED) != 0;
}

static void take_frame(struct frame_scanner *scanner, struct frame_tally *tally)
{
    const uint8_t *header = scanner->header;
    uint8_t type = header[3], flags = header[4];
    scanner->header_length = 0;
    scanner->payload_left = (uint32_t)header[0] << 16 | (uint32_t)header[1] << 8 | header[2];
    switch (type) {
    case TYPE_DATA:
        take_data(scanner, flags, tally);
        break;
    case TYPE_HEADERS:
        tally->headers++;
        scanner->block_bytes = 0;
        add_to_block(scanner, flags, tally);
        break;
    case TYPE_CONTINUATION:
        count(tally, FRAME_CONTINUATION);
        add_to_block(scanner, flags, tally);
        break;
    case TYPE_PRIORITY:
        count(tally, FRAME_PRIORITY);
        break;
    case TYPE_RST_STREAM:
        count(tally, FRAME_RESET);
        break;
    case TYPE_SETTINGS:
        count(tally, FRAME_SETTINGS);
        break;
    case TYPE_PING:
        count(tally, FRAME_PING);
        break;
    case TYPE_WINDOW_UPDATE:
        count(tally, FRAME_WINDOW_UPDATE);
        break;
    default:
        count(tally, FRAME_OTHER);
    }
}

static size_t at_most(size_t wanted, size_t most)
{
    return wanted < most ? wanted : most;
}

/* RFC 9113 section 6.1: the first octet of a padded frame says how many of the others are padding. */
static void take_pad_length(struct frame_scanner *scanner, uint8_t padding, struct frame_tally *tally)
{
    scanner->wants_pad_length = false;
    if ((uint32_t)padding + 1 >= scanner->payload_left)
        count(tally, FRAME_EMPTY_DATA);
}

void frame_scanner_read(struct frame_scanner *scanner, const void *bytes, size_t length,
                        struct frame_tally *tally)
{
    const uint8_t *at = bytes, *end = at + length;
    size_t step = at_most(scanner->preface_left, length);
    scanner->preface_left = (uint8_t)(scanner->preface_left - step);
    at += step;
    while (at < end) {
        if (scanner->payload_left != 0) {
            if (scanner->wants_pad_length)
                take_pad_length(scanner, *at, tally);
            step = at_most(scanner->payload_left, (size_t)(end - at));
            scanner->payload_left -= (uint32_t)step;
            at += step;
            continue;
        }
        step = at_most((size_t)(HEADER_LENGTH - scanner->header_length), (size_t)(end - at));
        memcpy(scanner->header + scanner->header_length, at, step);
        scanner->header_length = (uint8_t)(scanner->header_length + step);
        at += step;
        if (scanner->header_length == HEADER_LENGTH)
            take_frame(scanner, tally);
    }
}
