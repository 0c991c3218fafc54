/* Which of the secrets these settings need, whether they are there, and whether a key is one that these
 * settings can sign with: known before anything is sent and before a person is bothered. */
#ifndef SAAS_OAUTH_NEEDED_SECRETS_H
#define SAAS_OAUTH_NEEDED_SECRETS_H

#include "grant.h"

/* question: of secret_questions. */
bool secret_is_needed(const struct oauth_settings *settings, size_t question);
/* Misconfigured where one is missing: which, and how it is handed over for this target. */
MUST_USE enum adapter_outcome needed_secrets_check(const struct grant_run *run, struct text target);
/* Refused where a key that these settings use is none of the kind they sign with. TEXT_NONE: nothing to check.
 */
MUST_USE enum adapter_outcome needed_secrets_check_key(struct adapter_call *call,
                                                       const struct oauth_settings *settings, struct text key);

#endif
