/* What this gateway says to an issuer where somebody logs in, and what it makes of the answers: the
 * authorization code flow of OpenID Connect Core section 3.1, with PKCE (RFC 7636) and the issuer's name in the
 * answer (RFC 9207). Pure. */
#ifndef AUTHORIZATION_LOGIN_MESSAGES_H
#define AUTHORIZATION_LOGIN_MESSAGES_H

#include "exchange/form.h"
#include "login/login_metadata.h"
#include "login/login_state.h"
#include "trust/issuer.h"

enum { LOGIN_CODE_BYTES_MAX = 4096 };

/* Another one for each issuer, so that what one of them answers is never taken for another's (RFC 9700 section
 * 4.4.2.2). */
struct text login_redirect_uri(struct arena *arena, struct text service_url, struct text issuer_name);
/* Where the browser is sent. */
struct text login_request_url(struct arena *arena, struct text service_url, const struct issuer *issuer,
                              const struct login_metadata *metadata, const struct login_state *state);

struct login_answer {
    struct text issuer_name; /* as the path names it */
    struct text state, code, issuer, error;
};
/* What came back. LOGIN_STATE: neither a code nor an error, both, or too long. */
MUST_USE enum fault login_answer_read(struct text issuer_name, const struct form *query,
                                      struct login_answer *answer);
/* Whether it is the answer to this login. LOGIN_STATE: of another browser, login or issuer's path;
 * LOGIN_ISSUER: it names another issuer, or none though its issuer promised to. */
MUST_USE enum fault login_answer_check(const struct login_answer *answer, const struct login_state *state);

/* The body that turns the code into tokens, and the header that proves who asks; TEXT_NONE for a public client,
 * which the body names. */
struct text login_code_form(struct arena *arena, struct text service_url, const struct issuer *issuer,
                            const struct login_state *state, struct text code);
struct text login_client_header(struct arena *arena, const struct issuer *issuer);
/* LOGIN_ANSWER: no ID Token is in it. */
MUST_USE enum fault login_tokens_read(struct arena *arena, int status, struct text body, struct text *id_token);

#endif
