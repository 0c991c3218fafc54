/* How this client says who it is to the other side: RFC 6749 section 2.3, RFC 7523 section 2.2, RFC 8705. One
 * way a request. */
#ifndef SAAS_OAUTH_CLIENT_AUTHENTICATION_H
#define SAAS_OAUTH_CLIENT_AUTHENTICATION_H

#include "form.h"
#include "grant.h"

/* As settings name them; ends with NULL, in the order of the enum. */
extern const char *const client_authentication_names[];

/* Adds to the form, and sets *header (a whole line) and the request's certificate where the way is one of
 * those. Misconfigured: what it takes was not handed over. */
MUST_USE enum adapter_outcome client_authenticate(const struct grant_run *run, struct form *form,
                                                  struct text *header, struct adapter_request *request);

/* --- before anything is sent, and before a person is bothered --- */

/* Whether these settings need it, to authenticate with or to sign an assertion. question: of secret_questions.
 */
bool secret_is_needed(const struct oauth_settings *settings, size_t question);
/* Misconfigured where one is missing: which, and how it is handed over for this target. */
MUST_USE enum adapter_outcome needed_secrets_check(const struct grant_run *run, struct text target);
/* Refused where a key that these settings use is none of the kind they sign with. TEXT_NONE: nothing to check.
 */
MUST_USE enum adapter_outcome needed_secrets_check_key(struct adapter_call *call,
                                                       const struct oauth_settings *settings, struct text key);

#endif
