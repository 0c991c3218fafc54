/* A target's settings, which are its team's, against the realm's, which are the operator's: a target names one
 * service of the realm and can only narrow what the realm lets. Read for validate and again for every order. */
#ifndef KERBEROS_TARGET_SETTINGS_H
#define KERBEROS_TARGET_SETTINGS_H

#include "realm_settings.h"

enum { TARGET_TOKEN_BYTES_MAX = 64 * 1024 };

enum ccache_format { CCACHE_FILE, CCACHE_KRB_CRED };

struct target_settings {
    const struct service_settings *service; /* the realm's; NULL only beside a mistake */
    unsigned outputs;                       /* of enum kerberos_output, at least one */
    enum ccache_format format;
    int64_t lifetime_s;
    size_t token_bytes_max; /* of a token as it is shown, in base64 */
};

void target_settings_read(struct adapter_mistakes *mistakes, struct arena *arena,
                          const struct realm_settings *realm, const struct adapter_target *target,
                          struct target_settings *read);
/* The same for an order: misconfigured by the first mistake. */
MUST_USE enum adapter_outcome target_settings_of(struct adapter_call *call, const struct realm_settings *realm,
                                                 const struct adapter_target *target,
                                                 struct target_settings *read);

#endif
