/* SPNEGO (RFC 4178), as much as one initiator needs that offers Kerberos alone: the first token, and the answer
 * to it. DER by hand, since a credential for Kerberos alone is none that GSSAPI would negotiate with. Pure: no
 * Kerberos library, nothing is kept, and what is read may be anybody's bytes. */
#ifndef KERBEROS_SPNEGO_H
#define KERBEROS_SPNEGO_H

#include "base/arena.h"
#include "base/fault.h"

enum { SPNEGO_TOKEN_BYTES_MAX = 64 * 1024 };

enum spnego_state {
    SPNEGO_COMPLETED,
    SPNEGO_INCOMPLETE, /* the server wants another token, or a checksum that nobody has who offers one mechanism
                        */
    SPNEGO_REJECTED
};

/* A krb5 token as gss_init_sec_context makes it, at most SPNEGO_TOKEN_BYTES_MAX of them. */
struct text spnego_wrap(struct arena *arena, struct text krb5_token);

/* Of a server's first answer, wrapped (NegTokenResp) or a krb5 token as it is, which some servers send.
 * mech_token is borrowed from token: what gss_init_sec_context is given next, TEXT_NONE where there is none.
 * That it is the server's is for GSSAPI to say: COMPLETED is what anybody may write. False for all else. */
MUST_USE bool spnego_unwrap_answer(struct text token, enum spnego_state *state, struct text *mech_token);

#endif
