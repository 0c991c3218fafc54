/* Who is calling: one client authentication method per request (RFC 6749 section 2.3), in two halves around at
 * most one wait for keys, like every verification here. Secrets (client_secret_basic, client_secret_post) are
 * compared as keyed hashes. A self-signed assertion (private_key_jwt) is for our issuer identifier alone and is
 * used once. A certificate (tls_client_auth, RFC 8705) has to have the one name that the client's document
 * says. A public client proves nothing, and may only redeem a code. A trusted platform's own token is matched
 * by kind: AgentClass; it leaves no client row and may be shown again until it expires. */
#ifndef EXCHANGE_CLIENT_AUTHENTICATION_H
#define EXCHANGE_CLIENT_AUTHENTICATION_H

#include "exchange/form.h"
#include "exchange/world.h"
#include "policy/ladder.h"
#include "transport/client_certificate.h"

enum { CLIENT_ASSERTION_LIFETIME_MAX_S = 300, CLIENT_ASSERTION_LEEWAY_S = 5 };

/* The caller, once authenticated. */
struct caller {
    bool is_authenticated;
    struct text client_id;    /* of the client, or the name of the agent class */
    struct text name;         /* metadata.name, as targets list it */
    struct text method;       /* "client_secret_basic", ..., "platform_token", "none" */
    struct identity identity; /* client: (our issuer, client_id); agent: (platform issuer, its subject) */
    const struct document *document;
    const struct client *client; /* or */
    const struct agent_class *agent_class;
    struct text account;
    struct budget_limits limits;
    struct text assertion_id; /* jti of a self-signed assertion, to be used once; TEXT_NONE otherwise */
    int64_t assertion_expires_at_s;
    bool is_by_certificate;     /* what it gets is bound to that (RFC 8705 section 3) */
    int64_t proof_expires_at_s; /* of a platform token: nothing issued outlives it; 0 = no limit */
};

struct client_authentication {
    const struct world *world;
    struct arena *arena;
    struct ladder *ladder;
    int64_t now_s;
    struct caller caller;
    struct text secret, assertion;
    const struct client *client;
    const struct client_certificate *certificate; /* that the request came with; NULL: none. Set before */
    bool may_be_public; /* set before: what is redeemed has a proof of its own, so that a public client may */
    bool is_platform_token, is_public;
    /* What an agent without client authentication may prove itself with: the assertion of a grant that is about
     * it. TEXT_NONE: nothing. Set before it is identified. */
    struct text grant_assertion;
    bool is_by_grant;               /* it did, so that a bad one is a bad grant */
    bool used_authorization_header; /* for WWW-Authenticate: RFC 6749 section 5.2 */
    struct verification_rules rules;
    /* Of a platform token; of a self-signed assertion only what is read, and its key. */
    struct verification verification;
};

/* authorization is the header's value or TEXT_NONE. The struct is zeroed but for world, arena, ladder,
 * now_s and may_be_public. */
MUST_USE enum fault client_authentication_identify(struct client_authentication *authentication,
                                                   struct text authorization, const struct form *form,
                                                   const struct key_snapshot *own_keys);
/* The wait between the halves; completes it at once where no key is needed. */
void client_authentication_find_key(struct client_authentication *authentication);
struct flow_wait *client_authentication_wait(struct client_authentication *authentication);
MUST_USE enum fault client_authentication_complete(struct client_authentication *authentication,
                                                   const struct form *form, const struct sealer *sealer);
void client_authentication_dispose(struct client_authentication *authentication);

#endif
