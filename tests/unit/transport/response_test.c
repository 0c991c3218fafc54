/* Responses on the wire. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "stage.h"
#include "wire.h"

static struct wire *ask(const char *request)
{
    struct wire *wire = wire_open_tcp(stage.clear_port);
    assert_non_null(wire);
    assert_true(wire_write_text(wire, request));
    assert_true(wire_read_end(wire));
    return wire;
}

static void lets_no_header_value_start_another_header(void **state)
{
    (void)state;
    struct wire *wire = ask("GET /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert_non_null(strstr(wire_received(wire), "x-echo: a  x-injected: b\r\n"));
    assert_non_null(strstr(wire_received(wire), "cache-control: no-store\r\n"));
    wire_close(wire);
}

static void sends_a_length_and_no_name_of_its_software(void **state)
{
    (void)state;
    struct wire *wire = ask("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert_non_null(strstr(wire_received(wire), "HTTP/1.1 200 OK\r\n"));
    assert_non_null(strcasestr(wire_received(wire), "content-length: 5\r\n"));
    assert_null(strcasestr(wire_received(wire), "server:"));
    wire_close(wire);
}

static void answers_head_with_the_length_and_no_body(void **state)
{
    (void)state;
    struct wire *wire = ask("HEAD /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert_non_null(strcasestr(wire_received(wire), "content-length: 5\r\n"));
    assert_string_equal(strstr(wire_received(wire), "\r\n\r\n"), "\r\n\r\n");
    wire_close(wire);
}

#define STAGE_TEST(function) cmocka_unit_test_setup_teardown(function, stage_set_up, stage_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST(lets_no_header_value_start_another_header),
        STAGE_TEST(sends_a_length_and_no_name_of_its_software),
        STAGE_TEST(answers_head_with_the_length_and_no_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
