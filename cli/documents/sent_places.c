/* Where a line of a request body was written; see sent_places.h. */
#include "documents/sent_places.h"

#include <limits.h>

#include "base/buffer.h"

static const struct text sent_name = {"request", 7}; /* as the gateway calls what it was sent */

static bool holds(const struct sent_part *part, unsigned line)
{
    return line >= part->first_line && (part->lines == 0 || line - part->first_line < part->lines);
}

bool sent_places_find(const struct sent_places *places, struct text *source, unsigned *line, unsigned *column)
{
    if (!text_equal(*source, sent_name))
        return false;
    for (size_t i = 0; i < places->count; i++) {
        const struct sent_part *part = &places->parts[i];
        bool is_whole = *line == 0 && places->count == 1;
        if (!is_whole && !holds(part, *line))
            continue;
        *source = part->source;
        if (is_whole)
            return true;
        *line = part->source_line + (part->is_as_written ? *line - part->first_line : 0);
        *column = part->is_as_written ? *column : 0;
        return true;
    }
    return false;
}

/* The number in front of text, and its digits; 0 digits where there is none, or none that a line can be. */
static size_t line_number(struct text text, unsigned *line)
{
    size_t digits = 0;
    uint64_t number = 0;
    for (; digits < text.length && text.base[digits] >= '0' && text.base[digits] <= '9'; digits++) {
        number = number * 10 + (uint64_t)(text.base[digits] - '0');
        if (number > INT_MAX)
            return 0;
    }
    *line = (unsigned)number;
    return digits;
}

/* "request:12" in front of text as "b.yaml:3": its length, or 0 where there is no such place. */
static size_t tell_one(const struct sent_places *places, struct text text, struct buffer *out)
{
    size_t before = sent_name.length + 1;
    unsigned line = 0, column = 0;
    if (!text_starts_with(text, sent_name) || text.length <= before || text.base[sent_name.length] != ':')
        return 0;
    size_t digits = line_number((struct text){text.base + before, text.length - before}, &line);
    struct text source = sent_name;
    if (digits == 0 || !sent_places_find(places, &source, &line, &column))
        return 0;
    buffer_print(out, "%.*s:%u", TEXT_ARGUMENTS(source), line);
    return before + digits;
}

struct text sent_places_tell(const struct sent_places *places, struct arena *arena, struct text sentence)
{
    SCOPED_BUFFER out = {0};
    while (sentence.length != 0) {
        size_t length = tell_one(places, sentence, &out);
        if (length == 0) {
            buffer_append_byte(&out, sentence.base[0]);
            length = 1;
        }
        sentence.base += length;
        sentence.length -= length;
    }
    return arena_copy(arena, buffer_text(&out));
}
