/* Mistakes as people see them: the place, the line, a caret. What is shown of a text holds no bytes that could
 * do something to a terminal. */
#include "syntax/lexer.h"

enum { SHOWN_BEFORE = 80, SHOWN_BEHIND = 100 }; /* bytes of a long line around the mistake */

static bool is_character_start(char byte)
{
    return ((unsigned char)byte & 0xc0) != 0x80;
}

static bool is_line_end(char byte)
{
    return byte == '\n' || byte == '\r';
}

void cedar_position(struct text source, size_t offset, unsigned *line, unsigned *column)
{
    *line = 1;
    *column = 1;
    for (size_t i = 0; i < offset && i < source.length; i++) {
        bool ends = source.base[i] == '\n' ||
                    (source.base[i] == '\r' && (i + 1 == source.length || source.base[i + 1] != '\n'));
        if (ends) {
            ++*line;
            *column = 1;
        } else if (is_character_start(source.base[i]))
            ++*column;
    }
}

/* The part of the line around an offset that is shown. */
static struct cedar_span shown_line(struct text source, size_t offset)
{
    size_t begin = offset < source.length ? offset : source.length, end = begin;
    while (begin > 0 && !is_line_end(source.base[begin - 1]) &&
           (offset - begin < SHOWN_BEFORE || !is_character_start(source.base[begin])))
        begin--;
    while (end < source.length && !is_line_end(source.base[end]) &&
           (end - offset < SHOWN_BEHIND || !is_character_start(source.base[end])))
        end++;
    return (struct cedar_span){(uint32_t)begin, (uint32_t)(end - begin)};
}

/* One column for each character. */
static void print_line(struct text source, struct cedar_span line, struct buffer *out)
{
    size_t end = line.offset + line.length;
    for (size_t at = line.offset; at < end;) {
        size_t length = cedar_character_length(source, at);
        struct text character = {source.base + at, length != 0 ? length : 1};
        if (text_is(character, "\t"))
            buffer_append_byte(out, ' ');
        else if (length != 0 && text_is_printable(character))
            buffer_append(out, character);
        else
            buffer_append_byte(out, '?');
        at += character.length;
    }
}

static void print_carets(struct text source, struct cedar_span line, struct cedar_span span, struct buffer *out)
{
    size_t line_end = line.offset + line.length, end = span.offset + span.length;
    unsigned carets = 0;
    for (size_t at = line.offset; at < line_end && (at < end || at < span.offset);) {
        size_t length = cedar_character_length(source, at);
        if (at >= span.offset)
            carets++;
        buffer_append_byte(out, at >= span.offset ? '^' : ' ');
        at += length != 0 ? length : 1;
    }
    if (carets == 0)
        buffer_append_byte(out, '^');
}

void cedar_mistake_print(const struct cedar_mistake *mistake, struct text name, unsigned line_offset,
                         struct buffer *out)
{
    unsigned line, column;
    cedar_position(mistake->source, mistake->span.offset, &line, &column);
    buffer_append(out, name);
    buffer_print(out, ":%u:%u: ", line + line_offset, column);
    buffer_append(out, mistake->sentence);
    buffer_append(out, TEXT("\n"));
    if (mistake->source.length != 0) {
        struct cedar_span shown = shown_line(mistake->source, mistake->span.offset);
        buffer_append(out, TEXT("    "));
        print_line(mistake->source, shown, out);
        buffer_append(out, TEXT("\n    "));
        print_carets(mistake->source, shown, mistake->span, out);
        buffer_append(out, TEXT("\n"));
    }
    if (mistake->suggestion.length != 0) {
        buffer_append(out, mistake->suggestion);
        buffer_append(out, TEXT("\n"));
    }
}
