/* A connected account as it is kept: one sealed entry of the state a subject, target and team. It is bound to
 * the origin it was made with; its refresh token goes nowhere else. Who changes it has the claim. */
#ifndef SAAS_OAUTH_CONNECTION_H
#define SAAS_OAUTH_CONNECTION_H

#include "dragoman/adapter_tools.h"
#include "settings.h"

enum { CONNECTION_TOKENS_MAX = 16, CONNECTION_REFRESH_TOKEN_MAX = 16 * 1024 };

/* An access token that several leases of one key share. */
struct connection_token {
    struct text key;                        /* whom it is for: client, actors, scopes, type */
    struct text access_token, lease, scope; /* lease: it was made for; scope: theirs, that it has */
    int64_t made_at_us, expires_at_s;
};

struct connection {
    struct text key; /* of the state */
    int64_t version, fence;
    bool is_there;
    struct text origin, refresh_token, account;
    struct text client;  /* that it was made for (RFC 6749 section 6); TEXT_NONE: that was not kept yet */
    struct text granted; /* theirs */
    struct connection_token tokens[CONNECTION_TOKENS_MAX];
    size_t token_count;
    /* A refresh was begun with the refresh token of this fingerprint; its answer was not seen. */
    struct text refreshing;
    int64_t refreshing_since_s;
    struct text lost;       /* why it has to be connected again; TEXT_NONE: it does not */
    struct text lost_token; /* then, the fingerprint of the refresh token that was refused */
};

/* Whether what is kept may be shown with these settings: to the host and by the client that it is from. */
bool connection_is_for(const struct connection *connection, const struct oauth_settings *settings);
struct text connection_key(struct adapter_call *call, const struct adapter_target *target,
                           const struct adapter_party *subject);
MUST_USE enum adapter_outcome connection_read(struct adapter_call *call, struct text key,
                                              struct connection *connection);
/* Misconfigured: it is no token, or larger than there is room for. Before anything is put. */
MUST_USE enum adapter_outcome connection_check_refresh_token(struct adapter_call *call, struct text token);
/* Under connection->fence, in place of the version that was read. CONFLICT: somebody else has changed it.
 * Access tokens there is no room for are left out, the oldest first: whoever has one is not sharing it. */
MUST_USE enum adapter_outcome connection_put(struct adapter_call *call, struct connection *connection);
MUST_USE enum adapter_outcome connection_remove(struct adapter_call *call, const struct connection *connection);
/* In place of the one of its key; what has ended goes, and then the oldest, until there is room. */
void connection_add_token(struct connection *connection, const struct connection_token *token, int64_t now_s);
/* False: there is none of this lease. */
bool connection_take_token(struct connection *connection, struct text lease, struct connection_token *token);
/* 64 hexadecimal digits. */
struct text fingerprint_of(struct adapter_call *call, struct text secret);

/* --- the claim --- */

/* Once; CLAIMED: by somebody else, and a moment was waited. */
MUST_USE enum adapter_outcome connection_try_claim(struct adapter_call *call, struct text key, int64_t *fence);
/* Waits for it, as long as the call lasts. */
MUST_USE enum adapter_outcome connection_claim(struct adapter_call *call, struct text key, int64_t *fence);
void connection_release(struct adapter_call *call, struct text key, int64_t fence);

#endif
