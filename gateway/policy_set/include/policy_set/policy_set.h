/* What a set of documents says of policies: the book, the entities, the rules of the decision, the
 * combinations. Compiled the same way by the gateway and by the tools that try a draft. Room
 * policy knows no documents and room config no policies; this one makes the first of the second. Pure. */
#ifndef POLICY_SET_POLICY_SET_H
#define POLICY_SET_POLICY_SET_H

#include "config/documents.h"
#include "policy/combination.h"
#include "policy/policy_decision.h"

struct policy_set {
    struct policy_book *book;
    struct policy_base *base;
    struct policy_rules rules;
    const struct combination *combinations;
    size_t combination_count;
};

/* Of which document, and where in its text and what. */
struct policy_set_mistakes {
    void (*add)(void *context, const struct document *document, const struct cedar_mistake *mistake);
    void *context;
};

/* issuer: of the gateway itself, whose tokens are those of Issuer::"self". POLICY_INVALID if there was any
 * mistake; all of them are told. Texts of the documents are borrowed. */
MUST_USE enum fault policy_set_compile(struct arena *arena, const struct documents *documents,
                                       struct text issuer, const struct policy_set_mistakes *mistakes,
                                       struct policy_set *set);

/* There is something to ask: policies, or the rule that there must be one. */
bool policy_set_is_in_force(const struct policy_set *set);
/* What the policies say; all is allowed where there is nothing to ask. What is done for nobody issues nothing,
 * and needs no permit (decision 0033). */
void policy_set_ask(struct arena *arena, const struct policy_set *set, const struct policy_facts *facts,
                    struct policy_decision *decision);

#endif
