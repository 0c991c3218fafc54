/* A person connects an account: authorization code with PKCE (RFC 6749 section 4.1, RFC 7636, RFC 9207, RFC
 * 9700 section 2.1). */
#ifndef SAAS_OAUTH_BROWSER_H
#define SAAS_OAUTH_BROWSER_H

#include "connection.h"
#include "grant.h"

/* go_to stays TEXT_NONE where the account is connected for all that is wanted. */
MUST_USE enum adapter_outcome browser_begin(const struct grant_run *run,
                                            const struct adapter_connection *connection,
                                            struct adapter_interaction *interaction);
/* account: its name at the other side, for people; TEXT_NONE: not said. */
MUST_USE enum adapter_outcome browser_finish(const struct grant_run *run,
                                             const struct adapter_connection *connection, struct text *account);

#endif
