/* See person_checks.h. */
#include "person_checks.h"

#include "base/base64url.h"
#include "base/digest.h"
#include "base/secret.h"
#include "consent/invitation.h"

struct text person_checks_origin(struct text url)
{
    size_t slashes = 0;
    for (size_t i = 0; i < url.length; i++)
        if (url.base[i] == '/' && ++slashes == 3)
            return (struct text){url.base, i};
    return slashes == 2 ? url : TEXT_NONE;
}

struct text person_checks_base_path(struct text url)
{
    size_t origin = person_checks_origin(url).length;
    struct text path = {url.base + origin, url.length - origin};
    while (path.length != 0 && path.base[path.length - 1] == '/')
        path.length--;
    return path;
}

bool person_checks_is_own_form(struct text service_url, struct text fetch_site, struct text origin)
{
    if (fetch_site.base != NULL)
        return text_is(fetch_site, "same-origin");
    return origin.base == NULL || text_equal(origin, person_checks_origin(service_url));
}

struct text person_checks_binding(const struct sealer *sealer, struct arena *arena, struct text ticket)
{
    unsigned char hash[DIGEST_SIZE];
    char *hex = arena_allocate(arena, 2 * DIGEST_SIZE + 1);
    sealer_keyed_hash(sealer, "invitation-form", ticket, hash);
    digest_hex(hash, hex);
    return (struct text){hex, 2 * DIGEST_SIZE};
}

bool person_checks_equal(struct text given, struct text expected)
{
    return expected.length != 0 && given.length == expected.length &&
           secret_equal(given.base, expected.base, expected.length);
}

bool person_checks_is_ticket(struct text ticket)
{
    return ticket.length == INVITATION_TICKET_SIZE - 1 && base64url_has_alphabet(ticket);
}

bool person_checks_is_same_person(const struct credential_identity *a, const struct credential_identity *b)
{
    return a->issuer.length != 0 && a->subject.length != 0 && text_equal(a->issuer, b->issuer) &&
           text_equal(a->subject, b->subject);
}
