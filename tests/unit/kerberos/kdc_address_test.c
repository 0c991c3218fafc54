/* How KDCs are written in settings, and how long what the resolver said is good for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>

#include "kdc_address.h"

static void assert_read(const char *written, const char *name, uint16_t port)
{
    struct kdc_host host;
    assert_true(kdc_host_read(text_of(written), &host));
    assert_string_equal(host.host, name);
    assert_int_equal(host.port, port);
}

static void names_and_addresses_are_read_with_and_without_a_port(void **state)
{
    (void)state;
    assert_read("dc2.corp.example", "dc2.corp.example", 88);
    assert_read("dc2.corp.example:1088", "dc2.corp.example", 1088);
    assert_read("127.0.0.1:65535", "127.0.0.1", 65535);
    assert_read("2001:db8::1", "2001:db8::1", 88);
    assert_read("[2001:db8::1]", "2001:db8::1", 88);
    assert_read("[::1]:1088", "::1", 1088);
}

static void what_is_no_host_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",      ":88",     "dc:",     "dc:0",      "dc:65536",     "dc:-1",    "dc:x",   "dc:88 ",
        "d c",   "dc/88",   "-dc",     ".dc",       "[dc]",         "[::1",     "[::1]x", "[::1]:",
        "[]:88", "1::2::3", "dc:88:1", "[::1]:88x", "[1.2.3.4]:88", "tcp://dc", "dc\n",   "d\xc3\xa9",
    };
    struct kdc_host host;
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (kdc_host_read(text_of(wrong[i]), &host))
            fail_msg("\"%s\" was read", wrong[i]);
    }
    char long_name[300];
    memset(long_name, 'a', sizeof(long_name));
    assert_true(kdc_host_read((struct text){long_name, 253}, &host));
    assert_false(kdc_host_read((struct text){long_name, 254}, &host));
    assert_false(kdc_host_read((struct text){"[::1\0]:88", 9}, &host));
    assert_false(kdc_host_read((struct text){"dc\0x", 4}, &host));
}

/* The system's resolver, counted; and switched off. */
static unsigned asked;
static bool is_out;

static int count(const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **found)
{
    asked++;
    return is_out ? EAI_AGAIN : getaddrinfo(host, port, hints, found);
}

static void what_was_found_is_good_for_a_minute_and_longer_without_a_resolver(void **state)
{
    const struct kdc_host host = {.host = "127.0.0.1", .port = 1088};
    struct kdc_address address;
    struct kdc_places places;
    (void)state;
    asked = 0;
    is_out = true;
    kdc_address_open(&address, &host);
    address.look_up = count;
    kdc_address_find(&address, 500, &places);
    assert_int_equal(places.count, 0);
    is_out = false;
    kdc_address_find(&address, 1000, &places);
    assert_int_equal(places.count, 1);
    assert_int_equal(places.places[0].address.four.sin_family, AF_INET);
    assert_int_equal(ntohs(places.places[0].address.four.sin_port), 1088);
    assert_int_equal(asked, 2);
    kdc_address_find(&address, 1000 + KDC_ADDRESSES_GOOD_FOR_MS - 1, &places);
    assert_int_equal(asked, 2);
    kdc_address_find(&address, 1000 + KDC_ADDRESSES_GOOD_FOR_MS, &places);
    assert_int_equal(asked, 3);
    is_out = true;
    kdc_address_find(&address, 1000 + 3 * KDC_ADDRESSES_GOOD_FOR_MS, &places);
    assert_int_equal(asked, 4);
    assert_int_equal(places.count, 1);
    kdc_address_close(&address);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_addresses_are_read_with_and_without_a_port),
        cmocka_unit_test(what_is_no_host_is_refused),
        cmocka_unit_test(what_was_found_is_good_for_a_minute_and_longer_without_a_resolver),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
