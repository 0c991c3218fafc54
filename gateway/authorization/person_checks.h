/* What is checked of a person's request beside who they are: that a form was sent from a page of ours, and from
 * the page that it says; that a ticket can be one; that what came back is what was sent. Pure. */
#ifndef AUTHORIZATION_PERSON_CHECKS_H
#define AUTHORIZATION_PERSON_CHECKS_H

#include "adapters/credential_order.h"
#include "keys/seal.h"

/* By what the browser itself says of where a form was sent from: Sec-Fetch-Site (Fetch Metadata) where it is
 * there, else Origin, TEXT_NONE where either was not sent. Our pages send no referrer, so that the Origin of
 * their own forms may be "null" (Fetch section 3.2), which by itself says nothing. */
bool person_checks_is_own_form(struct text service_url, struct text fetch_site, struct text origin);
/* What a form carries that was made for the invitation with this ticket: another window's is another. */
struct text person_checks_binding(const struct sealer *sealer, struct arena *arena, struct text ticket);
/* Constant time in the contents; an empty expectation is met by nothing. */
bool person_checks_equal(struct text given, struct text expected);
bool person_checks_is_ticket(struct text ticket);
bool person_checks_is_same_person(const struct credential_identity *a, const struct credential_identity *b);
/* Scheme, host and port of a URL; TEXT_NONE without them. */
struct text person_checks_origin(struct text url);
/* What stands behind the origin, without a slash at its end; often nothing. */
struct text person_checks_base_path(struct text url);

#endif
