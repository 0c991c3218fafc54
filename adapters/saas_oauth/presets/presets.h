/* The presets: a row each, for grant_table.c, and what several of them do. */
#ifndef SAAS_OAUTH_PRESETS_H
#define SAAS_OAUTH_PRESETS_H

#include "grant.h"

extern const struct grant preset_github_app, preset_entra_on_behalf_of, preset_aws_sts, preset_google,
    preset_salesforce, preset_box, preset_id_jag;

enum { OPTION_MAX = 512 };

#define DIGITS        "0123456789"
#define SMALL_LETTERS "abcdefghijklmnopqrstuvwxyz"
#define LETTERS       SMALL_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* At least one character, and none but these. */
bool preset_is_made_of(struct text text, const char *characters);
/* What is not said becomes this. */
void preset_default(struct text *setting, const char *otherwise);
/* Where the other side trusts the gateway's assertion: that it is signed by one of these (names parted by
 * spaces) and calls itself plain "JWT", which is all that such servers take. */
void preset_check_assertion(const struct oauth_settings *settings, const struct adapter_target *target,
                            const char *algorithms, struct adapter_mistakes *mistakes);
/* Whether the token names this audience. Read without a look at the signature: the gateway has verified it, and
 * this only says beforehand what the other side would refuse. */
bool preset_token_is_for(struct arena *arena, struct text token, struct text audience);
/* "authorization: Bearer TOKEN". */
struct text preset_bearer(struct arena *arena, struct text token);

#endif
