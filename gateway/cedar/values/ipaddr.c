/* ipaddr: an IPv4 or IPv6 address with a prefix, so also a range. Cedar language reference, "Data types",
 * ipaddr. Read by hand, because the C library's readers take zones and IPv4 within IPv6, which Cedar refuses.
 */
#include "cedar/extension.h"
#include "values/digits.h"

#include <string.h>

enum { GROUPS = 8, IPV4_BITS = 32, IPV6_BITS = 128 };

static bool take_ipv4(struct text *rest, unsigned char *address)
{
    for (int i = 0; i < 4; i++) {
        struct text digits;
        int64_t number = 0;
        if ((i != 0 && !digits_skip(rest, '.')) || !digits_take(rest, 1, 3, &digits) ||
            (digits.base[0] == '0' && digits.length > 1) || !digits_append(digits, false, &number) ||
            number > UINT8_MAX)
            return false;
        address[i] = (unsigned char)number;
    }
    return true;
}

/* One to four hexadecimal digits; a fifth is left standing, where nothing takes it. */
static bool take_group(struct text *rest, unsigned char group[2])
{
    unsigned number = 0;
    size_t count = 0;
    for (; count < 4 && count < rest->length; count++) {
        int digit = text_hexadecimal_value(rest->base[count]);
        if (digit < 0)
            break;
        number = number << 4 | (unsigned)digit;
    }
    *rest = (struct text){rest->base + count, rest->length - count};
    group[0] = (unsigned char)(number >> 8);
    group[1] = (unsigned char)number;
    return count != 0;
}

/* Groups with single colons between them, up to a double colon, the end, or so many. A colon that no group
 * follows is left standing. */
static size_t take_groups(struct text *rest, unsigned char *address, size_t most)
{
    size_t count = 0;
    while (count < most) {
        struct text ahead = *rest;
        if ((count != 0 && !digits_skip(&ahead, ':')) || !take_group(&ahead, address + 2 * count))
            break;
        *rest = ahead;
        count++;
    }
    return count;
}

/* RFC 4291 section 2.2, forms 1 and 2. A double colon stands for one group at least, except at the very end. */
static bool take_ipv6(struct text *rest, unsigned char *address)
{
    size_t head = take_groups(rest, address, GROUPS);
    if (head == GROUPS)
        return true;
    if (!digits_skip(rest, ':') || !digits_skip(rest, ':'))
        return false;
    unsigned char tail[2 * GROUPS] = {0};
    size_t behind = take_groups(rest, tail, GROUPS - 1 - head);
    memset(address + 2 * head, 0, 2 * (GROUPS - head));
    memcpy(address + 2 * (GROUPS - behind), tail, 2 * behind);
    return true;
}

static bool take_prefix(struct text *rest, unsigned bits, unsigned char *prefix)
{
    struct text digits;
    int64_t number = 0;
    *prefix = (unsigned char)bits;
    if (rest->length == 0)
        return true;
    if (!digits_skip(rest, '/') || !digits_take(rest, 1, 3, &digits) ||
        (digits.base[0] == '0' && digits.length > 1) || !digits_append(digits, false, &number) || number > bits)
        return false;
    *prefix = (unsigned char)number;
    return rest->length == 0;
}

bool cedar_ipaddr_parse(struct text text, struct cedar_ipaddr *ipaddr)
{
    *ipaddr = (struct cedar_ipaddr){.is_ipv6 = text.length != 0 && memchr(text.base, ':', text.length) != NULL};
    if (!ipaddr->is_ipv6)
        return take_ipv4(&text, ipaddr->address) && take_prefix(&text, IPV4_BITS, &ipaddr->prefix);
    return take_ipv6(&text, ipaddr->address) && take_prefix(&text, IPV6_BITS, &ipaddr->prefix);
}

/* All eight groups: longer than RFC 5952 would have it, and as plain to read. */
static void print_ipv6(const unsigned char *address, struct buffer *out)
{
    for (size_t i = 0; i < GROUPS; i++)
        buffer_print(out, "%s%x", i == 0 ? "" : ":", (unsigned)address[2 * i] << 8 | address[2 * i + 1]);
}

void cedar_ipaddr_print(const struct cedar_ipaddr *ipaddr, struct buffer *out)
{
    const unsigned char *address = ipaddr->address;
    if (ipaddr->is_ipv6)
        print_ipv6(address, out);
    else
        buffer_print(out, "%d.%d.%d.%d", address[0], address[1], address[2], address[3]);
    if (ipaddr->prefix != (ipaddr->is_ipv6 ? IPV6_BITS : IPV4_BITS))
        buffer_print(out, "/%d", ipaddr->prefix);
}

int cedar_ipaddr_compare(const struct cedar_ipaddr *a, const struct cedar_ipaddr *b)
{
    if (a->is_ipv6 != b->is_ipv6)
        return a->is_ipv6 ? 1 : -1;
    int order = memcmp(a->address, b->address, a->is_ipv6 ? 16 : 4);
    return order != 0 ? order : (int)a->prefix - (int)b->prefix;
}

/* Ranges are made by prefixes, so one lies inside the other where the longer begins with the shorter. */
bool cedar_ipaddr_is_in_range(const struct cedar_ipaddr *ipaddr, const struct cedar_ipaddr *range)
{
    if (ipaddr->is_ipv6 != range->is_ipv6 || ipaddr->prefix < range->prefix)
        return false;
    size_t whole = range->prefix / 8;
    if (memcmp(ipaddr->address, range->address, whole) != 0)
        return false;
    unsigned left = range->prefix % 8;
    return left == 0 || (ipaddr->address[whole] ^ range->address[whole]) >> (8 - left) == 0;
}

bool cedar_ipaddr_is_loopback(const struct cedar_ipaddr *ipaddr)
{
    static const struct cedar_ipaddr ipv4 = {.address = {127}, .prefix = 8};
    static const struct cedar_ipaddr ipv6 = {.is_ipv6 = true, .address = {[15] = 1}, .prefix = IPV6_BITS};
    return cedar_ipaddr_is_in_range(ipaddr, ipaddr->is_ipv6 ? &ipv6 : &ipv4);
}

bool cedar_ipaddr_is_multicast(const struct cedar_ipaddr *ipaddr)
{
    static const struct cedar_ipaddr ipv4 = {.address = {224}, .prefix = 4};
    static const struct cedar_ipaddr ipv6 = {.is_ipv6 = true, .address = {0xff}, .prefix = 8};
    return cedar_ipaddr_is_in_range(ipaddr, ipaddr->is_ipv6 ? &ipv6 : &ipv4);
}
