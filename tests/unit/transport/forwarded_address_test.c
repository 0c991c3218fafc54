/* What proxies say of an address: read from the end that ours wrote, and refused where it can be read in two
 * ways. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "origin/forwarded_address.h"

typedef bool add_line(struct forwarded_hops *hops, struct text line);

/* The client by these lines where 10.0.0.0/8 and 2001:db8::/32 are believed; "" where there is none to be told.
 */
static const char *client_of(add_line *add, const char *first, const char *second)
{
    static char printed[INET6_ADDRSTRLEN];
    static const struct text believed[] = {{"10.0.0.0/8", 10}, {"2001:db8::/32", 13}};
    SCOPED_ARENA arena = arena_create();
    const struct address_guard *guard;
    size_t bad;
    struct forwarded_hops hops = {0};
    struct sockaddr_storage client;
    assert_int_equal(address_guard_create(arena, believed, 2, &guard, &bad), FAULT_NONE);
    if (!add(&hops, text_of(first)) || (second != NULL && !add(&hops, text_of(second))) ||
        !forwarded_hops_client(&hops, guard, &client))
        return "";
    inet_ntop(client.ss_family,
              client.ss_family == AF_INET ? (const void *)&((const struct sockaddr_in *)&client)->sin_addr
                                          : (const void *)&((const struct sockaddr_in6 *)&client)->sin6_addr,
              printed, sizeof(printed));
    return printed;
}

static void of_a_list_the_last_hop_that_is_not_ours_counts(void **state)
{
    (void)state;
    add_line *add = forwarded_hops_add_list;
    assert_string_equal(client_of(add, "192.0.2.7", NULL), "192.0.2.7");
    assert_string_equal(client_of(add, "203.0.113.1, 192.0.2.7, 10.1.2.3", NULL), "192.0.2.7");
    assert_string_equal(client_of(add, "203.0.113.1", "192.0.2.7,10.1.2.3"), "192.0.2.7");
    assert_string_equal(client_of(add, "10.0.0.1,10.1.2.3", NULL), "10.0.0.1");
    assert_string_equal(client_of(add, "whatever it wrote,192.0.2.7:4711", NULL), "192.0.2.7");
    assert_string_equal(client_of(add, "2a00::5, 2001:db8::1", NULL), "2a00::5");
    assert_string_equal(client_of(add, "[2a00::5]:80,[2001:db8::1]", NULL), "2a00::5");
    assert_string_equal(client_of(add, "192.0.2.7, ::ffff:10.0.0.1", NULL), "192.0.2.7"); /* the same, mapped */
}

static void of_a_list_what_is_no_address_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      ",",
                                      "192.0.2.7,",
                                      "unknown",
                                      "192.0.2",
                                      "192.0.2.7:",
                                      "192.0.2.7:x",
                                      "192.0.2.7:123456",
                                      "[::1",
                                      "[::1]x",
                                      "::1]",
                                      "[192.0.2.7]",
                                      "host",
                                      "10.0.0.1 192.0.2.7",
                                      "_hidden,10.0.0.1"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_string_equal(client_of(forwarded_hops_add_list, bad[i], NULL), "");
    char many[2 * FORWARDED_HOPS_MAX + 16] = "";
    struct forwarded_hops hops = {0};
    for (size_t i = 0; i <= FORWARDED_HOPS_MAX; i++)
        many[2 * i] = '1', many[2 * i + 1] = ',';
    assert_false(forwarded_hops_add_list(&hops, text_of(many)));
}

static void of_forwarded_the_same_hop_counts(void **state)
{
    (void)state;
    add_line *add = forwarded_hops_add_forwarded;
    assert_string_equal(client_of(add, "for=192.0.2.7", NULL), "192.0.2.7");
    assert_string_equal(client_of(add, "For=\"[2a00::5]:80\";proto=https;by=10.0.0.1, for=10.1.2.3", NULL),
                        "2a00::5");
    assert_string_equal(client_of(add, "for=203.0.113.1", "proto=http; for=192.0.2.7 , for=\"10.0.0.1\""),
                        "192.0.2.7");
    assert_string_equal(client_of(add, "for=_x, for=192.0.2.7;host=\"a,b;for=1\"", NULL), "192.0.2.7");
}

static void of_forwarded_what_hides_or_can_be_read_twice_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "for=",
                                      "for=unknown",
                                      "for=_hidden",
                                      "proto=https",
                                      "for=192.0.2.7,",
                                      "for=192.0.2.7;",
                                      "for=192.0.2.7;for=203.0.113.1",
                                      "for=\"192.0.2.7",
                                      "for=\"192.0.2.7\\\"\"",
                                      "=192.0.2.7",
                                      "fo r=192.0.2.7",
                                      "for=192.0.2.7 x",
                                      "for=\"\"",
                                      "192.0.2.7"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_string_equal(client_of(forwarded_hops_add_forwarded, bad[i], NULL), "");
    /* What a client left open swallows what our own proxy wrote behind it, and does not become an address. */
    assert_string_equal(client_of(forwarded_hops_add_forwarded, "for=\"203.0.113.1, for=192.0.2.7", NULL), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_a_list_the_last_hop_that_is_not_ours_counts),
        cmocka_unit_test(of_a_list_what_is_no_address_is_refused),
        cmocka_unit_test(of_forwarded_the_same_hop_counts),
        cmocka_unit_test(of_forwarded_what_hides_or_can_be_read_twice_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
