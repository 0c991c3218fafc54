/* Sets of capabilities as trees: a union is one node, whatever is in it. The type checker calls this. */
#include "validation/capability.h"

struct capabilities {
    const struct capabilities *left, *right; /* both NULL: it is a single one */
    struct capability one;
};

const struct capabilities *capabilities_of(struct arena *arena, const struct capability *capability)
{
    struct capabilities *capabilities = ARENA_NEW(arena, struct capabilities);
    capabilities->one = *capability;
    return capabilities;
}

const struct capabilities *capabilities_union(struct arena *arena, const struct capabilities *a,
                                              const struct capabilities *b)
{
    if (a == NULL || b == NULL || a == b)
        return a != NULL ? a : b;
    struct capabilities *capabilities = ARENA_NEW(arena, struct capabilities);
    *capabilities = (struct capabilities){.left = a, .right = b};
    return capabilities;
}

const struct capabilities *capabilities_intersection(struct arena *arena, const struct capabilities *a,
                                                     const struct capabilities *b, size_t *work)
{
    if (a == NULL || b == NULL)
        return NULL;
    if (a->left == NULL)
        return capabilities_have(b, &a->one, work) ? a : NULL;
    return capabilities_union(arena, capabilities_intersection(arena, a->left, b, work),
                              capabilities_intersection(arena, a->right, b, work));
}

static bool is_same_pattern(const struct cedar_pattern *a, const struct cedar_pattern *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!text_equal(a->parts[i], b->parts[i]))
            return false;
    return true;
}

bool capability_is_same_expression(const struct cedar_expression *a, const struct cedar_expression *b,
                                   size_t *work)
{
    if (a == b || *work == 0)
        return true;
    --*work;
    if (a->operation != b->operation || a->operand_count != b->operand_count || a->depth != b->depth ||
        !text_equal(a->name, b->name))
        return false;
    if (a->operation == CEDAR_LITERAL && !cedar_value_equal(&a->literal, &b->literal))
        return false;
    if (a->operation == CEDAR_LIKE && !is_same_pattern(&a->pattern, &b->pattern))
        return false;
    for (size_t i = 0; i < a->operand_count; i++)
        if (!capability_is_same_expression(a->operands[i], b->operands[i], work) ||
            (a->operation == CEDAR_MAKE_RECORD && !text_equal(a->names[i], b->names[i])))
            return false;
    return true;
}

static bool is_capability(const struct capability *one, const struct capability *wanted, size_t *work)
{
    if ((one->tag == NULL) != (wanted->tag == NULL) || !text_equal(one->attribute, wanted->attribute))
        return false;
    return (one->tag == NULL || capability_is_same_expression(one->tag, wanted->tag, work)) &&
           capability_is_same_expression(one->receiver, wanted->receiver, work);
}

/* Conditions one after the other make a tree that is deep on its left side: that is walked, the other
 * descended. */
bool capabilities_have(const struct capabilities *capabilities, const struct capability *capability,
                       size_t *work)
{
    for (; capabilities != NULL; capabilities = capabilities->left) {
        if (*work == 0)
            return true;
        --*work;
        if (capabilities->left == NULL)
            return is_capability(&capabilities->one, capability, work);
        if (capabilities_have(capabilities->right, capability, work))
            return true;
    }
    return false;
}
