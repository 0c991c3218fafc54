/* One pass over the raw bytes. Escapes are judged here and not in the strings the parser delivers, because yajl
 * decodes first: a lone high surrogate arrives as '?', and a high surrogate before any other escape is glued to
 * it. A backslash has a meaning only inside a string and is an error everywhere else, so this pass need not
 * know where strings are. */
#include "json_characters.h"

#include "base/word.h"

enum { ESCAPE_LENGTH = 6 };

/* True if one of the eight bytes is a control character, a backslash or not ASCII. */
static bool word_needs_a_look(const char *bytes)
{
    uint64_t word = word_load(bytes);
    return word_has_any(word | word_below(word, 0x20) | word_equal(word, '\\'));
}

/* The code unit of the \uXXXX at position, or -1 if there is none. */
static int escaped_unit(struct text document, size_t position)
{
    if (document.length - position < ESCAPE_LENGTH || document.base[position] != '\\' ||
        document.base[position + 1] != 'u')
        return -1;
    int unit = 0;
    for (size_t i = 2; i < ESCAPE_LENGTH; i++) {
        int value = text_hexadecimal_value(document.base[position + i]);
        if (value < 0)
            return -1;
        unit = unit << 4 | value;
    }
    return unit;
}

/* Moves past the escape at *position, or past its backslash alone where what follows wants a look of its own.
 */
static const char *escape_mistake(struct text document, bool takes_nul, size_t *position)
{
    size_t left = document.length - *position;
    if (left < 2 || document.base[*position + 1] != 'u') {
        *position += left >= 2 && document.base[*position + 1] == '\\' ? 2 : 1;
        return NULL;
    }
    int unit = escaped_unit(document, *position);
    if (unit < 0)
        return "An escape \\u needs four hexadecimal digits.";
    if (unit == 0 && !takes_nul)
        return "The character U+0000 is not allowed, not even escaped.";
    if ((unit & 0xf800) != 0xd800) {
        *position += ESCAPE_LENGTH;
        return NULL;
    }
    /* RFC 7493 section 2.1: no surrogates that do not form a pair. */
    if (unit >= 0xdc00)
        return "An escaped low surrogate has no high surrogate before it.";
    int second = escaped_unit(document, *position + ESCAPE_LENGTH);
    if (second < 0xdc00 || second > 0xdfff)
        return "An escaped high surrogate has no low surrogate after it.";
    *position += 2 * ESCAPE_LENGTH;
    return NULL;
}

/* A run of bytes beyond ASCII begins and ends between characters, so it is UTF-8 by itself or not at all
 * (RFC 8259 section 8.1). */
static const char *run_mistake(struct text document, size_t *position)
{
    size_t end = *position;
    while (end < document.length && (document.base[end] & 0x80) != 0)
        end++;
    if (!text_is_utf8((struct text){document.base + *position, end - *position}))
        return "The text is not well-formed UTF-8.";
    *position = end;
    return NULL;
}

static const char *character_mistake(struct text document, bool takes_nul, size_t *position)
{
    unsigned char byte = (unsigned char)document.base[*position];
    if (byte >= 0x80)
        return run_mistake(document, position);
    if (byte == '\\')
        return escape_mistake(document, takes_nul, position);
    /* RFC 8259 section 2: these three and space are all the white space there is; yajl takes \f and \v for it
     * too. */
    if (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r')
        return "A control character is not allowed here; in a string it must be escaped.";
    *position += 1;
    return NULL;
}

const char *json_characters_mistake(struct text document, bool takes_nul, size_t *offset)
{
    size_t position = 0;
    *offset = 0;
    if (text_starts_with(document, TEXT("\xef\xbb\xbf")))
        return "The text begins with a byte order mark.";
    while (position < document.length) {
        if (document.length - position >= WORD_SIZE && !word_needs_a_look(document.base + position)) {
            position += WORD_SIZE;
            continue;
        }
        const char *mistake = character_mistake(document, takes_nul, &position);
        if (mistake != NULL) {
            *offset = position;
            return mistake;
        }
    }
    return NULL;
}
