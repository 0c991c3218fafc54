/* Toxic combinations: sets of rights that must never meet in one holder's live credentials. Pure: who holds
 * what is handed in; that nothing slips in between is the ledger's business (scope versions). */
#ifndef POLICY_COMBINATION_H
#define POLICY_COMBINATION_H

#include "policy/facts.h"

enum { COMBINATION_RIGHTS_MAX = 8 };

struct combined_names {
    const struct text *items;
    size_t count;
};

/* A credential gives it if its target and its domain are among these and it has one of the scopes; an empty
 * list asks for nothing. */
struct combined_right {
    struct text name;
    struct combined_names targets, domains, scopes;
};

struct combination {
    struct text name, label; /* metadata.name; "Combination/x (file:line)" */
    enum policy_holder holder;
    int64_t within_s; /* what ended that lately counts too; 0: only what is live */
    bool narrows;     /* takes away the scopes that would complete it, rather than refusing */
    const struct combined_right *rights;
    size_t right_count; /* 2 to COMBINATION_RIGHTS_MAX */
};

/* Whether what would be given meets any right of it: only then is it worth asking what is held. */
bool combination_concerns(const struct combination *combination, struct text target, struct text domain,
                          const struct scope_set *scopes);

struct combination_verdict {
    bool is_refused;
    bool is_narrowed;
    struct scope_set scopes; /* what may be given, if that is not all that was asked */
    struct text detail;      /* which rights would meet, and where they are held */
};

/* Of what would be given: the scopes, of the facts' target, which is in that domain. Of the facts besides only
 * the time and what is held; what other holders hold is passed over. */
void combination_judge(struct arena *arena, const struct combination *combination,
                       const struct policy_facts *facts, struct text domain, const struct scope_set *scopes,
                       struct combination_verdict *verdict);

#endif
