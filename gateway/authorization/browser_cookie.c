/* See browser_cookie.h. */
#include "browser_cookie.h"

#include <string.h>

static struct text without_spaces(struct text text)
{
    while (text.length != 0 && (text.base[0] == ' ' || text.base[0] == '\t'))
        text = (struct text){text.base + 1, text.length - 1};
    while (text.length != 0 && (text.base[text.length - 1] == ' ' || text.base[text.length - 1] == '\t'))
        text.length--;
    return text;
}

void browser_cookie_find(struct text header, struct text name, struct text *value, unsigned *found)
{
    while (header.length != 0) {
        struct text pair = without_spaces(text_cut(&header, ';'));
        if (memchr(pair.base != NULL ? pair.base : "", '=', pair.length) == NULL)
            continue;
        struct text rest = pair, own = text_cut(&rest, '=');
        if (!text_equal(own, name))
            continue;
        *value = rest;
        *found += 1;
    }
}

struct text browser_cookie_read(const struct request *request, const char *name)
{
    struct text value = TEXT_NONE;
    unsigned found = 0;
    /* HTTP/2 may bring each pair in a header of its own (RFC 9113 section 8.2.3). */
    for (size_t i = 0; i < BROWSER_COOKIE_HEADERS_MAX; i++) {
        struct text header = request_header(request, "cookie", i);
        if (header.base == NULL)
            break;
        browser_cookie_find(header, text_of(name), &value, &found);
    }
    return found == 1 && value.length != 0 && value.length <= BROWSER_COOKIE_BYTES_MAX ? value : TEXT_NONE;
}

struct text browser_cookie_set(struct arena *arena, const char *name, struct text value, int64_t max_age_s)
{
    return arena_print(arena, "%s=%.*s; Path=/; Max-Age=%lld; Secure; HttpOnly; SameSite=Lax", name,
                       TEXT_ARGUMENTS(value), value.length == 0 || max_age_s < 0 ? 0LL : (long long)max_age_s);
}
