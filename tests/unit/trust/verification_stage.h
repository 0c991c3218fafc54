/* A small world for the verification tests: issuers with inline keys, our own key, and the ways a token can
 * come in. */
#ifndef VERIFICATION_STAGE_H
#define VERIFICATION_STAGE_H

#include "token_fixture.h"
#include "trust/verification.h"

enum { STAGE_NOW_S = 1800000000, STAGE_ISSUERS = 4 };

struct stage {
    struct arena *arena;
    struct test_key idp, idp_second, other, own; /* other has the kid of idp */
    struct document documents[STAGE_ISSUERS];
    struct issuer issuers[STAGE_ISSUERS]; /* idp, other, disabled, self */
    const struct issuer *sorted[STAGE_ISSUERS];
    struct signing_key own_key;
    struct key_snapshot own_keys;
};

/* One way in: who presents what as what. Each has a token that is accepted. */
struct way {
    const char *name;
    enum token_use use;
    enum token_type declared_type;
    bool is_own;
    const char *type;     /* typ, as JSON; NULL = absent */
    const char *audience; /* aud, as JSON */
};
extern const struct way stage_ways[];
extern const size_t stage_way_count;

/* What of the header is written otherwise; as JSON. NULL = as it should be, "" = left out. */
struct header_change {
    const char *algorithm, *key_id, *type, *more;
};

int stage_create(void **state);
int stage_destroy(void **state);

struct verification_rules stage_rules(const struct stage *stage, const struct way *way);
struct text stage_token(struct stage *stage, const struct way *way, const struct header_change *header,
                        const struct test_claim *claims);
struct text stage_token_signed_by(struct stage *stage, const struct test_key *key, const struct way *way,
                                  const struct header_change *header, const struct test_claim *claims);
/* The whole pipeline, as a flow would run it. */
enum fault stage_verify_by(struct stage *stage, const struct verification_rules *rules, struct text token,
                           struct verification *verification);
enum fault stage_verify(struct stage *stage, const struct way *way, struct text token,
                        struct verification *verification);

#endif
