/* Sets of scope tokens. Small and linear: there are at most SCOPES_MAX. */
#include "policy/scope.h"

/* scope-token = 1*( %x21 / %x23-5B / %x5D-7E ), RFC 6749 section 3.3. */
static bool is_scope_character(char character)
{
    unsigned char byte = (unsigned char)character;
    return byte == 0x21 || (byte >= 0x23 && byte <= 0x5b) || (byte >= 0x5d && byte <= 0x7e);
}

static bool is_scope_token(struct text token)
{
    for (size_t i = 0; i < token.length; i++)
        if (!is_scope_character(token.base[i]))
            return false;
    return token.length != 0;
}

enum fault scope_set_parse(struct text text, struct scope_set *set)
{
    set->count = 0;
    if (text.length > SCOPE_BYTES_MAX)
        return FAULT_SCOPE_MALFORMED;
    if (text.length == 0)
        return FAULT_NONE;
    while (text.base != NULL) {
        struct text token = text_cut(&text, ' ');
        if (!is_scope_token(token))
            return FAULT_SCOPE_MALFORMED;
        if (scope_set_has(set, token))
            continue;
        if (set->count == SCOPES_MAX)
            return FAULT_SCOPE_MALFORMED;
        set->scopes[set->count++] = token;
    }
    return FAULT_NONE;
}

bool scope_set_has(const struct scope_set *set, struct text scope)
{
    for (size_t i = 0; i < set->count; i++)
        if (text_equal(set->scopes[i], scope))
            return true;
    return false;
}

bool scope_set_is_subset(const struct scope_set *inner, const struct scope_set *outer)
{
    for (size_t i = 0; i < inner->count; i++)
        if (!scope_set_has(outer, inner->scopes[i]))
            return false;
    return true;
}

void scope_set_intersect(const struct scope_set *a, const struct scope_set *b, struct scope_set *both)
{
    size_t count = 0;
    for (size_t i = 0; i < a->count; i++)
        if (scope_set_has(b, a->scopes[i]))
            both->scopes[count++] = a->scopes[i];
    both->count = count;
}

struct text scopes_text(struct arena *arena, const struct text *scopes, size_t count)
{
    size_t length = 0;
    if (count == 0)
        return TEXT_NONE;
    for (size_t i = 0; i < count; i++)
        length += scopes[i].length + 1;
    char *out = arena_allocate(arena, length), *end = out;
    for (size_t i = 0; i < count; i++) {
        for (size_t byte = 0; byte < scopes[i].length; byte++)
            *end++ = scopes[i].base[byte];
        *end++ = ' ';
    }
    end[-1] = '\0';
    return (struct text){out, length - 1};
}

struct text scope_set_text(struct arena *arena, const struct scope_set *set)
{
    return scopes_text(arena, set->scopes, set->count);
}
