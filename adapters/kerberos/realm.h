/* What one realm takes, put together once and kept as long as the program runs: its settings, the gateway's key,
 * the way to its KDCs, and what was got from them. */
#ifndef KERBEROS_REALM_H
#define KERBEROS_REALM_H

#include <stdatomic.h>

#include "confirmations.h"
#include "kdc_relay.h"
#include "realm_profile.h"
#include "ticket_supply.h"

struct realm {
    struct arena *arena;
    struct realm_settings settings;
    int keytab_file;
    struct text keytab; /* "MEMORY:name" */
    struct realm_profile *profile;
    struct kdc_relay *relay;
    struct delegation *delegation;
    struct ticket_supply *tickets;
    struct confirmations *confirmations;
    atomic_bool is_proved; /* the probe got its ticket when it last tried: the gateway may delegate */
};

/* Before anything else uses libkrb5. What is wrong is the document's, so it ends misconfigured; no KDC is asked. */
MUST_USE enum adapter_outcome realm_open(struct adapter_call *call, void **context);
void realm_close(void *context);

#endif
