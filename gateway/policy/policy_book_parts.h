/* The inside of a book, for the decision. */
#ifndef POLICY_POLICY_BOOK_PARTS_H
#define POLICY_POLICY_BOOK_PARTS_H

#include "cedar/schema.h"
#include "effect.h"
#include "policy/policy_book.h"

struct policy_book {
    const struct policy_source *sources;
    size_t source_count;
    const struct cedar_policy **policies; /* in the order of their texts */
    struct policy_effect *effects;        /* of each */
    size_t count;
    struct cedar_policy_index *enforced, *reported; /* reported NULL: none */
    struct text version;
    struct cedar_tag_names tags; /* that any policy asks for */
    bool reads_risk, reads_numbers;
    const struct cedar_schema *schema;
};

/* The effect of a policy of this book. */
const struct policy_effect *policy_book_effect(const struct policy_book *book,
                                               const struct cedar_policy *policy);

#endif
