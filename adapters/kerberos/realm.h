/* What one realm takes, put together once and kept as long as the program runs: its settings, the gateway's
 * key, the way to its KDCs, and what was got from them. */
#ifndef KERBEROS_REALM_H
#define KERBEROS_REALM_H

#include <stdatomic.h>

#include "confirmations.h"
#include "directory.h"
#include "gssproxy.h"
#include "kdc_relay.h"
#include "keytab.h"
#include "realm_profile.h"
#include "ticket_supply.h"

struct realm {
    struct arena *arena;
    struct realm_settings settings;
    struct realm_profile *profile;
    krb5_context context; /* of the keytab */
    int keytab_file;
    struct keytab keytab;
    struct gssproxy *proxy; /* or this, which has the key; then there is no relay either */
    struct kdc_relay *relay;
    struct delegation *delegation;
    struct directory *directory; /* NULL: the settings have none */
    struct ticket_supply *tickets;
    struct confirmations *confirmations;
    _Atomic enum kerberos_probe probe; /* how it ended when it was last tried */
};

/* Before anything else uses libkrb5. What is wrong is the document's, so it ends misconfigured; no KDC is
 * asked. */
MUST_USE enum adapter_outcome realm_open(struct adapter_call *call, void **context);
void realm_close(void *context);

#endif
