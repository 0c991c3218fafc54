/* The frame scanner: what it counts does not depend on where the bytes are cut. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "guard/frame_scanner.h"
#include "wire.h"

static struct frame_tally scan_in_pieces(const struct wire_frames *frames, size_t piece)
{
    struct frame_scanner scanner;
    struct frame_tally tally = {0};
    frame_scanner_open(&scanner);
    for (size_t at = 0; at < frames->length; at += piece) {
        size_t length = frames->length - at < piece ? frames->length - at : piece;
        frame_scanner_read(&scanner, frames->bytes + at, length, &tally);
    }
    return tally;
}

static void add_one_of_each(struct wire_frames *frames)
{
    static const unsigned char block[300], padded[4] = {3, 0, 0, 0}, half_padded[4] = {2, 'x', 0, 0};
    wire_frames_preface(frames); /* with SETTINGS */
    wire_frames_add(frames, 3, 0, 1, "\0\0\0\x08", 4);
    wire_frames_add(frames, 8, 0, 0, "\0\0\0\x01", 4);
    wire_frames_add(frames, 6, 0, 0, "12345678", 8);
    wire_frames_add(frames, 2, 0, 5, "\0\0\0\0\x10", 5);
    wire_frames_add(frames, 0, 0, 1, NULL, 0);
    wire_frames_add(frames, 0, 8, 1, padded, 4);
    wire_frames_add(frames, 0, 8, 1, half_padded, 4); /* one byte of data */
    wire_frames_add(frames, 0, 1, 1, NULL, 0);        /* the end of a stream costs it */
    wire_frames_add(frames, 0, 0, 1, "data", 4);
    wire_frames_add(frames, 1, 0, 7, block, 100);
    wire_frames_add(frames, 9, 0, 7, block, 300);
    wire_frames_add(frames, 9, 4, 7, block, 200);
    wire_frames_add(frames, 1, 4, 9, block, 50);
    wire_frames_add(frames, 7, 0, 0, "12345678", 8);
    wire_frames_add(frames, 0xbb, 0, 0, NULL, 0);
}

static void counts_each_kind_wherever_the_bytes_are_cut(void **state)
{
    (void)state;
    static const uint32_t expected[FRAME_KIND_COUNT] = {1, 1, 1, 1, 1, 2, 2, 2};
    struct wire_frames frames = {0};
    add_one_of_each(&frames);
    for (size_t piece = 1; piece < frames.length + 1; piece++) {
        struct frame_tally tally = scan_in_pieces(&frames, piece);
        assert_memory_equal(tally.counts, expected, sizeof(expected));
        assert_int_equal(tally.metered, 11);
        assert_int_equal(tally.headers, 2);
        assert_int_equal(tally.largest_block, 600);
    }
    free(frames.bytes);
}

static void knows_whether_a_header_block_is_open(void **state)
{
    (void)state;
    struct frame_scanner scanner;
    struct frame_tally tally = {0};
    struct wire_frames frames = {0};
    frame_scanner_open(&scanner);
    wire_frames_preface(&frames);
    wire_frames_add(&frames, 1, 0, 1, "ab", 2);
    frame_scanner_read(&scanner, frames.bytes, frames.length, &tally);
    assert_true(scanner.is_block_open);
    frames.length = 0;
    wire_frames_add(&frames, 9, 4, 1, "ab", 2);
    frame_scanner_read(&scanner, frames.bytes, frames.length, &tally);
    assert_false(scanner.is_block_open);
    free(frames.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_each_kind_wherever_the_bytes_are_cut),
        cmocka_unit_test(knows_whether_a_header_block_is_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
