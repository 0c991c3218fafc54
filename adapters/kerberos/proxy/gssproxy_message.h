/* What is asked of gssproxy and what it answers: procedures of its RPC program (RFC 5531; the types are those
 * of gssproxy's x-files/gss_proxy.x), of which three steps need two. What it says of credentials and contexts
 * is sealed by it and given back as it came. Pure. */
#ifndef KERBEROS_GSSPROXY_MESSAGE_H
#define KERBEROS_GSSPROXY_MESSAGE_H

#include "base/buffer.h"
#include "base/fault.h"

/* ACQUIRE_CRED: the gateway's own login. Principals have their realm. */
void gssproxy_write_login(struct buffer *out, uint32_t id, struct text principal);
/* ACQUIRE_CRED: evidence of somebody else, by the gateway's login. */
void gssproxy_write_impersonation(struct buffer *out, uint32_t id, struct text login, struct text principal);

struct gssproxy_initiation {
    struct text credential; /* TEXT_NONE: only in the second turn */
    struct text context;    /* of the first turn, in the second; else TEXT_NONE */
    struct text service;    /* with its realm */
    struct text answer;     /* of the service, in the second turn; else TEXT_NONE */
    struct text binding;    /* application data of the channel (RFC 5056), or TEXT_NONE */
    uint32_t lifetime_s;    /* of the ticket */
    bool is_mutual;
};
/* INIT_SEC_CONTEXT: a ticket and the token, or the judgement of what the service answered to it. */
void gssproxy_write_initiation(struct buffer *out, uint32_t id, const struct gssproxy_initiation *initiation);

/* Which request it answers; false: it is no answer. */
MUST_USE bool gssproxy_read_id(struct text answer, uint32_t *id);

struct gssproxy_answer {
    uint32_t major, minor;        /* as GSSAPI has them (RFC 2744); minor is libkrb5's */
    struct text credential, name; /* name: whose it is */
    struct text context, token;
    uint32_t rest_s; /* of the ticket; 0 in a context that is not open yet */
    bool is_open, is_mutual;
};

/* Everything lies in the bytes read. False where it is not what was asked for; with an error in major the rest
 * may be missing. */
MUST_USE bool gssproxy_read_credential(struct text answer, struct gssproxy_answer *read);
MUST_USE bool gssproxy_read_initiation(struct text answer, struct gssproxy_answer *read);

#endif
