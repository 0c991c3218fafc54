/* Names of entity types. Cedar language reference, "Grammar specification for Cedar policies": Path, IDENT,
 * RESERVED; one spelling per name, so no white space and no comments. */
#include "document_entity_type.h"

#include "cedar/value.h"

static bool is_identifier(struct text word)
{
    return cedar_is_name(word) && !cedar_is_reserved(word);
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
