/* The address book: caps per address and in all, whole IPv6 networks as one, bytes that add up. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "guard/address_book.h"

static struct address *enter(struct address_book *book, const char *text, unsigned most_of_address,
                             unsigned most)
{
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6};
    struct sockaddr_in ipv4 = {.sin_family = AF_INET};
    struct sockaddr none = {.sa_family = AF_UNIX};
    const struct sockaddr *peer = &none;
    if (inet_pton(AF_INET6, text, &ipv6.sin6_addr) == 1)
        peer = (const struct sockaddr *)&ipv6;
    else if (inet_pton(AF_INET, text, &ipv4.sin_addr) == 1)
        peer = (const struct sockaddr *)&ipv4;
    return address_book_enter(book, peer, most_of_address, most);
}

static void counts_each_address_and_all_of_them(void **state)
{
    (void)state;
    struct address_book *book = address_book_create();
    struct address *first = enter(book, "192.0.2.1", 2, 3), *second = enter(book, "192.0.2.1", 2, 3);
    assert_non_null(first);
    assert_ptr_equal(first, second);
    assert_null(enter(book, "192.0.2.1", 2, 3));
    struct address *other = enter(book, "192.0.2.2", 2, 3);
    assert_non_null(other);
    assert_null(enter(book, "192.0.2.3", 2, 3));
    struct address *local = enter(book, "unix", 1, 3); /* counted apart */
    assert_non_null(local);
    assert_null(enter(book, "unix", 1, 3));
    address_book_leave(book, first);
    second = enter(book, "192.0.2.1", 2, 3);
    assert_non_null(second);
    address_book_leave(book, first);
    address_book_leave(book, second);
    address_book_leave(book, other);
    address_book_leave(book, local);
    address_book_destroy(book);
}

static void takes_an_ipv6_network_for_one_client(void **state)
{
    (void)state;
    struct address_book *book = address_book_create();
    struct address *first = enter(book, "2001:db8:0:1::1", 1, 9);
    assert_non_null(first);
    assert_null(enter(book, "2001:db8:0:1:ffff::2", 1, 9));
    struct address *other = enter(book, "2001:db8:0:2::1", 1, 9);
    assert_non_null(other);
    address_book_leave(book, first);
    address_book_leave(book, other);
    address_book_destroy(book);
}

/* As terminators that listen for both families at one socket name clients. */
static void takes_a_mapped_address_for_the_ipv4_address_that_it_is(void **state)
{
    (void)state;
    struct address_book *book = address_book_create();
    struct address *first = enter(book, "::ffff:192.0.2.1", 1, 2);
    assert_non_null(first);
    assert_null(enter(book, "192.0.2.1", 1, 2));
    struct address *other = enter(book, "::ffff:192.0.2.2", 1, 2);
    assert_non_null(other);
    assert_null(enter(book, "::ffff:192.0.2.3", 1, 2)); /* counted with all */
    struct address *local = enter(book, "unix", 1, 2);
    assert_non_null(local);
    address_book_leave(book, first);
    address_book_leave(book, other);
    address_book_leave(book, local);
    address_book_destroy(book);
}

static void takes_ipv6_loopback_for_no_unix_socket(void **state)
{
    (void)state;
    struct address_book *book = address_book_create();
    struct address *loopback = enter(book, "::1", 1, 1);
    assert_non_null(loopback);
    assert_null(enter(book, "192.0.2.1", 1, 1));
    struct address *local = enter(book, "unix", 1, 1);
    assert_non_null(local);
    address_book_leave(book, loopback);
    address_book_leave(book, local);
    address_book_destroy(book);
}

static void adds_up_the_bytes_of_unfinished_requests(void **state)
{
    (void)state;
    struct address_book *book = address_book_create();
    struct address *first = enter(book, "192.0.2.1", 9, 9), *other = enter(book, "192.0.2.2", 9, 9);
    address_book_count_unfinished(book, first, BYTE_ACCOUNT_ANSWERED_HERE, 0, 1000);
    address_book_count_unfinished(book, other, BYTE_ACCOUNT_ANSWERED_HERE, 0, 500);
    assert_int_equal(first->bytes[BYTE_ACCOUNT_ANSWERED_HERE].unfinished, 1000);
    assert_int_equal(address_book_unfinished(book, BYTE_ACCOUNT_ANSWERED_HERE), 1500);
    address_book_count_unfinished(book, first, BYTE_ACCOUNT_ANSWERED_HERE, 1000, 10);
    assert_int_equal(address_book_unfinished(book, BYTE_ACCOUNT_ANSWERED_HERE), 510);
    address_book_count_unfinished(book, first, BYTE_ACCOUNT_ANSWERED_HERE, 10, 0);
    address_book_count_unfinished(book, other, BYTE_ACCOUNT_ANSWERED_HERE, 500, 0);
    assert_int_equal(address_book_unfinished(book, BYTE_ACCOUNT_ANSWERED_HERE), 0);
    address_book_leave(book, first);
    address_book_leave(book, other);
    address_book_destroy(book);
}

static void holds_as_many_bytes_of_an_address_and_in_all_as_it_is_told(void **state)
{
    (void)state;
    struct address_book *book = address_book_create();
    struct address *first = enter(book, "192.0.2.1", 1, 9), *other = enter(book, "192.0.2.2", 1, 9);
    assert_true(address_book_hold(book, first, BYTE_ACCOUNT_ANSWERED_HERE, 600, 1000, 1500));
    assert_false(address_book_hold(book, first, BYTE_ACCOUNT_ANSWERED_HERE, 401, 1000, 1500));
    assert_true(address_book_hold(book, first, BYTE_ACCOUNT_ANSWERED_HERE, 400, 1000, 1500));
    assert_false(address_book_hold(book, other, BYTE_ACCOUNT_ANSWERED_HERE, 501, 1000, 1500));
    assert_true(address_book_hold(book, other, BYTE_ACCOUNT_ANSWERED_HERE, 500, 1000, 1500));
    address_book_let_go(book, first, BYTE_ACCOUNT_ANSWERED_HERE, 1000);
    assert_true(address_book_hold(book, other, BYTE_ACCOUNT_ANSWERED_HERE, 500, 1000, 1500));
    assert_true(address_book_hold(book, first, BYTE_ACCOUNT_ANSWERED_HERE, 500, 1000, 1500));
    address_book_let_go(book, first, BYTE_ACCOUNT_ANSWERED_HERE, 500);
    address_book_let_go(book, other, BYTE_ACCOUNT_ANSWERED_HERE, 1000);
    address_book_leave(book, first);
    address_book_leave(book, other);
    address_book_destroy(book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_each_address_and_all_of_them),
        cmocka_unit_test(takes_an_ipv6_network_for_one_client),
        cmocka_unit_test(takes_a_mapped_address_for_the_ipv4_address_that_it_is),
        cmocka_unit_test(takes_ipv6_loopback_for_no_unix_socket),
        cmocka_unit_test(holds_as_many_bytes_of_an_address_and_in_all_as_it_is_told),
        cmocka_unit_test(adds_up_the_bytes_of_unfinished_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
