/* Heads of answers, line by line as libcurl hands them over. What is complete is bounded, and could be sent on:
 * a final status, names in lower case that are tokens, values without control characters. */
#include "http_answer_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_field(struct http_stream_header field)
{
    INVARIANT(text_is_token(field.name));
    for (size_t i = 0; i < field.name.length; i++)
        INVARIANT(field.name.base[i] < 'A' || field.name.base[i] > 'Z');
    for (size_t i = 0; i < field.value.length; i++) {
        unsigned char byte = (unsigned char)field.value.base[i];
        INVARIANT(byte == '\t' || (byte >= 0x20 && byte != 0x7f));
    }
}

static void check_head(const struct http_answer_head *head)
{
    size_t bytes = 0;
    INVARIANT(head->status >= 200 && head->status <= 999 && head->count <= HTTP_STREAM_HEADERS_MAX);
    for (size_t i = 0; i < head->count; i++) {
        check_field(head->headers[i]);
        bytes += head->headers[i].name.length + head->headers[i].value.length;
    }
    INVARIANT(bytes <= HTTP_STREAM_HEADER_BYTES_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct http_answer_head head = {0};
    struct text rest = {(const char *)bytes, size};
    enum http_answer_head_state state = HTTP_ANSWER_HEAD_MORE;
    while (state == HTTP_ANSWER_HEAD_MORE && rest.base != NULL && rest.length != 0) {
        const char *base = rest.base;
        struct text line = text_cut(&rest, '\n');
        state = http_answer_head_take(&head, (struct text){base, line.length + (rest.base != NULL)});
    }
    if (state == HTTP_ANSWER_HEAD_COMPLETE)
        check_head(&head);
    http_answer_head_dispose(&head);
    return 0;
}
