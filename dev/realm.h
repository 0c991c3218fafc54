/* One issuer that the sandbox plays: its keys, its discovery document and the tokens it hands out to whoever
 * asks. Never a model for a real identity provider: it believes every name it is told. */
#ifndef DEV_REALM_H
#define DEV_REALM_H

#include "base/arena.h"
#include "keys/algorithm.h"

struct realm {
    const char *name;       /* first segment of its paths */
    const char *token_path; /* where it hands out tokens, below its name */
    enum algorithm algorithm;
    struct text issuer;
    struct text gateway; /* whom its tokens are meant for */
    EVP_PKEY *key;
    struct text key_id;
    struct text discovery, jwks; /* documents, in the fixture's arena */
    /* The claims of one token as JSON, or TEXT_NONE when there is nobody of that name. form and query are as
     * received. */
    struct text (*claims)(const struct realm *realm, struct arena *arena, struct text form, struct text query);
    const char *type; /* typ of its tokens, NULL for none */
};

/* users: corp and acme, POST /corp/login with user=alice; platform: cluster, POST
 * /cluster/token?serviceaccount=billing. */
struct text realm_user_claims(const struct realm *realm, struct arena *arena, struct text form,
                              struct text query);
struct text realm_workload_claims(const struct realm *realm, struct arena *arena, struct text form,
                                  struct text query);

enum { REALM_TOKEN_LIFETIME_S = 600 };

/* Makes the key and the two documents; base_url has no path. */
bool realm_prepare(struct realm *realm, struct arena *arena, struct text base_url, struct text gateway);
void realm_dispose(struct realm *realm);
/* A signed token with these claims; TEXT_NONE when signing fails. */
struct text realm_sign(const struct realm *realm, struct arena *arena, struct text claims);

#endif
