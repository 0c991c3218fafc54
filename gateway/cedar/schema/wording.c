/* Names as sentences have them, and guesses at what was meant. Whatever reads schemas or checks against them
 * calls this. */
#include "schema/wording.h"

#include "cedar/value.h"

enum { NAME_MAX = 100 };

static void print_quoted(struct text name, struct buffer *out)
{
    struct text shown = text_beginning(name, NAME_MAX);
    cedar_string_print(shown, out);
    if (shown.length != name.length)
        buffer_append(out, TEXT("..."));
}

struct text schema_quote(struct arena *arena, struct text name)
{
    struct buffer out = buffer_in(arena, name.length < NAME_MAX ? name.length + 2 : NAME_MAX);
    print_quoted(name, &out);
    return buffer_text(&out);
}

static bool is_identifier(struct text name)
{
    for (size_t i = 0; i < name.length; i++) {
        bool is_letter = ((name.base[i] | 0x20) >= 'a' && (name.base[i] | 0x20) <= 'z') || name.base[i] == '_';
        if (!is_letter && (i == 0 || name.base[i] < '0' || name.base[i] > '9'))
            return false;
    }
    return name.length != 0 && name.length <= NAME_MAX;
}

void schema_name_print(struct text name, struct buffer *out)
{
    if (is_identifier(name))
        buffer_append(out, name);
    else
        print_quoted(name, out);
}

struct schema_guess schema_guess_start(struct text wanted)
{
    /* Of a very short name everything is a near miss. */
    unsigned distance = wanted.length < 3 ? 0 : (unsigned)(wanted.length / 4) + 1;
    return (struct schema_guess){.wanted = wanted, .distance = distance};
}

static struct text last_part(struct text name)
{
    struct text last = name;
    while (name.base != NULL)
        last = text_cut(&name, ':');
    return last;
}

void schema_guess_offer(struct schema_guess *guess, struct text candidate)
{
    /* Perhaps only the namespace was forgotten, or is another. */
    bool is_in_other_space = text_equal(last_part(guess->wanted), last_part(candidate));
    unsigned distance = is_in_other_space ? 0 : text_distance(guess->wanted, candidate);
    bool is_nearer = guess->best.base == NULL ? distance <= guess->distance : distance < guess->distance;
    if (!is_nearer || text_equal(guess->wanted, candidate))
        return;
    guess->best = candidate;
    guess->distance = distance;
}

struct text schema_guess_text(struct arena *arena, const struct schema_guess *guess)
{
    return guess->best.length == 0
               ? TEXT("")
               : arena_print(arena, "; did you mean %.*s?", TEXT_ARGUMENTS(schema_quote(arena, guess->best)));
}
