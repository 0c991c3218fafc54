/* What was handed over for a target with `dragoman connection add`, sealed: the client's secret, private key
 * and certificate, with the team and the origin they were given for, and the settings as they last were, by
 * which tokens are revoked when the target itself has gone. One entry of the state a target. */
#ifndef SAAS_OAUTH_SECRETS_H
#define SAAS_OAUTH_SECRETS_H

#include "settings.h"

struct client_secrets {
    struct text client_secret, private_key, certificate; /* TEXT_NONE: not handed over */
};

struct kept_secrets {
    struct client_secrets secrets;
    struct text origin, team;
    const struct json_value *settings;
    int64_t version; /* 0: nothing is kept */
};

enum { SECRET_QUESTIONS = 3 };
extern const struct adapter_question secret_questions[SECRET_QUESTIONS];

/* That of secret_questions; TEXT_NONE: not handed over. */
struct text secret_of(const struct client_secrets *secrets, size_t question);
MUST_USE enum adapter_outcome secrets_read(struct adapter_call *call, struct text target,
                                           struct kept_secrets *kept);
/* Those that this team may have sent to this origin: all are TEXT_NONE where they were given for another. */
MUST_USE enum adapter_outcome secrets_for(struct adapter_call *call, const struct kept_secrets *kept,
                                          struct text origin, struct text team, struct client_secrets *secrets);
/* Of answers, those that are there; the others stay as they are where they were given for the same. */
MUST_USE enum adapter_outcome secrets_keep(struct adapter_call *call, const struct adapter_target *target,
                                           struct text origin, const struct json_value *answers);
MUST_USE enum adapter_outcome secrets_forget(struct adapter_call *call, struct text target);
/* Where the settings are others by now. */
MUST_USE enum adapter_outcome secrets_note_settings(struct adapter_call *call,
                                                    const struct adapter_target *target,
                                                    const struct kept_secrets *kept);

#endif
