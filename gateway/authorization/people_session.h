/* Who a browser is logged in as: read from its session cookie, which we signed. */
#ifndef AUTHORIZATION_PEOPLE_SESSION_H
#define AUTHORIZATION_PEOPLE_SESSION_H

#include "adapters/credential_order.h"
#include "exchange/gateway.h"
#include "transport/request.h"

struct people_session {
    struct text id, issuer_name;
    struct credential_identity person;
    int64_t expires_at_s;
    struct text csrf; /* a token for forms of this session */
};

/* SESSION_MISSING: there is none, or no more; texts are in the arena. Whether it was ended before its time, by
 * its person or a kill, takes a look at the cutoffs: person_call_read_session. */
MUST_USE enum fault people_session_read(const struct gateway *gateway, struct arena *arena,
                                        const struct request *request, struct people_session *session);
/* Whether a form was made for this session; in constant time. */
bool people_session_accepts(const struct gateway *gateway, const struct people_session *session,
                            struct text csrf);
/* The cookie's value for a session that begins now, with its id, person and end set: a new id for each login,
 * so that nobody is led into a session that somebody else knows. TEXT_NONE: its names are too long for a
 * cookie. */
struct text people_session_begin(const struct gateway *gateway, struct arena *arena, struct text issuer,
                                 const struct people_session *session, int64_t now_s);

#endif
