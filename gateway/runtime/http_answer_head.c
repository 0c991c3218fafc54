/* libcurl is lenient with what is in a field; we hand it on to somebody else, and so are not. */
#include "http_answer_head.h"

#include <string.h>

#include "http_handle.h"

enum { STATUS_DIGITS = 3, FIRST_FINAL = 200 };

static bool is_value(struct text value)
{
    for (size_t i = 0; i < value.length; i++) {
        unsigned char byte = (unsigned char)value.base[i];
        if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
            return false;
    }
    return true;
}

static enum http_answer_head_state begin(struct http_answer_head *head, struct text line)
{
    head->count = 0;
    head->bytes.length = 0;
    head->status = 0;
    text_cut(&line, ' ');
    if (line.length < STATUS_DIGITS)
        return HTTP_ANSWER_HEAD_MALFORMED;
    for (size_t i = 0; i < STATUS_DIGITS; i++) {
        if (line.base[i] < '0' || line.base[i] > '9')
            return HTTP_ANSWER_HEAD_MALFORMED;
        head->status = head->status * 10 + (line.base[i] - '0');
    }
    return HTTP_ANSWER_HEAD_MORE;
}

static void append_lower(struct buffer *bytes, struct text name)
{
    for (size_t i = 0; i < name.length; i++) {
        char byte = name.base[i];
        buffer_append_byte(bytes, byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte);
    }
}

static enum http_answer_head_state take_field(struct http_answer_head *head, struct text line)
{
    const char *colon = memchr(line.base, ':', line.length);
    if (colon == NULL)
        return HTTP_ANSWER_HEAD_MALFORMED;
    struct text name = {line.base, (size_t)(colon - line.base)};
    struct text value = http_trim((struct text){colon + 1, line.length - name.length - 1});
    if (!text_is_token(name) || !is_value(value))
        return HTTP_ANSWER_HEAD_MALFORMED;
    if (head->count == HTTP_STREAM_HEADERS_MAX)
        return HTTP_ANSWER_HEAD_TOO_LARGE;
    append_lower(&head->bytes, name);
    buffer_append(&head->bytes, value);
    head->name_lengths[head->count] = name.length;
    head->value_lengths[head->count++] = value.length;
    return HTTP_ANSWER_HEAD_MORE;
}

static enum http_answer_head_state complete(struct http_answer_head *head)
{
    if (head->status < FIRST_FINAL)
        return HTTP_ANSWER_HEAD_MORE;
    const char *at = head->bytes.base;
    for (size_t i = 0; i < head->count; i++) {
        head->headers[i].name = (struct text){at, head->name_lengths[i]};
        at += head->name_lengths[i];
        head->headers[i].value = (struct text){at, head->value_lengths[i]};
        at += head->value_lengths[i];
    }
    return HTTP_ANSWER_HEAD_COMPLETE;
}

enum http_answer_head_state http_answer_head_take(struct http_answer_head *head, struct text line)
{
    head->line_bytes += line.length;
    if (head->line_bytes > HTTP_STREAM_HEADER_BYTES_MAX)
        return HTTP_ANSWER_HEAD_TOO_LARGE;
    if (text_starts_with(line, TEXT("HTTP/")))
        return begin(head, line);
    if (http_trim(line).length == 0)
        return complete(head);
    return take_field(head, line);
}

void http_answer_head_dispose(struct http_answer_head *head)
{
    buffer_dispose(&head->bytes);
}
