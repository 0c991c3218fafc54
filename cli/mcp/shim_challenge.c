/* Name by name; see shim_challenge.h. */
#include "shim_challenge.h"

#include "base/buffer.h"

static void skip(struct text *rest, size_t bytes)
{
    *rest = (struct text){rest->base + bytes, rest->length - bytes};
}

static void skip_separators(struct text *rest)
{
    while (rest->length != 0 && (rest->base[0] == ' ' || rest->base[0] == '\t' || rest->base[0] == ','))
        skip(rest, 1);
}

/* A quote ends the value only where another parameter, or nothing, follows. */
static bool is_end_of_quoted(struct text rest)
{
    size_t i = 1;
    while (i < rest.length && (rest.base[i] == ' ' || rest.base[i] == '\t'))
        i++;
    return i == rest.length || rest.base[i] == ',';
}

static struct text take_quoted(struct arena *arena, struct text *rest)
{
    struct buffer out = buffer_in(arena, rest->length);
    skip(rest, 1);
    while (rest->length != 0) {
        if (rest->base[0] == '"' && is_end_of_quoted(*rest)) {
            skip(rest, 1);
            break;
        }
        if (rest->base[0] == '\\' && rest->length > 1)
            skip(rest, 1);
        buffer_append_byte(&out, rest->base[0]);
        skip(rest, 1);
    }
    return buffer_text(&out);
}

static struct text take_word(struct text *rest)
{
    size_t length = 0;
    while (length < rest->length && rest->base[length] != ',' && rest->base[length] != ' ' &&
           rest->base[length] != '=')
        length++;
    struct text word = {rest->base, length};
    skip(rest, length);
    return word;
}

struct shim_challenge shim_challenge_read(struct arena *arena, struct text header)
{
    struct shim_challenge challenge = {0};
    struct text rest = header;
    bool is_bearer = false;
    for (skip_separators(&rest); rest.length != 0; skip_separators(&rest)) {
        struct text name = take_word(&rest);
        if (rest.length == 0 || rest.base[0] != '=') { /* a scheme: its parameters follow */
            is_bearer = text_equal_ignoring_case(name, TEXT("bearer"));
            continue;
        }
        skip(&rest, 1);
        struct text value =
            rest.length != 0 && rest.base[0] == '"' ? take_quoted(arena, &rest) : take_word(&rest);
        if (is_bearer && text_equal_ignoring_case(name, TEXT("error")))
            challenge.error = value;
        else if (is_bearer && text_equal_ignoring_case(name, TEXT("error_description")))
            challenge.description = value;
        else if (is_bearer && text_equal_ignoring_case(name, TEXT("scope")))
            challenge.scope = value;
        else if (is_bearer && text_equal_ignoring_case(name, TEXT("resource_metadata")))
            challenge.resource_metadata = value;
        else if (value.length == 0 && rest.length != 0 && rest.base[0] == '=')
            skip(&rest, 1); /* the padding of another scheme's token68 */
    }
    return challenge;
}

static bool has_scope(struct text scopes, struct text wanted)
{
    while (scopes.length != 0)
        if (text_equal(text_cut(&scopes, ' '), wanted))
            return true;
    return false;
}

struct text shim_scopes_join(struct arena *arena, struct text first, struct text second)
{
    struct buffer out = buffer_in(arena, first.length + second.length + 1);
    struct text lists[] = {first, second};
    for (size_t i = 0; i < 2; i++)
        while (lists[i].length != 0) {
            struct text scope = text_cut(&lists[i], ' ');
            if (scope.length == 0 || has_scope(buffer_text(&out), scope))
                continue;
            if (out.length != 0)
                buffer_append_byte(&out, ' ');
            buffer_append(&out, scope);
        }
    return buffer_text(&out);
}
