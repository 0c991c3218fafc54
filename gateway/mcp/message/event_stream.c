/* Lines first (a line ends with CR, LF or both), then fields, then blocks, as the standard's parser has it. A
 * line that is whole in a piece is read where it lies. */
#include "event_stream.h"

#include <stdio.h>
#include <string.h>

/* What was a large event is given back: streams stay open for long, and are many. */
enum { KEPT_BYTES_MAX = 4096 };

void event_stream_begin(struct event_stream *stream, size_t bytes_max)
{
    *stream = (struct event_stream){.bytes_max = bytes_max};
}

void event_stream_dispose(struct event_stream *stream)
{
    buffer_dispose(&stream->line);
    buffer_dispose(&stream->id);
    buffer_dispose(&stream->type);
    buffer_dispose(&stream->data);
    buffer_dispose(&stream->retry);
    *stream = (struct event_stream){0};
}

static void empty(struct buffer *buffer)
{
    buffer->length = 0;
    if (buffer->capacity <= KEPT_BYTES_MAX)
        return;
    buffer_dispose(buffer);
    *buffer = (struct buffer){0};
}

/* -- fields */

static size_t kept(const struct event_stream *stream)
{
    return stream->line.length + stream->id.length + stream->type.length + stream->data.length +
           stream->retry.length;
}

static void set(struct buffer *buffer, bool *has, struct text value)
{
    buffer->length = 0;
    buffer_append(buffer, value);
    *has = true;
}

static bool is_digits(struct text text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.base[i] < '0' || text.base[i] > '9')
            return false;
    return text.length != 0;
}

static void take_field(struct event_stream *stream, struct text name, struct text value)
{
    if (text_is(name, "data")) {
        if (stream->has_data)
            buffer_append_byte(&stream->data, '\n');
        buffer_append(&stream->data, value);
        stream->has_data = true;
    } else if (text_is(name, "event")) {
        set(&stream->type, &stream->has_type, value);
    } else if (text_is(name, "id")) {
        if (value.length == 0 || memchr(value.base, '\0', value.length) == NULL)
            set(&stream->id, &stream->has_id, value);
    } else if (text_is(name, "retry") && is_digits(value)) {
        set(&stream->retry, &stream->has_retry, value);
    }
}

static bool is_whole_utf8(const struct event_stream *stream)
{
    return text_is_utf8(buffer_text(&stream->id)) && text_is_utf8(buffer_text(&stream->type)) &&
           text_is_utf8(buffer_text(&stream->data));
}

static enum fault end_block(struct event_stream *stream, const struct event_reader *reader)
{
    if (!stream->has_id && !stream->has_type && !stream->has_data && !stream->has_retry)
        return FAULT_NONE;
    if (!is_whole_utf8(stream))
        return FAULT_MCP_UPSTREAM_ANSWER;
    const struct event event = {
        .id = buffer_text(&stream->id),
        .type = buffer_text(&stream->type),
        .data = buffer_text(&stream->data),
        .retry = stream->has_retry ? buffer_text(&stream->retry) : TEXT_NONE,
        .has_id = stream->has_id,
        .has_data = stream->has_data,
    };
    enum fault fault = reader->on_event(reader->context, &event);
    stream->has_id = stream->has_type = stream->has_data = stream->has_retry = false;
    empty(&stream->id);
    empty(&stream->type);
    empty(&stream->data);
    empty(&stream->retry);
    return fault;
}

/* -- lines */

/* Not of an empty line, nor of a comment, which says nothing. */
static void take_line(struct event_stream *stream, struct text line)
{
    struct text value = line, name = text_cut(&value, ':');
    if (value.length != 0 && value.base[0] == ' ')
        value = (struct text){value.base + 1, value.length - 1};
    if (name.length != 0)
        take_field(stream, name, value);
}

static bool has_room(const struct event_stream *stream, size_t more)
{
    return kept(stream) + more <= stream->bytes_max;
}

/* The part of a line that a piece ends in. */
static enum fault keep(struct event_stream *stream, struct text part)
{
    if (part.length != 0 && stream->line.length == 0 && part.base[0] == ':')
        stream->is_comment = true;
    if (part.length == 0 || stream->is_comment)
        return FAULT_NONE;
    if (!has_room(stream, part.length))
        return FAULT_MCP_UPSTREAM_ANSWER;
    buffer_append(&stream->line, part);
    return FAULT_NONE;
}

static enum fault end_line(struct event_stream *stream, struct text part, const struct event_reader *reader)
{
    if (stream->is_comment || (stream->line.length == 0 && part.length != 0 && part.base[0] == ':')) {
        stream->is_comment = false;
        return FAULT_NONE;
    }
    if (!has_room(stream, part.length))
        return FAULT_MCP_UPSTREAM_ANSWER;
    if (stream->line.length == 0 && part.length == 0)
        return end_block(stream, reader);
    if (stream->line.length == 0) {
        take_line(stream, part);
        return FAULT_NONE;
    }
    buffer_append(&stream->line, part);
    take_line(stream, buffer_text(&stream->line));
    empty(&stream->line);
    return FAULT_NONE;
}

static size_t line_end(struct text text)
{
    const char *feed = memchr(text.base, '\n', text.length);
    size_t length = feed != NULL ? (size_t)(feed - text.base) : text.length;
    const char *carriage = memchr(text.base, '\r', length);
    return carriage != NULL ? (size_t)(carriage - text.base) : length;
}

/* A byte order mark at the very beginning is no part of the first line; half of one is. */
static void skip_mark(struct event_stream *stream, struct text *rest)
{
    static const struct text mark = {"\xef\xbb\xbf", 3};
    while (stream->mark < mark.length && rest->length != 0 && rest->base[0] == mark.base[stream->mark]) {
        stream->mark++;
        *rest = (struct text){rest->base + 1, rest->length - 1};
    }
    if (stream->mark < mark.length && rest->length != 0)
        buffer_append(&stream->line, (struct text){mark.base, stream->mark});
    stream->is_begun = stream->mark == mark.length || rest->length != 0;
}

enum fault event_stream_take(struct event_stream *stream, struct text piece, const struct event_reader *reader)
{
    struct text rest = piece;
    if (!stream->is_begun)
        skip_mark(stream, &rest);
    while (rest.length != 0) {
        bool is_second_half = stream->is_after_return && rest.base[0] == '\n'; /* of CRLF */
        stream->is_after_return = false;
        size_t length = is_second_half ? 0 : line_end(rest);
        struct text part = {rest.base, length};
        if (length == rest.length)
            return keep(stream, part);
        if (!is_second_half) {
            stream->is_after_return = rest.base[length] == '\r';
            TRY(end_line(stream, part, reader));
        }
        rest = (struct text){rest.base + length + 1, rest.length - length - 1};
    }
    return FAULT_NONE;
}

/* -- writing */

static void write_field(struct buffer *out, const char *name, struct text value)
{
    INVARIANT(value.length == 0 || (memchr(value.base, '\n', value.length) == NULL &&
                                    memchr(value.base, '\r', value.length) == NULL));
    buffer_append(out, text_of(name));
    buffer_append(out, TEXT(": "));
    buffer_append(out, value);
    buffer_append_byte(out, '\n');
}

/* A CR in the data would end its line too: it comes out as a line's end like every other. */
static void write_data(struct buffer *out, struct text data)
{
    struct text rest = data;
    for (;;) {
        size_t length = rest.length != 0 ? line_end(rest) : 0;
        write_field(out, "data", (struct text){rest.base, length});
        if (length == rest.length)
            return;
        bool is_pair = rest.base[length] == '\r' && length + 1 < rest.length && rest.base[length + 1] == '\n';
        size_t taken = length + (is_pair ? 2 : 1);
        rest = (struct text){rest.base + taken, rest.length - taken};
    }
}

struct text event_retry(struct text retry, char digits[RETRY_DIGITS_MAX])
{
    enum { RETRY_MS_MIN = 1000, RETRY_MS_MAX = 60000 };
    int64_t ms;
    if (retry.base == NULL)
        return TEXT_NONE;
    if (!text_to_int64(retry, &ms) || ms > RETRY_MS_MAX)
        ms = RETRY_MS_MAX;
    if (ms < RETRY_MS_MIN)
        ms = RETRY_MS_MIN;
    snprintf(digits, RETRY_DIGITS_MAX, "%d", (int)ms);
    return text_of(digits);
}

void event_write(struct buffer *out, const struct event *event)
{
    if (event->type.length != 0)
        write_field(out, "event", event->type);
    if (event->has_id)
        write_field(out, "id", event->id);
    if (event->retry.base != NULL)
        write_field(out, "retry", event->retry);
    if (event->has_data)
        write_data(out, event->data);
    buffer_append_byte(out, '\n');
}
