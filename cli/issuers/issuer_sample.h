/* What is known about an identity provider once its discovery document, its keys and one of its tokens have
 * been looked at, and the documents written from it. */
#ifndef CLI_ISSUERS_ISSUER_SAMPLE_H
#define CLI_ISSUERS_ISSUER_SAMPLE_H

#include "command.h"
#include "jose/jwt.h"
#include "jose/key_set.h"

struct issuer_sample {
    struct text issuer; /* identifier; the same in the URL, the discovery document and the token */
    struct text jwks_uri;
    bool has_openid_discovery; /* else RFC 8414 metadata, or none */
    bool key_lacks_algorithm;  /* an RSA key without alg signed it */
    struct jws jws;            /* verified */
    struct jwt_claims claims;
    struct text name, domain; /* what to call it */
};

/* The documents as YAML on standard output. */
void issuer_documents_print(const struct invocation *invocation, const struct issuer_sample *sample);
/* What looks unsafe about the sample, one warning each; how many. */
unsigned issuer_warnings_print(const struct invocation *invocation, const struct issuer_sample *sample);

/* Where an issuer's metadata is (RFC 8414 section 3.1). issuer begins with https:// and has no slash at its
 * end. */
struct text issuer_metadata_url(struct arena *arena, struct text issuer);

#endif
