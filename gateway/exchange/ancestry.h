/* What a credential was made from and its own claims do not say: it carries that, in a claim and in its record,
 * so that the end of any of it is the end of the credential. Built while an exchange is decided. */
#ifndef EXCHANGE_ANCESTRY_H
#define EXCHANGE_ANCESTRY_H

#include "jose/jwt.h"
#include "trust/verification.h"

/* Eight generations of three things, a consent and two teams each. */
enum { ANCESTRY_MAX = 48 };

struct ancestry {
    struct arena *arena;
    struct text things[ANCESTRY_MAX]; /* "kind id" each, none twice; in the arena */
    size_t count;
    bool is_too_long; /* something found no room */
};

void ancestry_add(struct ancestry *ancestry, const char *kind, struct text id);
/* The team that a document was in when it was used; nothing for TEXT_NONE. */
void ancestry_add_team(struct ancestry *ancestry, struct text team);
void ancestry_add_identity(struct ancestry *ancestry, const char *kind, const struct identity *identity);
/* What a token of ours is and what it carries. */
void ancestry_inherit(struct ancestry *ancestry, const struct jwt_claims *parent);

#endif
