/* ipaddr: what its constructor takes, and which ranges lie in which. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cedar/extension.h"

static struct cedar_ipaddr ip(const char *text)
{
    struct cedar_ipaddr ipaddr;
    assert_true(cedar_ipaddr_parse(text_of(text), &ipaddr));
    return ipaddr;
}

static void prints_what_it_reads_back(void **state)
{
    (void)state;
    static const struct {
        const char *text, *printed;
    } cases[] = {
        {"1.2.3.4", "1.2.3.4"},
        {"1.2.3.4/32", "1.2.3.4"},
        {"0.0.0.0/0", "0.0.0.0/0"},
        {"255.255.255.255/31", "255.255.255.255/31"},
        {"::", "0:0:0:0:0:0:0:0"},
        {"::/0", "0:0:0:0:0:0:0:0/0"},
        {"::/128", "0:0:0:0:0:0:0:0"},
        {"::1", "0:0:0:0:0:0:0:1"},
        {"1::", "1:0:0:0:0:0:0:0"},
        {"ABCD::ef", "abcd:0:0:0:0:0:0:ef"},
        {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
        {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
        {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
        {"1::3:4:5:6:7:8", "1:0:3:4:5:6:7:8"},
        {"1:2::7:8/99", "1:2:0:0:0:0:7:8/99"},
        {"0001:0::0", "1:0:0:0:0:0:0:0"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        SCOPED_BUFFER out = {0};
        struct cedar_ipaddr a = ip(cases[i].text), b = ip(cases[i].printed);
        cedar_ipaddr_print(&a, &out);
        buffer_append_byte(&out, '\0');
        assert_string_equal(out.base, cases[i].printed);
        assert_int_equal(cedar_ipaddr_compare(&a, &b), 0);
    }
}

static void refuses_every_other_form(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "/8",
        "1.2.3",
        "1.2.3.",
        "1.2.3.256",
        "1.2.3.1000",
        "1.2.3.4.5",
        "01.2.3.4",
        "00.2.3.4",
        " 1.2.3.4",
        "1.2.3.4 ",
        "1..3.4",
        "0x1.2.3.4",
        "1.2.3.4/33",
        "1.2.3.4/00",
        "1.2.3.4/08",
        "1.2.3.4/",
        "1.2.3.4/8/8",
        "1.2.3.4/+8",
        "1.2.3.4/-1",
        "1.2.3.4/3a",
        "1.2.3.4/255.0.0.0",
        "::/129",
        "::/064",
        "::/",
        "::/256",
        ":",
        ":::",
        "1",
        "1:2:3:4::5:6:7:8",
        "::1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7::8",
        "1:2:3:4:5:6:7:8::",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:",
        ":1:2:3:4:5:6:7",
        "1:::2",
        "::1::",
        "1::2::3",
        "1::2:",
        "12345::",
        "00001::",
        "g::",
        "::g",
        "::ffff:1.2.3.4",
        "::1.2.3.4",
        "fe80::1%eth0",
        "[::1]",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/0128",
    };
    struct cedar_ipaddr ipaddr;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (cedar_ipaddr_parse(text_of(texts[i]), &ipaddr))
            fail_msg("%s was taken", texts[i]);
    assert_false(cedar_ipaddr_parse(TEXT("::1\0"), &ipaddr));
    assert_false(cedar_ipaddr_parse(TEXT_NONE, &ipaddr));
}

static void compares_family_address_and_prefix_as_written(void **state)
{
    (void)state;
    static const char *const ascending[] = {"0.0.0.0/0", "10.0.0.1/8", "10.0.0.1/9", "10.0.0.2/8", "9::"};
    for (size_t i = 0; i + 1 < sizeof(ascending) / sizeof(ascending[0]); i++) {
        struct cedar_ipaddr a = ip(ascending[i]), b = ip(ascending[i + 1]);
        assert_true(cedar_ipaddr_compare(&a, &b) < 0);
        assert_true(cedar_ipaddr_compare(&b, &a) > 0);
    }
}

static void is_in_a_range_only_as_a_whole(void **state)
{
    (void)state;
    static const struct {
        const char *inner, *outer;
        bool is_in;
    } cases[] = {
        {"10.0.0.1/8", "10.0.0.2/8", true},
        {"10.0.0.1", "10.9.9.9/8", true},
        {"10.0.0.1/7", "10.0.0.2/8", false},
        {"11.0.0.1", "10.0.0.2/8", false},
        {"1.2.3.4/0", "9.9.9.9/0", true},
        {"1.2.3.4", "1.2.3.4", true},
        {"1.2.3.5", "1.2.3.4", false},
        {"1.2.3.5", "1.2.3.4/31", true},
        {"1.2.3.6", "1.2.3.4/31", false},
        {"1.2.3.4", "::/0", false},
        {"::ffff:102:304", "0.0.0.0/0", false},
        {"8000::/1", "::/0", true},
        {"8000::/1", "::/1", false},
        {"::/0", "::/1", false},
        {"ff::1/121", "ff::/120", true},
        {"ff::100/121", "ff::/120", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cedar_ipaddr inner = ip(cases[i].inner), outer = ip(cases[i].outer);
        assert_int_equal(cedar_ipaddr_is_in_range(&inner, &outer), cases[i].is_in);
    }
}

static void knows_loopback_and_multicast_ranges(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_loopback, is_multicast;
    } cases[] = {
        {"127.0.0.1", true, false},
        {"127.1.2.3", true, false},
        {"127.0.0.1/8", true, false},
        {"127.0.0.1/7", false, false},
        {"128.0.0.1", false, false},
        {"::1", true, false},
        {"::1/127", false, false},
        {"::2", false, false},
        {"::ffff:7f00:1", false, false},
        {"224.0.0.0", false, true},
        {"239.255.255.255/4", false, true},
        {"239.255.255.255/3", false, false},
        {"240.0.0.0", false, false},
        {"223.0.0.0", false, false},
        {"ff00::", false, true},
        {"ff00::/8", false, true},
        {"ff00::/7", false, false},
        {"feff::", false, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cedar_ipaddr ipaddr = ip(cases[i].text);
        assert_int_equal(cedar_ipaddr_is_loopback(&ipaddr), cases[i].is_loopback);
        assert_int_equal(cedar_ipaddr_is_multicast(&ipaddr), cases[i].is_multicast);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_what_it_reads_back),
        cmocka_unit_test(refuses_every_other_form),
        cmocka_unit_test(compares_family_address_and_prefix_as_written),
        cmocka_unit_test(is_in_a_range_only_as_a_whole),
        cmocka_unit_test(knows_loopback_and_multicast_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
