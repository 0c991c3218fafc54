/* Where a line of a request body was written; see sent_places.h. */
#include "documents/sent_places.h"

static bool holds(const struct sent_part *part, unsigned line)
{
    return line >= part->first_line && (part->lines == 0 || line - part->first_line < part->lines);
}

bool sent_places_find(const struct sent_places *places, struct text *source, unsigned *line, unsigned *column)
{
    if (!text_is(*source, "request")) /* as the gateway calls what it was sent */
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
