/* Names of entity types. Cedar language reference, "Grammar specification for Cedar policies": Path, IDENT,
 * RESERVED; one spelling per name, so no white space and no comments. */
#include "document_entity_type.h"

static bool is_reserved(struct text word)
{
    static const char *const reserved[] = {"true", "false", "if",   "then", "else",
                                           "in",   "is",    "like", "has",  "__cedar"};
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
        if (text_is(word, reserved[i]))
            return true;
    return false;
}

static bool is_identifier(struct text word)
{
    for (size_t i = 0; i < word.length; i++) {
        char letter = word.base[i];
        bool is_letter = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || letter == '_';
        if (!is_letter && (i == 0 || letter < '0' || letter > '9'))
            return false;
    }
    return word.length != 0 && !is_reserved(word);
}

bool document_is_entity_type(struct text text)
{
    size_t begin = 0;
    for (size_t i = 0; i + 1 < text.length; i++) {
        if (text.base[i] != ':' || text.base[i + 1] != ':')
            continue;
        if (!is_identifier((struct text){text.base + begin, i - begin}))
            return false;
        begin = i + 2;
        i++;
    }
    return text.base != NULL && is_identifier((struct text){text.base + begin, text.length - begin});
}
