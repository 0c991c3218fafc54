/* What a token of ours carries of the subject's attributes: those that some policy asked for when it was
 * issued, as the first domain's issuer vouched for them. Pure; called by verification.c alone, for tokens whose
 * signature is our own. */
#ifndef CARRIED_ATTRIBUTES_H
#define CARRIED_ATTRIBUTES_H

#include "trust/verification.h"

enum { CARRIED_ATTRIBUTES_MAX = 64, CARRIED_NAME_BYTES_MAX = 64 };

/* Fills attributes of token from the claim dragoman_attributes; TOKEN_CLAIMS for one that we cannot have
 * written.
 */
MUST_USE enum fault carried_attributes_read(struct arena *arena, struct verified_token *token);

#endif
