/* References go from place to place in the one document: nothing is fetched, and none goes round in circles. */
#include "openapi_reading.h"

#include <stdarg.h>
#include <stdio.h>

#include "json/json_pointer.h"

enum { STEPS_MAX = 16, QUOTED_MAX = 100, SENTENCE_MAX = 512, MISTAKES_MAX = 50 };

struct openapi_spot openapi_member(const struct openapi_reading *reading, struct openapi_spot spot,
                                   struct text name)
{
    struct buffer pointer = buffer_in(reading->scratch, spot.pointer.length + name.length + 8);
    buffer_append(&pointer, spot.pointer);
    json_pointer_append(&pointer, name);
    return (struct openapi_spot){json_member(spot.value, name), buffer_text(&pointer)};
}

struct openapi_spot openapi_item(const struct openapi_reading *reading, struct openapi_spot list, size_t index)
{
    const struct json_value *item =
        list.value != NULL && list.value->kind == JSON_ARRAY ? list.value->first : NULL;
    for (size_t i = 0; i < index && item != NULL; i++)
        item = item->next;
    return (struct openapi_spot){
        item, arena_print(reading->scratch, "%.*s/%zu", TEXT_ARGUMENTS(list.pointer), index)};
}

void openapi_mistake(struct openapi_reading *reading, struct openapi_spot spot, const char *format, ...)
{
    char sentence[SENTENCE_MAX];
    va_list arguments;
    if (++reading->mistakes > MISTAKES_MAX)
        return;
    va_start(arguments, format);
    int length = vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    size_t whole = (size_t)length < sizeof(sentence) ? (size_t)length : sizeof(sentence) - 1;
    struct text words = text_beginning((struct text){sentence, whole}, whole);
    reading->reader->mistake(reading->reader->context, spot.pointer, arena_copy(reading->scratch, words));
}

struct text openapi_quote(const struct openapi_reading *reading, struct text name)
{
    if (!text_is_printable(name))
        return TEXT("a name with control characters");
    return arena_print(reading->scratch, "\"%.*s\"%s", TEXT_ARGUMENTS(text_beginning(name, QUOTED_MAX)),
                       name.length > QUOTED_MAX ? "..." : "");
}

static bool follow(struct openapi_reading *reading, struct openapi_spot *spot, struct text reference)
{
    struct text pointer = {reference.base + 1, reference.length == 0 ? 0 : reference.length - 1};
    if (!text_starts_with(reference, TEXT("#/")) || !json_pointer_is_well_formed(pointer)) {
        openapi_mistake(reading, *spot,
                        "$ref: expected a place in this document (#/components/...), found %.*s: nothing is "
                        "fetched from elsewhere",
                        TEXT_ARGUMENTS(openapi_quote(reading, reference)));
        return false;
    }
    const struct json_value *found = json_pointer_find(reading->document, pointer);
    if (found == NULL || found->kind != JSON_OBJECT) {
        openapi_mistake(reading, *spot, "$ref: there is nothing at %.*s",
                        TEXT_ARGUMENTS(openapi_quote(reading, reference)));
        return false;
    }
    *spot = (struct openapi_spot){found, pointer};
    return true;
}

bool openapi_resolve(struct openapi_reading *reading, struct openapi_spot *spot)
{
    struct openapi_spot start = *spot;
    for (unsigned steps = 0; steps < STEPS_MAX; steps++) {
        const struct json_value *reference = json_member(spot->value, TEXT("$ref"));
        if (!json_is_string(reference))
            return true;
        if (!follow(reading, spot, reference->text))
            return false;
    }
    openapi_mistake(reading, start, "$ref: it refers to another reference, and so on without an end");
    return false;
}
