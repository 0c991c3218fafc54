/* Tokens and tickets for a subject at a service: what is kept and still good is used, the rest asked for. Three
 * things are kept, each with its age: the gateway's own login (by libkrb5, to half of its life), the evidence
 * of each subject, and the ticket of each subject, service and lifetime (but by gssproxy, which gives none
 * out). What was kept under other documents of the gateway is not found any more. */
#ifndef KERBEROS_TICKET_SUPPLY_H
#define KERBEROS_TICKET_SUPPLY_H

#include "delegation.h"
#include "realm_settings.h"

struct ticket_supply;

/* delegation is borrowed. */
struct ticket_supply *ticket_supply_open(struct delegation *delegation, const struct realm_settings *settings);
void ticket_supply_close(struct ticket_supply *supply);

struct ticket_order {
    struct text documents; /* of the gateway: what they are known by (PROTOCOL.md) */
    struct text account, service;
    uint32_t lifetime_s;         /* of the ticket */
    bool is_fresh;               /* nothing that is kept is used */
    bool is_mutual;              /* token->context is the caller's then */
    struct text channel_binding; /* or TEXT_NONE */
};

/* A token, which may be made with a ticket that is kept; it is good once, the ticket is not given out. */
MUST_USE bool ticket_supply_token(struct ticket_supply *supply, const struct ticket_order *order,
                                  struct arena *arena, struct delegation_token *token,
                                  struct kerberos_failure *failure);
/* A credential of the caller's own with a ticket in it that was asked for just now; delegation_release. */
MUST_USE bool ticket_supply_credential(struct ticket_supply *supply, const struct ticket_order *order,
                                       struct arena *arena, struct delegation_credential **credential,
                                       struct kerberos_failure *failure);

#endif
