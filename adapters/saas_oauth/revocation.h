/* Makes tokens worthless at the other side, and remembers until then what that takes. */
#ifndef SAAS_OAUTH_REVOCATION_H
#define SAAS_OAUTH_REVOCATION_H

#include "grant.h"

/* RFC 7009, or as the grant has it. DONE: nothing is left of it there, or that side knows no way. */
MUST_USE enum adapter_outcome revocation_run(const struct grant_run *run, struct text token, const char *hint);
/* Whether there is a way. */
bool revocation_is_known(const struct oauth_settings *settings);

/* What revoke needs of a lease: in its handle, or where that is too small, or the mint was interrupted, in the
 * state under the lease's own name. */
struct lease_note {
    struct text connection;   /* the key of the connection its token is kept in; TEXT_NONE: in none */
    struct text access_token; /* TEXT_NONE: none was got yet; see the connection */
    struct text origin, team; /* of the token endpoint it came from, and whose target that was */
};
/* Before anything is made. until_s: when nobody will ask any more. */
MUST_USE enum adapter_outcome lease_note_put(struct adapter_call *call, struct text lease,
                                             const struct lease_note *note, int64_t until_s);
/* The handle of what was made: sealed, at most 4 KiB. */
MUST_USE enum adapter_outcome lease_note_handle(struct adapter_call *call, struct text lease,
                                                const struct lease_note *note, int64_t until_s,
                                                struct text *handle);
/* handle TEXT_NONE: by the lease alone. False in *is_there: nothing was made that is known of. */
MUST_USE enum adapter_outcome lease_note_find(struct adapter_call *call, struct text lease, struct text handle,
                                              struct lease_note *note, bool *is_there);
MUST_USE enum adapter_outcome lease_note_forget(struct adapter_call *call, struct text lease);

#endif
