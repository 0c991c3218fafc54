/* Places of JSON documents and sentences about them. A name is shown as it is while it is a plain word, and in
 * brackets and quotes otherwise; a long one is cut, so that a sentence stays one. */
#include "document_place.h"

#include <stdarg.h>
#include <stdio.h>

#include "cedar/value.h"

enum { NAME_SHOWN = 64, SENTENCE_BYTES = 512, STEPS_SHOWN = 12 /* at either end */ };

static bool is_word(struct text name)
{
    for (size_t i = 0; i < name.length; i++) {
        char letter = name.base[i];
        bool is_letter = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || letter == '_';
        if (!is_letter && (i == 0 || letter < '0' || letter > '9'))
            return false;
    }
    return name.length != 0;
}

static void print_name(struct text name, bool is_first, struct buffer *out)
{
    struct text shown = text_beginning(name, NAME_SHOWN);
    if (is_word(shown)) {
        buffer_print(out, "%s%.*s", is_first ? "" : ".", TEXT_ARGUMENTS(shown));
    } else {
        buffer_append_byte(out, '[');
        cedar_string_print(shown, out);
        buffer_append_byte(out, ']');
    }
    if (shown.length != name.length)
        buffer_append(out, TEXT("..."));
}

static size_t depth_of(const struct document_place *place)
{
    size_t depth = 0;
    for (; place != NULL; place = place->outer)
        depth++;
    return depth;
}

/* From the outermost; of a long way only its first and its last steps. */
static void print_place(const struct document_place *place, size_t depth, size_t deepest, struct buffer *out)
{
    bool is_shown = deepest <= 2 * STEPS_SHOWN || depth <= STEPS_SHOWN || depth > deepest - STEPS_SHOWN;
    if (place->outer != NULL)
        print_place(place->outer, depth - 1, deepest, out);
    if (!is_shown) {
        buffer_append(out, depth == STEPS_SHOWN + 1 ? TEXT(" ... ") : TEXT_NONE);
        return;
    }
    if (place->name.base != NULL)
        print_name(place->name, out->length == 0, out);
    else
        buffer_print(out, "[%zu]", place->index);
}

enum fault document_refuse(const struct document_reading *reading, const struct document_place *place,
                           const char *format, ...)
{
    char sentence[SENTENCE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    int printed = vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    struct buffer out = buffer_in(reading->arena, SENTENCE_BYTES);
    size_t depth = depth_of(place);
    print_place(place, depth, depth, &out);
    buffer_append(&out, TEXT(": "));
    size_t length = printed < 0 ? 0 : (size_t)printed;
    buffer_append(&out, text_beginning((struct text){sentence, length},
                                       length < sizeof(sentence) ? length : sizeof(sentence) - 4));
    *reading->mistake = buffer_text(&out);
    return FAULT_POLICY_INVALID;
}

const char *document_shown(const struct document_reading *reading, struct text text)
{
    struct text shown = text_beginning(text, NAME_SHOWN);
    struct buffer out = buffer_in(reading->arena, shown.length + sizeof("\"\"..."));
    cedar_string_print(shown, &out);
    if (shown.length != text.length)
        buffer_append(&out, TEXT("..."));
    buffer_append_byte(&out, '\0');
    return out.base;
}

const char *document_kind(const struct json_value *json)
{
    static const char *const kinds[] = {
        [JSON_NULL] = "null",       [JSON_BOOLEAN] = "a boolean", [JSON_NUMBER] = "a number",
        [JSON_STRING] = "a string", [JSON_ARRAY] = "an array",    [JSON_OBJECT] = "an object",
    };
    return json == NULL ? "nothing" : kinds[json->kind];
}

enum fault document_members_known(const struct document_reading *reading, const struct document_place *place,
                                  const struct json_value *object, const char *const *names, size_t count)
{
    for (const struct json_value *member = object->first; member != NULL; member = member->next) {
        size_t i = 0;
        while (i < count && !text_is(member->name, names[i]))
            i++;
        if (i == count) {
            struct document_place here = {.outer = place, .name = member->name};
            return document_refuse(reading, &here, "no such member is known here.");
        }
    }
    return FAULT_NONE;
}
