/* What the other side's errors mean: a table of RFC 6749's, RFC 8693's and OpenID Connect's codes, and some
 * vendors' own, over the statuses where there is no code. */
#ifndef SAAS_OAUTH_UPSTREAM_ERROR_H
#define SAAS_OAUTH_UPSTREAM_ERROR_H

#include "dragoman/adapter_tools.h"

enum upstream_error_kind {
    UPSTREAM_FINE,
    UPSTREAM_LATER,       /* unavailable */
    UPSTREAM_GRANT,       /* what was shown is not good: invalid_grant */
    UPSTREAM_CLIENT,      /* misconfigured: it does not know this client, or not for this */
    UPSTREAM_REQUEST,     /* misconfigured: it does not understand what is sent */
    UPSTREAM_SCOPE,       /* refused: not these scopes */
    UPSTREAM_TARGET,      /* refused: not for this audience or resource */
    UPSTREAM_DENIED,      /* refused: not for this subject */
    UPSTREAM_INTERACTION, /* the person has to do something there */
    UPSTREAM_MOVED,       /* misconfigured: a redirect */
    UPSTREAM_SHAPE,       /* misconfigured: this is no such endpoint */
};

struct upstream_error {
    enum upstream_error_kind kind;
    int status;
    struct text code, description; /* printable and cut; for the log */
    int64_t retry_after_s;
};

/* {"error":"code","error_description":"..."}, or Google's {"error":{"status":"CODE","message":"..."}}, or
 * GitHub's
 * {"message":"..."}. TEXT_NONE where there is none. */
void upstream_error_find(const struct json_value *json, struct text *code, struct text *description);
/* code and description as they came; secrets: what description may not repeat. */
struct upstream_error upstream_error_of(struct arena *arena, const struct adapter_answer *answer,
                                        struct text code, struct text description, const struct text *secrets,
                                        size_t secret_count);
/* The outcome, with its reason said. is_connected: people connect an account, so that an interaction helps. */
MUST_USE enum adapter_outcome upstream_error_end(struct adapter_call *call, const struct upstream_error *error,
                                                 bool is_connected);

#endif
