/* Capabilities: what a condition that holds has shown to be there, so that what stands behind it may use it.
 * Cedar language reference, "Policy validation". Sets of them are immutable and share their parts. */
#ifndef CEDAR_CAPABILITY_H
#define CEDAR_CAPABILITY_H

#include "cedar/policy.h"

struct capability {
    const struct cedar_expression *receiver;
    struct text attribute;              /* "receiver has attribute" */
    const struct cedar_expression *tag; /* or, where this is not NULL, "receiver.hasTag(tag)" */
};

struct capabilities; /* NULL: none */

const struct capabilities *capabilities_of(struct arena *arena, const struct capability *capability);
const struct capabilities *capabilities_union(struct arena *arena, const struct capabilities *a,
                                              const struct capabilities *b);
const struct capabilities *capabilities_intersection(struct arena *arena, const struct capabilities *a,
                                                     const struct capabilities *b, size_t *work);
/* *work: how many comparisons may still be made. At 0 whatever is asked for is there; whoever asks then has to
 * refuse the whole. */
bool capabilities_have(const struct capabilities *capabilities, const struct capability *capability,
                       size_t *work);
/* Whether two expressions are written the same, wherever they stand. */
bool capability_is_same_expression(const struct cedar_expression *a, const struct cedar_expression *b,
                                   size_t *work);

#endif
