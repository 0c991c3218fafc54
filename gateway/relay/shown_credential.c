/* Finds the credential among the headers of a call. */
#include "relay/shown_credential.h"

#include <string.h>

#include "adapters/api_key.h"
#include "exchange/basic_credentials.h"

/* Of one name; a request with more is refused by whoever takes two credentials for one too many. */
enum { FIELDS_MAX = 4 };

struct search {
    struct arena *arena;
    struct text found;
    bool is_several;
};

/* Compact JWS: three parts, the first an object (RFC 7515 section 3.1). */
static bool is_compact_jws(struct text text)
{
    size_t dots = 0;
    for (size_t i = 0; i < text.length; i++)
        dots += text.base[i] == '.';
    return dots == 2 && text_starts_with(text, TEXT("eyJ"));
}

static void consider(struct search *search, struct text text)
{
    if (!api_key_is_meant(text) && !is_compact_jws(text))
        return;
    search->is_several |= search->found.length != 0 && !text_equal(search->found, text);
    search->found = text;
}

static void consider_authorization(struct search *search, struct text value)
{
    struct text name, password, credential = value;
    struct text scheme = text_cut(&credential, ' ');
    if (text_equal_ignoring_case(scheme, TEXT("Bearer"))) {
        consider(search, credential);
    } else if (basic_credentials_read(search->arena, value, &name, &password)) {
        consider(search, name);
        consider(search, password);
    }
}

static void look_into(struct search *search, const struct shown_headers *headers, const char *name)
{
    bool is_authorization = strcmp(name, "authorization") == 0;
    for (size_t nth = 0; nth < FIELDS_MAX; nth++) {
        struct text value = headers->find(headers->context, name, nth);
        if (value.length == 0)
            return;
        if (is_authorization)
            consider_authorization(search, value);
        else
            consider(search, value);
    }
    search->is_several = true; /* whatever stands further down is not read, and so not let through unread */
}

enum fault shown_credential_find(struct arena *arena, const struct shown_headers *headers,
                                 struct text own_header, struct text *credential)
{
    static const char *const names[] = {"authorization", "x-api-key", "api-key"};
    struct search search = {.arena = arena};
    bool is_known = own_header.length == 0;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        look_into(&search, headers, names[i]);
        is_known |= text_is(own_header, names[i]);
    }
    if (!is_known)
        look_into(&search, headers, arena_copy(arena, own_header).base);
    *credential = search.found;
    if (search.is_several)
        return FAULT_CALL_CREDENTIAL_SEVERAL;
    return search.found.length == 0 ? FAULT_CALL_CREDENTIAL_MISSING : FAULT_NONE;
}
