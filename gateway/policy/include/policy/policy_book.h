/* Every policy that is in force, compiled: parsed, held against the model, annotations understood, indexed.
 * Immutable. docs/policy.md says what policies can ask and say. */
#ifndef POLICY_POLICY_BOOK_H
#define POLICY_POLICY_BOOK_H

#include "policy/facts.h"

/* One text of policies: a document. */
struct policy_source {
    struct text name;  /* metadata.name, the first part of its policies' ids: "agents/no-deep-chains" */
    struct text label; /* for ladders: "Policy/agents (policies.yaml:3)" */
    struct text policies;
    bool is_report; /* what its policies would refuse is recorded and not refused */
};

struct policy_book;
struct cedar_schema;

/* What to do about one mistake: of which source, and where and what. */
struct policy_mistakes {
    void (*add)(void *context, size_t source, const struct cedar_mistake *mistake);
    void *context;
};

/* POLICY_INVALID if there was any mistake; the first hundred of each source are told. Texts are borrowed. */
MUST_USE enum fault policy_book_compile(struct arena *arena, const struct policy_source *sources, size_t count,
                                        const struct policy_mistakes *mistakes, struct policy_book **book);

size_t policy_book_count(const struct policy_book *book); /* policies in all, reporting ones included */
size_t policy_book_enforced_count(const struct policy_book *book);
/* Each of them, in the order of their texts, and the text it stands in. */
const struct cedar_policy *policy_book_policy(const struct policy_book *book, size_t position);
const struct policy_source *policy_book_source(const struct policy_book *book, size_t position);
/* Whether any policy looks at an attribute of the context, such as "held_by_subject". */
bool policy_book_reads(const struct policy_book *book, const char *attribute);
/* Whether any policy asks for an attribute of somebody: by its tag or, of "risk", by what follows from it. */
bool policy_book_asks_attribute(const struct policy_book *book, struct text name);
/* Whether any policy asks for a tag, of whatever. */
bool policy_book_asks_any_tag(const struct policy_book *book);
/* Whether any policy looks at the numbers among the arguments of a call. */
bool policy_book_reads_numbers(const struct policy_book *book);
/* The model that they were held against. */
const struct cedar_schema *policy_book_schema(const struct policy_book *book);
/* 16 hexadecimal digits over all texts: what decided, for the record. */
struct text policy_book_version(const struct policy_book *book);
/* Policies with an annotation that is not known here: once one of them decides, it denies. */
const struct cedar_policy *policy_book_next_unknown(const struct policy_book *book, size_t *position,
                                                    struct text *annotation);
/* The known annotation that was probably meant, or TEXT_NONE. */
struct text policy_annotation_nearest(struct text name);

#endif
