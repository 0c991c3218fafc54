/* The scanner of handshakes: what a message says of its length is found wherever records cut it. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "guard/handshake_scanner.h"

struct bytes {
    uint8_t at[256];
    size_t length;
};

static void add_record(struct bytes *bytes, uint8_t type, const void *content, size_t length)
{
    const uint8_t header[] = {type, 3, 1, (uint8_t)(length >> 8), (uint8_t)length};
    memcpy(bytes->at + bytes->length, header, sizeof(header));
    memcpy(bytes->at + bytes->length + sizeof(header), content, length);
    bytes->length += sizeof(header) + length;
}

/* A message of ten bytes, then the header of one that says it has so many, cut into records of this size. */
static struct bytes messages(uint32_t announced, size_t record_size)
{
    struct bytes bytes = {0};
    uint8_t content[18] = {1, 0, 0, 10, [14] = 1};
    content[15] = (uint8_t)(announced >> 16);
    content[16] = (uint8_t)(announced >> 8);
    content[17] = (uint8_t)announced;
    for (size_t at = 0; at < sizeof(content); at += record_size)
        add_record(&bytes, 22, content + at,
                   record_size < sizeof(content) - at ? record_size : sizeof(content) - at);
    return bytes;
}

static bool read_in_steps(const struct bytes *bytes, size_t step)
{
    struct handshake_scanner scanner = {0};
    for (size_t at = 0; at < bytes->length; at += step) {
        if (!handshake_scanner_read(&scanner, bytes->at + at,
                                    step < bytes->length - at ? step : bytes->length - at))
            return false;
    }
    return true;
}

static void finds_messages_that_are_too_long_wherever_they_are_cut(void **state)
{
    (void)state;
    for (size_t record_size = 1; record_size <= 18; record_size++) {
        for (size_t step = 1; step <= 24; step++) {
            struct bytes largest = messages(HANDSHAKE_MESSAGE_MAX, record_size);
            struct bytes larger = messages(HANDSHAKE_MESSAGE_MAX + 1, record_size);
            struct bytes huge = messages(0x1ffff, record_size);
            assert_true(read_in_steps(&largest, step));
            assert_false(read_in_steps(&larger, step));
            assert_false(read_in_steps(&huge, step));
        }
    }
}

static void looks_at_handshake_records_alone(void **state)
{
    (void)state;
    static const uint8_t large[] = {1, 1, 0, 0};
    static const uint8_t others[] = {20, 21, 23, 24};
    for (size_t i = 0; i < sizeof(others); i++) {
        struct bytes bytes = {0};
        struct handshake_scanner scanner = {0};
        add_record(&bytes, others[i], large, sizeof(large));
        add_record(&bytes, others[i], large, 0);
        assert_true(handshake_scanner_read(&scanner, bytes.at, bytes.length));
        assert_int_equal(scanner.has_change_cipher, others[i] == 20);
        bytes.length = 0;
        add_record(&bytes, 22, large, sizeof(large)); /* what comes after them is seen */
        assert_false(handshake_scanner_read(&scanner, bytes.at, bytes.length));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_messages_that_are_too_long_wherever_they_are_cut),
        cmocka_unit_test(looks_at_handshake_records_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
