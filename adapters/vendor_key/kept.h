/* What is kept of a target, sealed: the vendor's management secret, the origin and the team it was given for,
 * and the settings as they last were, by which keys are deleted when the target itself has gone. */
#ifndef VENDOR_KEY_KEPT_H
#define VENDOR_KEY_KEPT_H

#include "description.h"

struct kept {
    struct text origin, team, secret;
    const struct json_value *settings;
    int64_t version; /* 0: nothing is kept */
};

MUST_USE enum adapter_outcome kept_read(struct adapter_call *call, struct text target, struct kept *kept);
/* Anew, by whoever connects. */
MUST_USE enum adapter_outcome kept_connect(struct adapter_call *call, const struct adapter_target *target,
                                           struct text origin, struct text secret);
MUST_USE enum adapter_outcome kept_forget(struct adapter_call *call, struct text target);
/* Where the settings are others by now. */
MUST_USE enum adapter_outcome kept_note_settings(struct adapter_call *call, const struct adapter_target *target,
                                                 const struct kept *kept);
/* The secret for requests of this team to this description's origin, and no other. Misconfigured: connect, or
 * connect again. */
MUST_USE enum adapter_outcome kept_secret_for(struct adapter_call *call, const struct kept *kept,
                                              const struct vendor_description *description, struct text team,
                                              struct text *secret);

#endif
