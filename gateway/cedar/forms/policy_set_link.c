/* The links of a set made policies: each template found by its id, and each id in the set once. */
#include <stdlib.h>

#include "cedar/policy_set.h"

static int compare(const void *a, const void *b)
{
    const struct cedar_policy *const *one = a, *const *other = b;
    return text_compare((*one)->id, (*other)->id);
}

static const struct cedar_policy **sorted(struct arena *arena, const struct cedar_policy *policies,
                                          size_t count)
{
    const struct cedar_policy **pointers = ARENA_ARRAY(arena, const struct cedar_policy *, count + 1);
    for (size_t i = 0; i < count; i++)
        pointers[i] = &policies[i];
    if (count > 1)
        qsort(pointers, count, sizeof *pointers, compare);
    return pointers;
}

static const struct cedar_policy *find(const struct cedar_policy *const *by_id, size_t count, struct text id)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = text_compare(by_id[middle]->id, id);
        if (order == 0)
            return by_id[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* The id as a sentence may show it. */
static const char *shown(struct arena *arena, struct text id)
{
    enum { SHOWN_MOST = 200 };
    struct buffer out = buffer_in(arena, 64);
    size_t length = id.length;
    if (length > SHOWN_MOST)
        for (length = SHOWN_MOST; length != 0 && ((unsigned char)id.base[length] & 0xc0) == 0x80;)
            length--;
    cedar_string_print((struct text){id.base, length}, &out);
    buffer_append(&out, length != id.length ? TEXT("...") : TEXT_NONE);
    buffer_append_byte(&out, '\0');
    return out.base;
}

static const char *slots_of(const struct cedar_policy *policy)
{
    if (policy->principal.is_slot)
        return policy->resource.is_slot ? "?principal and ?resource" : "?principal";
    return "?resource";
}

static enum fault fill(struct arena *arena, const struct cedar_policy *const *by_id, size_t count,
                       const struct cedar_link *link, struct cedar_policy *linked, struct text *mistake)
{
    const struct cedar_policy *policy = find(by_id, count, link->template_id);
    if (policy == NULL || !policy->is_template) {
        *mistake = arena_print(arena, "link %s: %s is no template's id.", shown(arena, link->id),
                               shown(arena, link->template_id));
        return FAULT_POLICY_INVALID;
    }
    if (cedar_template_link(arena, policy, link->id, link->principal, link->resource, linked))
        return FAULT_NONE;
    *mistake = arena_print(arena, "link %s: the template %s has %s to fill, no more and no less.",
                           shown(arena, link->id), shown(arena, link->template_id), slots_of(policy));
    return FAULT_POLICY_INVALID;
}

enum fault cedar_policy_set_link(struct arena *arena, const struct cedar_policy_set *set,
                                 struct cedar_policy **linked, struct text *mistake)
{
    const struct cedar_policy **by_id = sorted(arena, set->policies, set->count);
    struct cedar_policy *made = ARENA_ARRAY(arena, struct cedar_policy, set->link_count + 1);
    for (size_t i = 0; i < set->link_count; i++)
        TRY(fill(arena, by_id, set->count, &set->links[i], &made[i], mistake));
    const struct cedar_policy **made_by_id = sorted(arena, made, set->link_count);
    for (size_t i = 0; i < set->link_count; i++) {
        bool stands_twice = i != 0 && text_equal(made_by_id[i - 1]->id, made_by_id[i]->id);
        if (!stands_twice && find(by_id, set->count, made_by_id[i]->id) == NULL)
            continue;
        *mistake =
            arena_print(arena, "link %s: another policy has this id already.", shown(arena, made_by_id[i]->id));
        return FAULT_POLICY_INVALID;
    }
    *linked = made;
    return FAULT_NONE;
}
