/* The operator like. A part between two wildcards is taken where it is first found and never reconsidered:
 * that leaves the most for the parts behind it, so one pass over the string decides. */
#include <string.h>

#include "evaluator.h"

static struct text behind(struct text text, size_t offset)
{
    return (struct text){text.base + offset, text.length - offset};
}

/* Cuts text off behind the first place where the part stands. */
static bool skip_past(struct text *text, struct text part)
{
    if (part.length == 0)
        return true;
    if (part.length > text->length)
        return false;
    const char *found = memmem(text->base, text->length, part.base, part.length);
    if (found == NULL)
        return false;
    *text = behind(*text, (size_t)(found - text->base) + part.length);
    return true;
}

bool pattern_matches(const struct cedar_pattern *pattern, struct text text)
{
    if (pattern->count == 1)
        return text_equal(text, pattern->parts[0]);
    const struct text first = pattern->parts[0], last = pattern->parts[pattern->count - 1];
    if (first.length + last.length > text.length || !text_starts_with(text, first) ||
        !text_ends_with(text, last))
        return false;
    struct text between = behind(text, first.length);
    between.length -= last.length;
    for (size_t i = 1; i + 1 < pattern->count; i++)
        if (!skip_past(&between, pattern->parts[i]))
            return false;
    return true;
}

/* Searching costs more per byte than comparing. */
size_t work_of_matching(const struct cedar_pattern *pattern, struct text text)
{
    return pattern->count + 4 * work_of_bytes(text.length);
}
