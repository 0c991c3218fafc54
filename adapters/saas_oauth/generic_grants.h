/* The grants that are no vendor's: RFC 6749 section 4.4, a connected account (sections 4.1 and 6), RFC 7523,
 * RFC 8693. Rows for grant_table.c. */
#ifndef SAAS_OAUTH_GENERIC_GRANTS_H
#define SAAS_OAUTH_GENERIC_GRANTS_H

#include "grant.h"

extern const struct grant grant_client_credentials, grant_connected, grant_jwt_bearer, grant_token_exchange;

#endif
