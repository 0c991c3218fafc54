/* Refused ranges and the operator's exceptions to them. IPv4 addresses that hide inside IPv6 ones are unwrapped
 * first and judged as what they are. */
#include "runtime/address_guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

struct range {
    unsigned char address[16]; /* IPv4 uses the first four bytes */
    unsigned bits;
    bool is_ipv6;
};

struct address_guard {
    struct range *exceptions;
    size_t count;
};

/* The IANA special-purpose address registries (RFC 6890), and what else is not the public Internet. */
static const struct range refused_ipv4[] = {
    {{0, 0, 0, 0}, 8, false},       /* this network */
    {{10, 0, 0, 0}, 8, false},      /* private, RFC 1918 */
    {{100, 64, 0, 0}, 10, false},   /* shared, RFC 6598 */
    {{127, 0, 0, 0}, 8, false},     /* loopback */
    {{169, 254, 0, 0}, 16, false},  /* link-local; cloud metadata */
    {{172, 16, 0, 0}, 12, false},   /* private, RFC 1918 */
    {{192, 0, 0, 0}, 24, false},    /* protocol assignments, RFC 6890 */
    {{192, 0, 2, 0}, 24, false},    /* documentation, RFC 5737 */
    {{192, 88, 99, 0}, 24, false},  /* 6to4 relays, RFC 7526 */
    {{192, 168, 0, 0}, 16, false},  /* private, RFC 1918 */
    {{198, 18, 0, 0}, 15, false},   /* benchmarking, RFC 2544 */
    {{198, 51, 100, 0}, 24, false}, /* documentation, RFC 5737 */
    {{203, 0, 113, 0}, 24, false},  /* documentation, RFC 5737 */
    {{224, 0, 0, 0}, 4, false},     /* multicast */
    {{240, 0, 0, 0}, 4, false},     /* reserved, and broadcast */
};

/* Global unicast is 2000::/3 (RFC 4291 section 2.4): everything outside is refused, and these inside. */
static const struct range global_unicast = {{0x20}, 3, true};
static const struct range refused_ipv6[] = {
    {{0x20, 0x01, 0x00, 0x00}, 23, true}, /* protocol assignments with Teredo, benchmarking, ORCHID: RFC 2928 */
    {{0x20, 0x01, 0x0d, 0xb8}, 32, true}, /* documentation, RFC 3849 */
    {{0x3f, 0xff, 0x00}, 20, true},       /* documentation, RFC 9637 */
};

static const struct range ipv4_mapped = {{[10] = 0xff, [11] = 0xff}, 96, true}; /* RFC 4291 section 2.5.5.2 */

/* Where else an IPv4 address is embedded, and at which byte. */
static const struct {
    struct range prefix;
    unsigned offset;
} embedded_ipv4[] = {
    {{{0x00, 0x64, 0xff, 0x9b}, 96, true}, 12},             /* NAT64, RFC 6052 */
    {{{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48, true}, 12}, /* local NAT64, RFC 8215 */
    {{{0x20, 0x02}, 16, true}, 2},                          /* 6to4, RFC 3056 */
};

static bool range_covers(const struct range *range, const struct range *address)
{
    if (range->is_ipv6 != address->is_ipv6)
        return false;
    unsigned bytes = range->bits / 8, bits = range->bits % 8;
    if (memcmp(range->address, address->address, bytes) != 0)
        return false;
    unsigned char mask = (unsigned char)(0xff00U >> bits);
    return bits == 0 || ((range->address[bytes] ^ address->address[bytes]) & mask) == 0;
}

static bool is_in(const struct range *address, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (range_covers(&ranges[i], address))
            return true;
    }
    return false;
}

static struct range take_ipv4(const struct range *address, unsigned offset)
{
    struct range inner = {.bits = 32};
    memcpy(inner.address, address->address + offset, 4);
    return inner;
}

static struct range unwrap_ipv4(const struct range *address)
{
    for (size_t i = 0; i < sizeof(embedded_ipv4) / sizeof(*embedded_ipv4); i++) {
        if (range_covers(&embedded_ipv4[i].prefix, address))
            return take_ipv4(address, embedded_ipv4[i].offset);
    }
    return *address;
}

static bool is_public(const struct range *address)
{
    if (!address->is_ipv6)
        return !is_in(address, refused_ipv4, sizeof(refused_ipv4) / sizeof(*refused_ipv4));
    return range_covers(&global_unicast, address) &&
           !is_in(address, refused_ipv6, sizeof(refused_ipv6) / sizeof(*refused_ipv6));
}

static bool read_prefix_length(struct text text, unsigned longest, unsigned *bits)
{
    int64_t number;
    if (text.length > 3 || text_starts_with(text, TEXT("-")) || !text_to_int64(text, &number) || number < 0 ||
        number > longest)
        return false;
    *bits = (unsigned)number;
    return true;
}

/* The host bits must be zero: "127.0.0.1/8" says two things at once. */
static bool has_host_bits(const struct range *range)
{
    for (unsigned bit = range->bits; bit < (range->is_ipv6 ? 128 : 32); bit++) {
        if ((range->address[bit / 8] >> (7 - bit % 8) & 1) != 0)
            return true;
    }
    return false;
}

static bool read_range(struct text text, struct range *range)
{
    char address[INET6_ADDRSTRLEN];
    struct text rest = text;
    struct text host = text_cut(&rest, '/');
    if (host.length == 0 || host.length >= sizeof(address) || memchr(host.base, '\0', host.length) != NULL)
        return false;
    memcpy(address, host.base, host.length);
    address[host.length] = '\0';
    range->is_ipv6 = strchr(address, ':') != NULL;
    if (inet_pton(range->is_ipv6 ? AF_INET6 : AF_INET, address, range->address) != 1)
        return false;
    unsigned longest = range->is_ipv6 ? 128 : 32;
    range->bits = longest;
    if (host.length != text.length && !read_prefix_length(rest, longest, &range->bits))
        return false;
    return !has_host_bits(range);
}

enum fault address_guard_create(struct arena *arena, const struct text *exceptions, size_t count,
                                const struct address_guard **guard, size_t *bad)
{
    struct address_guard *made = ARENA_NEW(arena, struct address_guard);
    made->exceptions = ARENA_ARRAY(arena, struct range, count);
    for (size_t i = 0; i < count; i++) {
        if (!read_range(exceptions[i], &made->exceptions[i])) {
            *bad = i;
            return FAULT_OUTBOUND_REFUSED;
        }
    }
    made->count = count;
    *guard = made;
    return FAULT_NONE;
}

static bool read_address(const struct sockaddr *address, struct range *out)
{
    *out = (struct range){0};
    if (address->sa_family == AF_INET) {
        memcpy(out->address, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
        out->bits = 32;
    } else if (address->sa_family == AF_INET6) {
        memcpy(out->address, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
        out->bits = 128;
        out->is_ipv6 = true;
    }
    return out->bits != 0;
}

/* The kernel speaks to a mapped address by IPv4: it is the IPv4 address. The other embeddings pass a
 * translator, so what lists the IPv4 address does not list them. */
static bool read_real_address(const struct sockaddr *address, struct range *real)
{
    if (!read_address(address, real))
        return false;
    if (range_covers(&ipv4_mapped, real))
        *real = take_ipv4(real, 12);
    return true;
}

bool address_guard_lists(const struct address_guard *guard, const struct sockaddr *address)
{
    struct range real;
    return read_real_address(address, &real) && is_in(&real, guard->exceptions, guard->count);
}

bool address_guard_allows(const struct address_guard *guard, const struct sockaddr *address)
{
    struct range real;
    if (!read_real_address(address, &real))
        return false;
    if (is_in(&real, guard->exceptions, guard->count))
        return true;
    struct range inner = unwrap_ipv4(&real);
    return is_public(&inner);
}

bool address_guard_is_loopback(const struct sockaddr *address)
{
    static const struct range loopback[] = {{{127}, 8, false}, {{[15] = 1}, 128, true}};
    struct range real;
    return read_address(address, &real) && is_in(&real, loopback, sizeof(loopback) / sizeof(*loopback));
}
