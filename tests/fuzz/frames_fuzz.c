/* HTTP/2 frames as they arrive: the scanner counts the same however the bytes are cut, and the same as a plain
 * reading of the whole; the budget never lets through more of a kind than its burst, its time and its requests
 * bring. The first bytes of an input say how it is cut and how time passes. */
#include <string.h>

#include "base/fault.h"
#include "guard/frame_budget.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { PREFACE = 24, HEADER = 9, PACE = 8, START_MS = 1000 };

static const uint32_t per_second[FRAME_KIND_COUNT] = {20, 200, 2, 10, 20, 5, 10, 5};
static const enum frame_kind kind_of_type[] = {
    FRAME_EMPTY_DATA, FRAME_KIND_COUNT, FRAME_PRIORITY, FRAME_RESET,         FRAME_SETTINGS,
    FRAME_OTHER,      FRAME_PING,       FRAME_OTHER,    FRAME_WINDOW_UPDATE, FRAME_CONTINUATION};
enum { DATA = 0, HEADERS = 1, END_STREAM = 1, PADDED = 8 };

/* Section by section of RFC 9113, over the whole. */
static void read_whole(const uint8_t *bytes, size_t size, struct frame_tally *tally)
{
    for (size_t at = PREFACE; at + HEADER <= size;) {
        size_t length = (size_t)bytes[at] << 16 | (size_t)bytes[at + 1] << 8 | bytes[at + 2];
        uint8_t type = bytes[at + 3], flags = bytes[at + 4];
        enum frame_kind kind =
            type < sizeof(kind_of_type) / sizeof(*kind_of_type) ? kind_of_type[type] : FRAME_OTHER;
        bool is_counted = type != HEADERS;
        at += HEADER;
        if (type == DATA) {
            bool is_padded = (flags & PADDED) != 0;
            is_counted = (flags & END_STREAM) == 0 &&
                         (length == 0 || (is_padded && at < size && (size_t)bytes[at] + 1 >= length));
        }
        tally->headers += type == HEADERS;
        if (is_counted) {
            tally->counts[kind]++;
            tally->metered++;
        }
        at += length;
    }
}

static void add(struct frame_tally *sum, const struct frame_tally *part)
{
    for (int kind = 0; kind < FRAME_KIND_COUNT; kind++)
        sum->counts[kind] += part->counts[kind];
    sum->metered += part->metered;
    sum->headers += part->headers;
    if (part->largest_block > sum->largest_block)
        sum->largest_block = part->largest_block;
}

static bool same(const struct frame_tally *a, const struct frame_tally *b)
{
    return memcmp(a->counts, b->counts, sizeof(a->counts)) == 0 && a->metered == b->metered &&
           a->headers == b->headers;
}

/* What may have passed by now: a burst, and per second and request what the buckets say. No kind gains more
 * than four frames with a request, and resets less than one. */
static void check_budget(const struct frame_budget *budget, const struct frame_tally *granted, uint64_t now_ms)
{
    for (int kind = 0; kind < FRAME_KIND_COUNT; kind++) {
        uint64_t seconds = (now_ms - START_MS) / 1000 + 1;
        uint64_t most = per_second[kind] * (FRAME_BURST_S + seconds) + (uint64_t)granted->headers * 4;
        INVARIANT(budget->left[kind] >= 0 &&
                  (uint64_t)budget->left[kind] <= (uint64_t)per_second[kind] * FRAME_BURST_S * 1000);
        INVARIANT(granted->counts[kind] <= most);
    }
    INVARIANT(granted->counts[FRAME_RESET] <=
              per_second[FRAME_RESET] * (FRAME_BURST_S + (now_ms - START_MS) / 1000 + 1) + granted->headers);
}

static void charge(struct frame_budget *budget, const struct frame_tally *part, struct frame_tally *granted,
                   uint64_t now_ms)
{
    enum frame_kind kind = frame_budget_charge(budget, per_second, part, now_ms);
    INVARIANT(kind <= FRAME_KIND_COUNT);
    if (kind == FRAME_KIND_COUNT)
        add(granted, part);
    else
        INVARIANT(part->counts[kind] != 0); /* only what came is too much */
    granted->headers += kind == FRAME_KIND_COUNT ? 0 : part->headers;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const uint8_t usual_pace[PACE] = {1, 1, 1, 1, 1, 1, 1, 1};
    const uint8_t *pace = size >= PACE ? bytes : usual_pace;
    const uint8_t *stream = size >= PACE ? bytes + PACE : bytes;
    size_t length = size >= PACE ? size - PACE : size, turn = 0;
    struct frame_tally whole = {0}, once = {0}, parts = {0}, granted = {0};
    struct frame_scanner scanner, other;
    struct frame_budget budget;
    uint64_t now_ms = START_MS;
    frame_scanner_open(&scanner);
    frame_scanner_open(&other);
    frame_budget_open(&budget, per_second, now_ms);
    read_whole(stream, length, &whole);
    frame_scanner_read(&scanner, stream, length, &once);
    for (size_t at = 0; at < length; turn++) {
        struct frame_tally part = {0};
        size_t step = pace[turn % PACE] % 32 + 1u;
        step = step < length - at ? step : length - at;
        frame_scanner_read(&other, stream + at, step, &part);
        now_ms += pace[(turn + 1) % PACE] * 4u;
        charge(&budget, &part, &granted, now_ms);
        check_budget(&budget, &granted, now_ms);
        add(&parts, &part);
        at += step;
    }
    INVARIANT(same(&once, &whole) && same(&once, &parts) && once.largest_block == parts.largest_block);
    INVARIANT(memcmp(scanner.header, other.header, scanner.header_length) == 0 &&
              scanner.payload_left == other.payload_left && scanner.is_block_open == other.is_block_open);
    return 0;
}
