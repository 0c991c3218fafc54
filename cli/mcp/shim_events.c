/* Lines, fields, events; see shim_events.h. */
#include "shim_events.h"

#include <string.h>

static void dispatch(struct shim_events *events)
{
    memcpy(events->last_id, events->id, events->id_length);
    events->last_id_length = events->id_length;
    /* An event without data primes the stream: it says where to go on, and nothing else. */
    if (events->has_data && events->data.length != 0 && !events->is_other)
        events->event(events->context, buffer_text(&events->data));
    events->data.length = 0;
    events->has_data = events->is_other = false;
}

/* One that cannot be named again is none: it would be shown in a header. */
static void take_id(struct shim_events *events, struct text value)
{
    bool is_fine = value.length < SHIM_EVENT_ID_MAX;
    for (size_t i = 0; i < value.length; i++)
        is_fine = is_fine && value.base[i] >= ' ' && value.base[i] <= '~';
    events->id_length = is_fine ? value.length : 0;
    memcpy(events->id, value.base, events->id_length);
}

static bool take_field(struct shim_events *events, struct text line)
{
    struct text value = line, name = text_cut(&value, ':');
    int64_t number;
    if (value.length != 0 && value.base[0] == ' ')
        value = (struct text){value.base + 1, value.length - 1};
    if (text_is(name, "data")) {
        if (events->data.length + value.length >= events->limit)
            return false;
        if (events->has_data)
            buffer_append_byte(&events->data, '\n');
        buffer_append(&events->data, value);
        events->has_data = true;
    } else if (text_is(name, "id") && value.base != NULL) {
        take_id(events, value);
    } else if (text_is(name, "retry") && text_to_int64(value, &number) && number >= 0) {
        events->retry_ms = number;
    } else if (text_is(name, "event")) {
        events->is_other = value.length != 0 && !text_is(value, "message");
    }
    return true;
}

static bool end_line(struct shim_events *events)
{
    struct text line = buffer_text(&events->line);
    bool is_fine = true;
    if (line.length == 0)
        dispatch(events);
    else if (line.base[0] != ':') /* a comment, which keeps the connection alive */
        is_fine = take_field(events, line);
    events->line.length = 0;
    return is_fine;
}

bool shim_events_take(struct shim_events *events, struct text piece)
{
    for (size_t i = 0; i < piece.length;) {
        bool is_second = events->is_after_cr && piece.base[i] == '\n';
        events->is_after_cr = false;
        if (is_second) {
            i++;
            continue;
        }
        size_t end = i;
        while (end < piece.length && piece.base[end] != '\n' && piece.base[end] != '\r')
            end++;
        if (events->line.length + (end - i) > events->limit)
            return false;
        buffer_append(&events->line, (struct text){piece.base + i, end - i});
        if (end == piece.length)
            return true;
        events->is_after_cr = piece.base[end] == '\r';
        if (!end_line(events))
            return false;
        i = end + 1;
    }
    return true;
}

struct text shim_events_last_id(const struct shim_events *events)
{
    return (struct text){events->last_id, events->last_id_length};
}

void shim_events_restart(struct shim_events *events)
{
    events->line.length = events->data.length = 0;
    events->is_after_cr = events->has_data = events->is_other = false;
    memcpy(events->id, events->last_id, events->last_id_length);
    events->id_length = events->last_id_length;
}

void shim_events_dispose(struct shim_events *events)
{
    buffer_dispose(&events->line);
    buffer_dispose(&events->data);
}
