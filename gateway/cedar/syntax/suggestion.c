/* Guesses for people: spelling by edit distance, and what writers of other languages bring with them. Nothing
 * is decided here. */
#include "syntax/suggestion.h"

struct habit {
    const char *written, *meant;
};

/* Words that are too far from what is meant for a distance to tell. */
static const struct habit words[] = {
    {"allow", "permit"},      {"grant", "permit"},        {"accept", "permit"},
    {"deny", "forbid"},       {"block", "forbid"},        {"where", "when"},
    {"if", "when"},           {"except", "unless"},       {"user", "principal"},
    {"subject", "principal"}, {"object", "resource"},     {"ipaddr", "ip"},
    {"cidr", "ip"},           {"date", "datetime"},       {"timestamp", "datetime"},
    {"includes", "contains"}, {"environment", "context"}, {"ctx", "context"},
};

static const struct habit signs[] = {
    {"===", "Write == to compare."},
    {"!==", "Write != to compare."},
    {"=>", "Write >= for at least."},
    {"=<", "Write <= for at most."},
    {"==", NULL}, /* right as they are, whatever is wrong around them */
    {"&&", NULL},
    {"||", NULL},
    {"=", "Write == to compare."},
    {"&", "Write && for and."},
    {"|", "Write || for or."},
    {"/*", "Comments are written // and end with their line."},
    {"#", "Comments are written // and end with their line."},
    {"'", "Strings are written with double quotes."},
    {"`", "Strings are written with double quotes."},
    {"\xe2\x80\x9c", "Strings are written with straight double quotes."},
    {"\xe2\x80\x9d", "Strings are written with straight double quotes."},
    {"\xef\xbb\xbf", "Save the file without a byte order mark."},
    {"/", "Cedar has no division; multiply the other side instead."},
    {"%", "Cedar has no remainder."},
};

static const struct habit operators[] = {
    {"and", "Write && for and."},   {"AND", "Write && for and."},
    {"or", "Write || for or."},     {"OR", "Write || for or."},
    {"not", "Write ! for not."},    {"NOT", "Write ! for not."},
    {"eq", "Write == to compare."}, {"matches", "Write like and a pattern in which * stands for anything."},
    {"elif", "Write else if."},
};

static const char *habit_of(struct text name, const char *const *candidates)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (text_equal_ignoring_case(name, text_of(words[i].written)))
            for (const char *const *candidate = candidates; *candidate != NULL; candidate++)
                if (text_is(text_of(words[i].meant), *candidate))
                    return *candidate;
    return NULL;
}

const char *cedar_nearest(struct text name, const char *const *candidates)
{
    const char *nearest = habit_of(name, candidates);
    if (nearest != NULL)
        return nearest;
    unsigned least = name.length < 4 ? 2 : name.length < 6 ? 3 : 4; /* one more than may differ */
    for (; *candidates != NULL; candidates++) {
        unsigned distance = text_distance(name, text_of(*candidates));
        if (text_equal_ignoring_case(name, text_of(*candidates)))
            distance = 0;
        if (distance < least) {
            least = distance;
            nearest = *candidates;
        }
    }
    return nearest;
}

static bool is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_';
}

struct text cedar_foreign_sign(struct text source, size_t offset)
{
    struct text rest = {source.base + offset, source.length - offset};
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (text_starts_with(rest, text_of(signs[i].written)))
            return text_of(signs[i].meant);
    size_t length = 0;
    while (length < rest.length && is_name_byte(rest.base[length]))
        length++;
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        if (text_is((struct text){rest.base, length}, operators[i].written))
            return text_of(operators[i].meant);
    return TEXT_NONE;
}
