/* See forwarded_address.h. */
#include "origin/forwarded_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

/* --- reading hops --- */

static bool add(struct forwarded_hops *hops, struct text hop)
{
    if (hop.length == 0 || hops->count == FORWARDED_HOPS_MAX)
        return false;
    hops->hops[hops->count++] = hop;
    return true;
}

bool forwarded_hops_add_list(struct forwarded_hops *hops, struct text line)
{
    for (bool is_last = false; !is_last;) {
        is_last = line.length == 0 || memchr(line.base, ',', line.length) == NULL;
        if (!add(hops, text_trim(text_cut(&line, ','))))
            return false;
    }
    return true;
}

/* A token or a quoted string (RFC 7239 section 4). No address needs an escape, so none is read. */
static bool take_value(struct text *rest, struct text *value)
{
    size_t end = 0;
    bool is_quoted = rest->length != 0 && rest->base[0] == '"';
    if (is_quoted)
        *rest = (struct text){rest->base + 1, rest->length - 1};
    while (end < rest->length && (is_quoted ? rest->base[end] != '"' && rest->base[end] != '\\'
                                            : strchr(";, \t\"", rest->base[end]) == NULL))
        end++;
    if (is_quoted && (end == rest->length || rest->base[end] != '"'))
        return false;
    *value = (struct text){rest->base, end};
    end += is_quoted;
    *rest = (struct text){rest->base + end, rest->length - end};
    return value->length != 0;
}

/* name "=" value, by whatever number of ";" apart; what stands behind the last one is left. */
static bool take_element(struct text *rest, struct text *from)
{
    for (;;) {
        const char *equals = rest->length == 0 ? NULL : memchr(rest->base, '=', rest->length);
        if (equals == NULL)
            return false;
        struct text name = {rest->base, (size_t)(equals - rest->base)}, value;
        *rest = (struct text){equals + 1, rest->length - name.length - 1};
        name = text_trim(name); /* there is none by the grammar, and some at list separators */
        if (!text_is_token(name) || !take_value(rest, &value))
            return false;
        if (text_equal_ignoring_case(name, TEXT("for"))) {
            if (from->base != NULL) /* "each parameter MUST NOT occur more than once" (section 4) */
                return false;
            *from = value;
        }
        *rest = text_trim(*rest);
        if (rest->length == 0 || rest->base[0] != ';')
            return true;
        *rest = (struct text){rest->base + 1, rest->length - 1};
    }
}

bool forwarded_hops_add_forwarded(struct forwarded_hops *hops, struct text line)
{
    for (;;) {
        struct text from = TEXT_NONE;
        /* A hop that does not say whom it is for hides who came to it. */
        if (!take_element(&line, &from) || !add(hops, from))
            return false;
        if (line.length == 0)
            return true;
        if (line.base[0] != ',')
            return false;
        line = (struct text){line.base + 1, line.length - 1};
    }
}

/* --- the addresses --- */

static bool is_port(struct text text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.base[i] < '0' || text.base[i] > '9')
            return false;
    return text.length != 0 && text.length <= 5;
}

static bool read_numeric(struct text text, int family, struct sockaddr_storage *address)
{
    char copy[INET6_ADDRSTRLEN];
    if (text.length == 0 || text.length >= sizeof(copy) || memchr(text.base, '\0', text.length) != NULL)
        return false;
    memcpy(copy, text.base, text.length);
    copy[text.length] = '\0';
    *address = (struct sockaddr_storage){.ss_family = (sa_family_t)family};
    void *out = family == AF_INET ? (void *)&((struct sockaddr_in *)(void *)address)->sin_addr
                                  : (void *)&((struct sockaddr_in6 *)(void *)address)->sin6_addr;
    return inet_pton(family, copy, out) == 1;
}

/* IPv4, IPv4:port, [IPv6], [IPv6]:port, and IPv6 as X-Forwarded-For has it. */
static bool read_address(struct text hop, struct sockaddr_storage *address)
{
    if (hop.base[0] == '[') {
        struct text rest = {hop.base + 1, hop.length - 1};
        if (memchr(rest.base, ']', rest.length) == NULL)
            return false;
        struct text inner = text_cut(&rest, ']');
        return (rest.length == 0 ||
                (rest.base[0] == ':' && is_port((struct text){rest.base + 1, rest.length - 1}))) &&
               read_numeric(inner, AF_INET6, address);
    }
    struct text rest = hop;
    struct text first = text_cut(&rest, ':');
    if (first.length != hop.length && memchr(rest.base, ':', rest.length) != NULL)
        return read_numeric(hop, AF_INET6, address);
    return (first.length == hop.length || is_port(rest)) && read_numeric(first, AF_INET, address);
}

bool forwarded_hops_client(const struct forwarded_hops *hops, const struct address_guard *believed,
                           struct sockaddr_storage *client)
{
    for (size_t i = hops->count; i-- > 0;) {
        if (!read_address(hops->hops[i], client))
            return false;
        if (!address_guard_lists(believed, (const struct sockaddr *)client))
            return true;
    }
    return hops->count != 0;
}
