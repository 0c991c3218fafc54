/* By the Levenshtein distance of the names without what people mix up anyway. Called where a name is not known,
 * so there is no hurry. */
#include "base/nearest.h"

static struct text fold_case(struct arena *arena, struct text name)
{
    char *folded = arena_allocate(arena, name.length + 1);
    size_t length = 0;
    for (size_t i = 0; i < name.length; i++) {
        char letter = name.base[i];
        if (letter != '_' && letter != '-') /* max_age, max-age and maxAge are one slip of the pen */
            folded[length++] = (char)(letter >= 'A' && letter <= 'Z' ? letter - 'A' + 'a' : letter);
    }
    return (struct text){folded, length};
}

struct text nearest_name(struct arena *arena, struct text name, const struct text *known, size_t count)
{
    enum { COMPARED_MAX = 64 };
    const struct text *nearest = NULL;
    unsigned best = 0;
    struct text folded = name.length > COMPARED_MAX ? TEXT_NONE : fold_case(arena, name);
    for (size_t i = 0; i < count && folded.length != 0; i++) {
        unsigned distance = text_distance(folded, fold_case(arena, known[i]));
        if (nearest == NULL || distance < best) {
            best = distance;
            nearest = &known[i];
        }
    }
    return nearest != NULL && best <= 1 + folded.length / 4 ? *nearest : TEXT_NONE;
}
