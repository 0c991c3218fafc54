/* URLs of others that somebody is sent to or something is asked of: https, and http for a loopback address
 * alone. Whether an address may be connected to is another question (runtime/address_guard.h). Pure. */
#ifndef BASE_OUTSIDE_URL_H
#define BASE_OUTSIDE_URL_H

#include <stdbool.h>

#include "base/text.h"

/* Absolute, https (http for a loopback address), with a host, without user information or fragment. */
bool outside_url_is_usable(struct text url);
/* What stands before the path of one: the scheme, the host and its port. */
struct text outside_url_origin(struct text url);

#endif
