/* Values as Cedar source, for explanations, records and whoever reads a policy back. Cedar language reference,
 * "Grammar". */
#include "cedar/value.h"

#include <inttypes.h>

#include "cedar/extension.h"

/* The length that the first byte of a character in UTF-8 announces, but never more than there is. */
static size_t character_length(struct text rest)
{
    unsigned char first = (unsigned char)rest.base[0];
    size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
    return length < rest.length ? length : rest.length;
}

static unsigned code_point(struct text character)
{
    unsigned char first = (unsigned char)character.base[0];
    unsigned point = character.length == 1 ? first : first & (0xffu >> (character.length + 1));
    for (size_t i = 1; i < character.length; i++)
        point = point << 6 | ((unsigned char)character.base[i] & 0x3fu);
    return point;
}

static const char *short_escape(char character)
{
    switch (character) {
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    case '\0':
        return "\\0";
    case '\\':
        return "\\\\";
    case '"':
        return "\\\"";
    case '\'':
        return "\\'";
    default:
        return NULL;
    }
}

void cedar_characters_print(struct text string, struct buffer *out)
{
    while (string.length != 0) {
        struct text character = {string.base, character_length(string)};
        const char *escape = short_escape(string.base[0]);
        if (escape != NULL)
            buffer_append(out, text_of(escape));
        else if (!text_is_printable(character) && text_is_utf8(character))
            buffer_print(out, "\\u{%x}", code_point(character)); /* what would play tricks on who reads it */
        else
            buffer_append(out, character);
        string = (struct text){string.base + character.length, string.length - character.length};
    }
}

void cedar_string_print(struct text string, struct buffer *out)
{
    buffer_append_byte(out, '"');
    cedar_characters_print(string, out);
    buffer_append_byte(out, '"');
}

void cedar_uid_print(const struct cedar_uid *uid, struct buffer *out)
{
    buffer_append(out, uid->type);
    buffer_append(out, TEXT("::"));
    cedar_string_print(uid->id, out);
}

bool cedar_is_name(struct text name)
{
    for (size_t i = 0; i < name.length; i++) {
        char c = name.base[i];
        bool is_digit = c >= '0' && c <= '9';
        if (c != '_' && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(is_digit && i != 0))
            return false;
    }
    return name.length != 0;
}

bool cedar_is_reserved(struct text name)
{
    static const char *const reserved[] = {"true", "false", "if",  "then", "else",
                                           "in",   "is",    "has", "like", "__cedar"};
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
        if (text_is(name, reserved[i]))
            return true;
    return false;
}

void cedar_attribute_name_print(struct text name, struct buffer *out)
{
    if (cedar_is_name(name) && !cedar_is_reserved(name))
        buffer_append(out, name);
    else
        cedar_string_print(name, out);
}

static void print_set(const struct cedar_set *set, struct buffer *out)
{
    buffer_append_byte(out, '[');
    for (size_t i = 0; i < set->count; i++) {
        buffer_append(out, i == 0 ? TEXT_NONE : TEXT(", "));
        cedar_value_print(&set->items[i], out);
    }
    buffer_append_byte(out, ']');
}

static void print_record(const struct cedar_record *record, struct buffer *out)
{
    buffer_append_byte(out, '{');
    for (size_t i = 0; i < record->count; i++) {
        const struct cedar_attribute *attribute = &record->attributes[i];
        buffer_append(out, i == 0 ? TEXT_NONE : TEXT(", "));
        cedar_attribute_name_print(attribute->name, out);
        buffer_append(out, TEXT(": "));
        cedar_value_print(&attribute->value, out);
    }
    buffer_append_byte(out, '}');
}

/* Arithmetic reaches moments that no text of the constructor does. */
static void print_datetime(int64_t milliseconds, struct buffer *out)
{
    buffer_append(out, TEXT("datetime(\""));
    if (cedar_datetime_print(milliseconds, out))
        buffer_append(out, TEXT("\")"));
    else
        buffer_print(out, "1970-01-01\").offset(duration(\"%" PRId64 "ms\"))", milliseconds);
}

static void print_extension(const struct cedar_value *value, struct buffer *out)
{
    if (value->kind == CEDAR_DATETIME) {
        print_datetime(value->integer, out);
        return;
    }
    buffer_append(out, value->kind == CEDAR_IPADDR ? TEXT("ip") : text_of(cedar_kind_name(value->kind)));
    buffer_append(out, TEXT("(\""));
    if (value->kind == CEDAR_DECIMAL)
        cedar_decimal_print(value->integer, out);
    else if (value->kind == CEDAR_IPADDR)
        cedar_ipaddr_print(value->ipaddr, out);
    else
        cedar_duration_print(value->integer, out);
    buffer_append(out, TEXT("\")"));
}

void cedar_value_print(const struct cedar_value *value, struct buffer *out)
{
    switch (value->kind) {
    case CEDAR_BOOLEAN:
        buffer_append(out, value->boolean ? TEXT("true") : TEXT("false"));
        break;
    case CEDAR_LONG:
        buffer_print(out, "%" PRId64, value->integer);
        break;
    case CEDAR_STRING:
        cedar_string_print(value->string, out);
        break;
    case CEDAR_ENTITY:
        cedar_uid_print(value->entity, out);
        break;
    case CEDAR_SET:
        print_set(value->set, out);
        break;
    case CEDAR_RECORD:
        print_record(value->record, out);
        break;
    case CEDAR_DECIMAL:
    case CEDAR_IPADDR:
    case CEDAR_DATETIME:
    case CEDAR_DURATION:
        print_extension(value, out);
        break;
    }
}
