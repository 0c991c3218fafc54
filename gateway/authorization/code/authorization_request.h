/* The parameters of a request to /authorize (RFC 6749 section 4.1.1, RFC 7636 section 4.3, RFC 8707 section 2),
 * bounded and checked by themselves. In two parts: who sends somebody here and where they would be sent back
 * to, before which no error may be sent anywhere; and all else. Pure. */
#ifndef AUTHORIZATION_AUTHORIZATION_REQUEST_H
#define AUTHORIZATION_AUTHORIZATION_REQUEST_H

#include "exchange/form.h"
#include "policy/scope.h"

enum {
    AUTHORIZE_QUERY_BYTES_MAX = 8192,
    AUTHORIZE_STATE_BYTES_MAX = 1024,
    AUTHORIZE_CLIENT_BYTES_MAX = 512,
    AUTHORIZE_RESOURCE_BYTES_MAX = 1024
};

struct authorization_request {
    struct text query; /* as it came, for who comes back to it after a login */
    struct form form;
    struct text client_id, redirect_uri;
    struct text state; /* TEXT_NONE: none */
    struct text challenge, resource;
    struct scope_set scope;
    struct text scope_text; /* without what nobody can give here; TEXT_NONE: none is named */
    struct text login;      /* our own: the issuer to log in at, where there are several */
};

/* Client, redirect URI and state: those of whoever is told of an error. AUTHORIZE_CLIENT, AUTHORIZE_REDIRECT,
 * or the form's own faults. Texts are in the arena. */
MUST_USE enum fault authorization_request_read(struct arena *arena, struct text query,
                                               struct authorization_request *request);
/* The rest: what may be sent back once it is known that there is somewhere to. */
MUST_USE enum fault authorization_request_check(struct arena *arena, struct authorization_request *request);

#endif
