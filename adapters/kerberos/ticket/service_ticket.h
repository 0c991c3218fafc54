/* The one ticket that may leave: taken out of a credential that speaks for a user, which holds the gateway's
 * own ticket-granting ticket besides and is never handed out. What is taken is looked at once more, since
 * whoever gets it asks nobody again: for whom it is, at which service, for how long. Called where a ticket is
 * exported. */
#ifndef KERBEROS_SERVICE_TICKET_H
#define KERBEROS_SERVICE_TICKET_H

#include <gssapi/gssapi.h>

#include "dragoman/adapter_sdk.h"

struct service_ticket_wanted {
    struct text realm;
    struct text service; /* "HTTP/app.corp.example" */
    struct text account; /* without realm */
    int64_t lifetime_s;  /* as it was asked for */
};

/* A principal, in its parts, which may be any bytes. */
struct ticket_name {
    int32_t type;
    struct text realm;
    const struct text *components;
    size_t component_count;
};

/* An address that the ticket is bound to, or a piece of authorization data. */
struct ticket_item {
    uint16_t type;
    struct text bytes;
};

struct service_ticket {
    struct arena *arena;               /* holds all the rest, and the session key besides */
    struct ticket_name client, server; /* the server's is the one in the ticket */
    uint32_t flags;                    /* RFC 4120 section 5.3, the first of them the highest bit */
    int64_t authenticated_at_s, starts_at_s, ends_at_s, renewable_until_s; /* by the KDC's clock */
    int32_t key_type;
    struct text key;
    struct text ticket; /* DER */
    const struct ticket_item *addresses, *authorization_data;
    size_t address_count, authorization_data_count;
};

/* Once gss_init_sec_context has made a token for the service with the credential. Of several it is the one that
 * lasts longest. Free what was taken. */
MUST_USE enum adapter_outcome service_ticket_take(struct adapter_call *call, gss_cred_id_t user_credential,
                                                  const struct service_ticket_wanted *wanted,
                                                  struct service_ticket *ticket);
void service_ticket_free(struct service_ticket *ticket); /* wipes it; fine for one that is all zero */

#endif
