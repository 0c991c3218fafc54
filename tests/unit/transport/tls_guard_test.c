/* Handshakes that want too much, and what comes in TLS records and is not for HTTP: each ends its own
 * connection and nobody else's. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "guard/tls_guard.h"
#include "runtime/metrics.h"
#include "stage.h"
#include "wire.h"

enum { CONTROL_RECORDS = 16 }; /* the usual limit */

static const char hello[] = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";

static void assert_is_served(struct wire *wire)
{
    wire_forget(wire);
    assert_true(wire_write_text(wire, hello));
    assert_true(wire_read_until(wire, "\r\n\r\nhello"));
}

/* --- handshakes --- */

/* A ClientHello of TLS 1.3 with x25519, but without a key for it (RFC 8446 section 4.2.8): the server asks for
 * another ClientHello. */
static const unsigned char hello_without_key[] = {
    22, 3,        1, 0, 76,   1,    0, 0,  72, 3,
    3,  [43] = 0, 0, 2, 0x13, 0x01, 1, 0,  0,  29, /* one suite, no compression */
    0,  43,       0, 3, 2,    3,    4,             /* supported_versions */
    0,  10,       0, 4, 0,    2,    0, 29,         /* supported_groups */
    0,  13,       0, 4, 0,    2,    4, 3,          /* signature_algorithms */
    0,  51,       0, 2, 0,    0,                   /* key_share: none */
};

/* The first bytes of a ClientHello that says it has so many. */
static void begin_hello(struct wire *wire, unsigned announced)
{
    unsigned char record[] = {22, 3, 3, 0, 38, 1, 0, 0, 0, 3, 3, [42] = 0};
    record[6] = (unsigned char)(announced >> 16);
    record[7] = (unsigned char)(announced >> 8);
    record[8] = (unsigned char)announced;
    assert_true(wire_write(wire, record, sizeof(record)));
}

static void ends_handshakes_that_announce_too_much(void **state)
{
    (void)state;
    struct wire *wire = wire_open_tcp(stage.tls_port);
    begin_hello(wire, 131000);
    assert_true(wire_read_end(wire)); /* long before the handshake is given up */
    wire_close(wire);
}

static void ends_them_also_at_the_second_hello(void **state)
{
    (void)state;
    static const unsigned char change_cipher[] = {20, 3, 3, 0, 1, 1};
    struct wire *wire = wire_open_tcp(stage.tls_port);
    assert_true(wire_write(wire, hello_without_key, sizeof(hello_without_key)));
    assert_true(wire_read_until(wire, "\x16\x03\x03")); /* a record of its handshake, and no alert */
    assert_true(wire_write(wire, change_cipher, sizeof(change_cipher)));
    begin_hello(wire, 131000);
    assert_true(wire_read_end(wire));
    wire_close(wire);
}

/* --- afterwards --- */

static void ends_connections_that_flood_with_key_updates(void **state)
{
    (void)state;
    static const char *const protocols[] = {"h2", "http/1.1"};
    for (size_t i = 0; i < sizeof(protocols) / sizeof(*protocols); i++) {
        int64_t before = metric_read(METRIC_CUT_CONTROL_RECORDS);
        struct wire *wire = wire_open_tls(stage.tls_port, protocols[i]);
        struct wire *neighbour = wire_open_tls(stage.tls_port, "http/1.1");
        wire_update_keys(wire, 1000); /* may be cut short */
        assert_true(wire_read_end(wire));
        assert_int_equal(metric_read(METRIC_CUT_CONTROL_RECORDS), before + 1);
        assert_is_served(neighbour);
        wire_close(wire);
        wire_close(neighbour);
    }
}

/* Their bytes are with h2o already when the bound is met: none is decrypted any more, nor the request behind.
 */
static void stops_in_the_middle_of_what_has_been_read(void **state)
{
    (void)state;
    struct wire *wire = wire_open_tls(stage.tls_port, "http/1.1");
    wire_cork(wire, true);
    assert_true(wire_update_keys(wire, CONTROL_RECORDS + 1));
    assert_true(wire_write_text(wire, hello));
    wire_cork(wire, false);
    assert_true(wire_read_end(wire));
    assert_int_equal(stage.calls, 0);
    wire_close(wire);
}

static void lets_as_many_key_updates_pass_as_it_says(void **state)
{
    (void)state;
    int64_t before = metric_read(METRIC_CUT_CONTROL_RECORDS);
    struct wire *wire = wire_open_tls(stage.tls_port, "http/1.1");
    for (unsigned i = 0; i < CONTROL_RECORDS; i++) {
        assert_true(wire_update_keys(wire, 1));
        assert_is_served(wire);
    }
    assert_int_equal(metric_read(METRIC_CUT_CONTROL_RECORDS), before);
    wire_close(wire);
}

static void never_counts_what_is_for_http(void **state)
{
    (void)state;
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++) {
        struct wire *wire = wire_open_tls_version(stage.tls_port, "http/1.1", versions[i]);
        for (unsigned round = 0; round < 3 * CONTROL_RECORDS; round++)
            assert_is_served(wire);
        wire_close(wire);
    }
}

#define STAGE_TEST(function) cmocka_unit_test_setup_teardown(function, stage_set_up, stage_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST(ends_handshakes_that_announce_too_much),
        STAGE_TEST(ends_them_also_at_the_second_hello),
        STAGE_TEST(ends_connections_that_flood_with_key_updates),
        STAGE_TEST(stops_in_the_middle_of_what_has_been_read),
        STAGE_TEST(lets_as_many_key_updates_pass_as_it_says),
        STAGE_TEST(never_counts_what_is_for_http),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
