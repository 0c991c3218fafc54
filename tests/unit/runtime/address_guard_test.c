/* Which addresses outbound connections may go to: sixty rows, in every spelling a URL or a resolver can give
 * them. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "runtime/address_guard.h"

static const struct {
    const char *address;
    bool is_allowed;
} rows[] = {
    /* the public Internet */
    {"1.1.1.1", true},
    {"8.8.8.8", true},
    {"9.255.255.255", true},
    {"11.0.0.0", true},
    {"100.63.255.255", true},
    {"100.128.0.0", true},
    {"126.255.255.255", true},
    {"128.0.0.1", true},
    {"169.253.255.255", true},
    {"172.15.255.255", true},
    {"172.32.0.0", true},
    {"192.167.255.255", true},
    {"198.17.255.255", true},
    {"198.20.0.0", true},
    {"223.255.255.255", true},
    {"2606:4700:4700::1111", true},
    {"2a00:1450:4001:81b::200e", true},
    {"::ffff:8.8.8.8", true},
    {"64:ff9b::8.8.8.8", true},
    {"2002:0808:0808::1", true},
    /* this network, private, shared, link-local */
    {"0.0.0.0", false},
    {"0.1.2.3", false},
    {"10.0.0.1", false},
    {"10.255.255.255", false},
    {"100.64.0.0", false},
    {"100.127.255.255", false},
    {"169.254.169.254", false},
    {"172.16.0.1", false},
    {"172.31.255.255", false},
    {"192.168.0.1", false},
    /* loopback, in the spellings inet_aton takes: decimal, octal, hexadecimal, short */
    {"127.0.0.1", false},
    {"127.255.255.254", false},
    {"2130706433", false},
    {"0177.0.0.1", false},
    {"0x7f.0.0.1", false},
    {"0x7f000001", false},
    {"127.1", false},
    {"017700000001", false},
    /* assignments, documentation, benchmarking, multicast, reserved */
    {"192.0.0.8", false},
    {"192.0.2.1", false},
    {"192.88.99.1", false},
    {"198.18.0.1", false},
    {"198.19.255.255", false},
    {"198.51.100.7", false},
    {"203.0.113.9", false},
    {"224.0.0.1", false},
    {"239.255.255.250", false},
    {"240.0.0.1", false},
    {"255.255.255.255", false},
    /* IPv6, plain and with IPv4 inside */
    {"::", false},
    {"::1", false},
    {"::127.0.0.1", false},
    {"fc00::1", false},
    {"fd12:3456:789a::1", false},
    {"fe80::1", false},
    {"fec0::1", false},
    {"ff02::1", false},
    {"100::1", false},
    {"2001:db8::1", false},
    {"2001::1", false},
    {"3fff::1", false},
    {"::ffff:127.0.0.1", false},
    {"::ffff:10.1.2.3", false},
    {"::ffff:169.254.169.254", false},
    {"64:ff9b::10.0.0.1", false},
    {"64:ff9b::7f00:1", false},
    {"64:ff9b:1::192.168.1.1", false},
    {"2002:7f00:1::1", false},
    {"2002:a9fe:a9fe::1", false},
};

static bool allows(const struct address_guard *guard, const char *address)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM}, *found = NULL;
    if (getaddrinfo(address, "443", &hints, &found) != 0)
        fail_msg("%s is not an address", address);
    bool allowed = address_guard_allows(guard, found->ai_addr);
    freeaddrinfo(found);
    return allowed;
}

static const struct address_guard *make(struct arena *arena, const struct text *exceptions, size_t count)
{
    const struct address_guard *guard;
    size_t bad;
    assert_int_equal(address_guard_create(arena, exceptions, count, &guard, &bad), FAULT_NONE);
    return guard;
}

static void lets_only_public_addresses_through(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct address_guard *guard = make(arena, NULL, 0);
    assert_true(sizeof(rows) / sizeof(*rows) >= 60);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        if (allows(guard, rows[i].address) != rows[i].is_allowed)
            fail_msg("%s should%s be allowed", rows[i].address, rows[i].is_allowed ? "" : " not");
    }
}

static void lets_exceptions_through_and_nothing_beside_them(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct text exceptions[] = {TEXT("127.0.0.0/8"), TEXT("10.1.128.0/17"), TEXT("::1"),
                                      TEXT("fd00:1::/32")};
    const struct address_guard *guard = make(arena, exceptions, 4);
    assert_true(allows(guard, "127.0.0.1"));
    assert_true(allows(guard, "::ffff:127.0.0.1"));
    assert_true(allows(guard, "10.1.128.0"));
    assert_true(allows(guard, "10.1.255.255"));
    assert_false(allows(guard, "10.1.127.255"));
    assert_false(allows(guard, "10.2.128.0"));
    assert_true(allows(guard, "::1"));
    assert_false(allows(guard, "::2"));
    assert_true(allows(guard, "fd00:1:ffff::1"));
    assert_false(allows(guard, "fd00:2::1"));
    /* a translator's address is not the IPv4 address inside it */
    assert_false(allows(guard, "64:ff9b::127.0.0.1"));
    assert_false(allows(guard, "2002:7f00:1::1"));
}

static void names_the_exception_that_is_malformed(void **state)
{
    (void)state;
    static const char *const malformed[] = {
        "",
        "/8",
        "localhost",
        "127.0.0.0/",
        "127.0.0.0/33",
        "127.0.0.0/-1",
        "127.0.0.0/8/8",
        "127.0.0/8",
        "127.0.0.1/8",
        "0177.0.0.0/8",
        "::/129",
        "::1/0",
        "[::1]",
        "fe80::1%lo",
        " 127.0.0.1",
        "127.0.0.1 ",
        "1.2.3.4/0x8",
        "1.2.3.256/32",
        "1.2.3.4/ 8",
        "*",
        "127.0.0.0/-0",
    };
    SCOPED_ARENA arena = arena_create();
    for (size_t i = 0; i < sizeof(malformed) / sizeof(*malformed); i++) {
        const struct text exceptions[] = {TEXT("10.0.0.0/8"), text_of(malformed[i])};
        const struct address_guard *guard;
        size_t bad = 0;
        if (address_guard_create(arena, exceptions, 2, &guard, &bad) != FAULT_OUTBOUND_REFUSED)
            fail_msg("\"%s\" was taken", malformed[i]);
        assert_int_equal(bad, 1);
    }
}

static void refuses_what_is_not_an_internet_address(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct text everything[] = {TEXT("0.0.0.0/0"), TEXT("::/0")};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    assert_false(address_guard_allows(make(arena, everything, 2), (const struct sockaddr *)&address));
}

static void knows_a_loopback_address(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        bool is_loopback;
    } cases[] = {
        {"127.0.0.1", true},         {"127.9.9.9", true}, {"::1", true},
        {"128.0.0.1", false},        {"0.0.0.0", false},  {"::", false},
        {"::ffff:127.0.0.1", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct addrinfo hints = {.ai_flags = AI_NUMERICHOST}, *found = NULL;
        assert_int_equal(getaddrinfo(cases[i].address, NULL, &hints, &found), 0);
        assert_int_equal(address_guard_is_loopback(found->ai_addr), cases[i].is_loopback);
        freeaddrinfo(found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lets_only_public_addresses_through),
        cmocka_unit_test(lets_exceptions_through_and_nothing_beside_them),
        cmocka_unit_test(names_the_exception_that_is_malformed),
        cmocka_unit_test(refuses_what_is_not_an_internet_address),
        cmocka_unit_test(knows_a_loopback_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
