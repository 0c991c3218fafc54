/* The adapter "saas-oauth": gets tokens where somebody else's OAuth is spoken, by the grant or the preset that
 * the target's settings name (docs/adapters/saas-oauth.md). */
#ifndef SAAS_OAUTH_SAAS_OAUTH_H
#define SAAS_OAUTH_SAAS_OAUTH_H

#include "dragoman/adapter_sdk.h"

extern const struct adapter_definition saas_oauth_definition;

#endif
