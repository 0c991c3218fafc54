/* What policies look at, which a later decision has to find out: attributes of the context, attributes by name,
 * tags. Errs on the side of yes. Whoever compiles policies calls this. */
#include <stdlib.h>

#include "cedar/schema.h"

static bool any_reads(const struct cedar_policy *const *policies, size_t count, struct text attribute,
                      bool (*reads)(const struct cedar_expression *expression, struct text attribute))
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < policies[i]->condition_count; j++)
            if (reads(policies[i]->conditions[j].expression, attribute))
                return true;
    return false;
}

static bool reads_context(const struct cedar_expression *expression, struct text attribute)
{
    bool is_access = expression->operation == CEDAR_GET || expression->operation == CEDAR_HAS;
    if (is_access && expression->operands[0]->operation == CEDAR_CONTEXT)
        return text_equal(expression->name, attribute);
    if (expression->operation == CEDAR_CONTEXT) /* as a whole: compared, put into a record, chosen by an if */
        return true;
    for (size_t i = 0; i < expression->operand_count; i++)
        if (reads_context(expression->operands[i], attribute))
            return true;
    return false;
}

bool cedar_policies_read_context(const struct cedar_policy *const *policies, size_t count,
                                 struct text attribute)
{
    return any_reads(policies, count, attribute, reads_context);
}

static bool reads_attribute(const struct cedar_expression *expression, struct text attribute)
{
    bool is_access = expression->operation == CEDAR_GET || expression->operation == CEDAR_HAS;
    if (is_access && text_equal(expression->name, attribute))
        return true;
    for (size_t i = 0; i < expression->operand_count; i++)
        if (reads_attribute(expression->operands[i], attribute))
            return true;
    return false;
}

bool cedar_policies_read_attribute(const struct cedar_policy *const *policies, size_t count,
                                   struct text attribute)
{
    return any_reads(policies, count, attribute, reads_attribute);
}

struct collection {
    struct text *names; /* NULL: they are only counted */
    size_t count;
    bool is_any;
};

static void collect(const struct cedar_expression *expression, struct collection *collection)
{
    if (expression->operation == CEDAR_GET_TAG || expression->operation == CEDAR_HAS_TAG) {
        const struct cedar_expression *name = expression->operands[1];
        if (name->operation != CEDAR_LITERAL || name->literal.kind != CEDAR_STRING)
            collection->is_any = true;
        else if (collection->names == NULL)
            collection->count++;
        else
            collection->names[collection->count++] = name->literal.string;
    }
    for (size_t i = 0; i < expression->operand_count; i++)
        collect(expression->operands[i], collection);
}

static void collect_all(const struct cedar_policy *const *policies, size_t count, struct collection *collection)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < policies[i]->condition_count; j++)
            collect(policies[i]->conditions[j].expression, collection);
}

static int compare_names(const void *a, const void *b)
{
    return text_compare(*(const struct text *)a, *(const struct text *)b);
}

void cedar_policies_find_tags(struct arena *arena, const struct cedar_policy *const *policies, size_t count,
                              struct cedar_tag_names *tags)
{
    struct collection collection = {0};
    collect_all(policies, count, &collection);
    collection.names = ARENA_ARRAY(arena, struct text, collection.count + 1);
    collection.count = 0;
    collect_all(policies, count, &collection);
    qsort(collection.names, collection.count, sizeof(collection.names[0]), compare_names);
    size_t kept = 0;
    for (size_t i = 0; i < collection.count; i++)
        if (kept == 0 || !text_equal(collection.names[i], collection.names[kept - 1]))
            collection.names[kept++] = collection.names[i];
    *tags = (struct cedar_tag_names){collection.names, kept, collection.is_any};
}

bool cedar_tag_names_have(const struct cedar_tag_names *tags, struct text name)
{
    return tags->is_any ||
           bsearch(&name, tags->names, tags->count, sizeof(tags->names[0]), compare_names) != NULL;
}
