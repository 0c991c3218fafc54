/* The header of the PROXY protocol: whole or not at all, cut wherever, and nothing past its bounds. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "origin/proxy_header.h"

struct bytes {
    unsigned char at[PROXY_HEADER_BYTES_MAX + 64];
    size_t length;
};

static struct bytes header(unsigned char command, unsigned char family, const void *rest, size_t length)
{
    struct bytes bytes = {.length = 16 + length};
    memcpy(bytes.at, "\r\n\r\n\0\r\nQUIT\n", 12);
    bytes.at[12] = command;
    bytes.at[13] = family;
    bytes.at[14] = (unsigned char)(length >> 8);
    bytes.at[15] = (unsigned char)length;
    if (length != 0)
        memcpy(bytes.at + 16, rest, length);
    return bytes;
}

/* In a block of exactly this size, so that one byte too far is found. */
static enum proxy_header_state read_first(const struct bytes *bytes, size_t count, struct proxy_header *out)
{
    unsigned char *block = malloc(count == 0 ? 1 : count);
    memcpy(block, bytes->at, count);
    enum proxy_header_state state = proxy_header_read(block, count, out);
    free(block);
    return state;
}

static enum proxy_header_state read_all(struct bytes bytes, struct proxy_header *out)
{
    for (size_t count = 0; count < bytes.length; count++) {
        enum proxy_header_state state = read_first(&bytes, count, out);
        if (state != PROXY_HEADER_PARTIAL)
            return state;
    }
    return read_first(&bytes, bytes.length, out);
}

static const unsigned char ipv4[12] = {192, 0, 2, 7, 127, 0, 0, 1, 0x12, 0x34, 0, 80};

static void tells_who_it_is(void **state)
{
    (void)state;
    struct proxy_header out;
    assert_int_equal(read_all(header(0x21, 0x11, ipv4, sizeof(ipv4)), &out), PROXY_HEADER_WHOLE);
    const struct sockaddr_in *four = (const struct sockaddr_in *)&out.source;
    assert_int_equal(four->sin_family, AF_INET);
    assert_int_equal(ntohl(four->sin_addr.s_addr), 0xc0000207);
    assert_int_equal(ntohs(four->sin_port), 0x1234);
    assert_int_equal(out.length, 28);
    assert_false(out.is_local);

    unsigned char ipv6[36] = {0x20, 0x01, 0x0d, 0xb8, [15] = 9, [33] = 80};
    assert_int_equal(read_all(header(0x21, 0x21, ipv6, sizeof(ipv6)), &out), PROXY_HEADER_WHOLE);
    assert_int_equal(out.source.ss_family, AF_INET6);
    assert_memory_equal(&((const struct sockaddr_in6 *)&out.source)->sin6_addr, ipv6, 16);
}

static void tells_that_it_says_nothing(void **state)
{
    (void)state;
    struct proxy_header out;
    unsigned char unix_addresses[216] = {0};
    assert_int_equal(read_all(header(0x21, 0x31, unix_addresses, sizeof(unix_addresses)), &out),
                     PROXY_HEADER_WHOLE);
    assert_int_equal(out.source.ss_family, AF_UNSPEC);
    assert_int_equal(read_all(header(0x21, 0x00, "anything", 8), &out), PROXY_HEADER_WHOLE);
    assert_int_equal(out.source.ss_family, AF_UNSPEC);
    assert_int_equal(out.length, 24);
    /* A local one, whatever it says besides. */
    assert_int_equal(read_all(header(0x20, 0x11, ipv4, sizeof(ipv4)), &out), PROXY_HEADER_WHOLE);
    assert_true(out.is_local);
    assert_int_equal(out.source.ss_family, AF_UNSPEC);
    assert_int_equal(read_all(header(0x20, 0x00, NULL, 0), &out), PROXY_HEADER_WHOLE);
}

static void goes_past_further_fields(void **state)
{
    (void)state;
    struct proxy_header out;
    unsigned char rest[sizeof(ipv4) + 9];
    memcpy(rest, ipv4, sizeof(ipv4));
    memcpy(rest + sizeof(ipv4),
           "\x20\x00\x03"
           "abc"
           "\x04\x00\x00",
           9);
    assert_int_equal(read_all(header(0x21, 0x11, rest, sizeof(rest)), &out), PROXY_HEADER_WHOLE);
    assert_int_equal(out.length, 16 + sizeof(rest));
    rest[sizeof(ipv4) + 2] = 4; /* it says that it is longer than what is left */
    assert_int_equal(read_all(header(0x21, 0x11, rest, sizeof(rest)), &out), PROXY_HEADER_BROKEN);
    assert_int_equal(read_all(header(0x21, 0x11, rest, sizeof(ipv4) + 2), &out), PROXY_HEADER_BROKEN);
}

static void refuses_everything_else_at_once(void **state)
{
    (void)state;
    struct proxy_header out;
    struct bytes old = {.at = "PROXY TCP4 192.0.2.7 127.0.0.1 80 81\r\n", .length = 38};
    assert_int_equal(read_first(&old, 1, &out), PROXY_HEADER_BROKEN);
    struct bytes hello = {.at = {22, 3, 1}, .length = 3};
    assert_int_equal(read_first(&hello, 1, &out), PROXY_HEADER_BROKEN);
    static const unsigned char commands[] = {0x22, 0x2f, 0x11, 0x31, 0x00};
    for (size_t i = 0; i < sizeof(commands); i++)
        assert_int_equal(read_all(header(commands[i], 0x11, ipv4, sizeof(ipv4)), &out), PROXY_HEADER_BROKEN);
    static const unsigned char families[] = {0x12, 0x22, 0x32, 0x10, 0x01, 0x41, 0xff};
    for (size_t i = 0; i < sizeof(families); i++)
        assert_int_equal(read_all(header(0x21, families[i], ipv4, sizeof(ipv4)), &out), PROXY_HEADER_BROKEN);
    assert_int_equal(read_all(header(0x21, 0x11, ipv4, sizeof(ipv4) - 1), &out), PROXY_HEADER_BROKEN);
    assert_int_equal(read_all(header(0x21, 0x21, ipv4, sizeof(ipv4)), &out), PROXY_HEADER_BROKEN);
}

static void is_no_longer_than_its_bound(void **state)
{
    (void)state;
    struct proxy_header out;
    static unsigned char rest[PROXY_HEADER_BYTES_MAX];
    assert_int_equal(read_all(header(0x21, 0x00, rest, PROXY_HEADER_BYTES_MAX - 16), &out), PROXY_HEADER_WHOLE);
    struct bytes longer = header(0x21, 0x00, rest, PROXY_HEADER_BYTES_MAX - 15);
    assert_int_equal(read_first(&longer, 16, &out), PROXY_HEADER_BROKEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_who_it_is),
        cmocka_unit_test(tells_that_it_says_nothing),
        cmocka_unit_test(goes_past_further_fields),
        cmocka_unit_test(refuses_everything_else_at_once),
        cmocka_unit_test(is_no_longer_than_its_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
