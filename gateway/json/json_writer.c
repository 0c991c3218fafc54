/* Writes runs of plain characters whole and looks only at what needs an escape or is not ASCII. */
#include "json/json_writer.h"

#include "base/fault.h"
#include "base/word.h"

struct json_writer json_writer_on(struct buffer *out)
{
    return (struct json_writer){.out = out};
}

/* Writes the comma that belongs before the next element or name. */
static void separate(struct json_writer *writer)
{
    if (writer->after_name) {
        writer->after_name = false;
        return;
    }
    if (writer->depth == 0)
        return;
    if (writer->needs_comma)
        buffer_append_byte(writer->out, ',');
    writer->needs_comma = true;
}

static void begin(struct json_writer *writer, char bracket)
{
    separate(writer);
    writer->depth++;
    writer->needs_comma = false;
    buffer_append_byte(writer->out, bracket);
}

static void end(struct json_writer *writer, char bracket)
{
    INVARIANT(writer->depth > 0 && !writer->after_name);
    writer->depth--;
    writer->needs_comma = true; /* of what it stands in, as it is an element there */
    buffer_append_byte(writer->out, bracket);
}

void json_begin_object(struct json_writer *writer)
{
    begin(writer, '{');
}

void json_end_object(struct json_writer *writer)
{
    end(writer, '}');
}

void json_begin_array(struct json_writer *writer)
{
    begin(writer, '[');
}

void json_end_array(struct json_writer *writer)
{
    end(writer, ']');
}

static bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

/* Both return the bytes of the value that are dealt with. */
static size_t append_escape(struct buffer *out, unsigned char byte)
{
    static const char hexadecimal[] = "0123456789abcdef";
    static const char letters[] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r', ['"'] = '"', ['\\'] = '\\'};
    if (byte < sizeof(letters) && letters[byte] != '\0') {
        buffer_append(out, (struct text){(char[]){'\\', letters[byte]}, 2});
        return 1;
    }
    char escape[] = {'\\', 'u', '0', '0', hexadecimal[byte >> 4], hexadecimal[byte & 15]};
    buffer_append(out, (struct text){escape, sizeof(escape)});
    return 1;
}

/* The character beyond ASCII that value begins with, or U+FFFD for its first byte. */
static size_t append_character(struct buffer *out, struct text value)
{
    for (size_t length = 2; length <= 4 && length <= value.length; length++) {
        struct text character = {value.base, length};
        if (text_is_utf8(character)) {
            buffer_append(out, character);
            return length;
        }
    }
    buffer_append(out, TEXT("\xef\xbf\xbd"));
    return 1;
}

/* Copies the plain characters that value begins with; returns how many there are. out has room for all of it.
 */
static size_t copy_plain(char *out, struct text value)
{
    size_t count = 0;
    for (; value.length - count >= WORD_SIZE; count += WORD_SIZE) {
        uint64_t word = word_load(value.base + count);
        if (word_has_any(word | word_below(word, 0x20) | word_equal(word, '"') | word_equal(word, '\\')))
            break;
        memcpy(out + count, &word, sizeof(word));
    }
    for (; count < value.length && is_plain((unsigned char)value.base[count]); count++)
        out[count] = value.base[count];
    return count;
}

/* What copy_plain left of a string, from its first character that is not plain to the closing quote. */
static void append_rest(struct buffer *out, struct text rest)
{
    while (rest.length != 0) {
        unsigned char byte = (unsigned char)rest.base[0];
        size_t taken = byte < 0x80 ? append_escape(out, byte) : append_character(out, rest);
        struct text behind = {rest.base + taken, rest.length - taken};
        size_t plain = copy_plain(buffer_reserve(out, behind.length), behind);
        out->length += plain;
        rest = (struct text){behind.base + plain, behind.length - plain};
    }
    buffer_append_byte(out, '"');
}

/* At end, where room for the value and two quotes was reserved. Nearly always all of it is plain, and then this
 * is one pass over it. */
static void finish_string(struct buffer *out, char *end, struct text value)
{
    *end++ = '"';
    size_t plain = copy_plain(end, value);
    end += plain;
    bool is_whole = plain == value.length;
    if (is_whole)
        *end++ = '"';
    out->length = (size_t)(end - out->base);
    if (!is_whole)
        append_rest(out, (struct text){value.base + plain, value.length - plain});
}

static void append_string(struct buffer *out, struct text value)
{
    finish_string(out, buffer_reserve(out, value.length + 2), value);
}

void json_name(struct json_writer *writer, struct text name)
{
    INVARIANT(!writer->after_name);
    separate(writer);
    append_string(writer->out, name);
    buffer_append_byte(writer->out, ':');
    writer->after_name = true;
}

void json_write_text(struct json_writer *writer, struct text value)
{
    separate(writer);
    append_string(writer->out, value);
}

void json_write_integer(struct json_writer *writer, int64_t value)
{
    separate(writer);
    char digits[24];
    size_t start = sizeof(digits);
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[--start] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (value < 0)
        digits[--start] = '-';
    buffer_append(writer->out, (struct text){digits + start, sizeof(digits) - start});
}

void json_write_boolean(struct json_writer *writer, bool value)
{
    separate(writer);
    buffer_append(writer->out, value ? TEXT("true") : TEXT("false"));
}

void json_write_null(struct json_writer *writer)
{
    separate(writer);
    buffer_append(writer->out, TEXT("null"));
}

static void write_children(struct json_writer *writer, const struct json_value *container)
{
    for (const struct json_value *child = container->first; child != NULL; child = child->next) {
        if (container->kind == JSON_OBJECT)
            json_name(writer, child->name);
        json_write_value(writer, child);
    }
}

void json_write_value(struct json_writer *writer, const struct json_value *value)
{
    switch (value->kind) {
    case JSON_NULL:
        json_write_null(writer);
        break;
    case JSON_BOOLEAN:
        json_write_boolean(writer, value->boolean);
        break;
    case JSON_NUMBER:
        separate(writer);
        buffer_append(writer->out, value->text);
        break;
    case JSON_STRING:
        json_write_text(writer, value->text);
        break;
    case JSON_ARRAY:
        json_begin_array(writer);
        write_children(writer, value);
        json_end_array(writer);
        break;
    case JSON_OBJECT:
        json_begin_object(writer);
        write_children(writer, value);
        json_end_object(writer);
        break;
    }
}

/* Room for the member's comma, name and colon, which are written, and for so much more. */
static char *begin_member(struct json_writer *writer, struct text name, size_t more)
{
    INVARIANT(writer->depth > 0 && !writer->after_name);
    char *end = buffer_reserve(writer->out, name.length + sizeof(",\"\":") + more);
    if (writer->needs_comma)
        *end++ = ',';
    writer->needs_comma = true;
    *end++ = '"';
    memcpy(end, name.base, name.length);
    end += name.length;
    *end++ = '"';
    *end++ = ':';
    return end;
}

void json_write_member(struct json_writer *writer, struct text name, struct text value)
{
    finish_string(writer->out, begin_member(writer, name, value.length + 2), value);
}

void json_member_integer(struct json_writer *writer, const char *name, int64_t value)
{
    json_name(writer, text_of(name));
    json_write_integer(writer, value);
}

void json_member_boolean(struct json_writer *writer, const char *name, bool value)
{
    json_name(writer, text_of(name));
    json_write_boolean(writer, value);
}
