/* RFC 9112 to the letter where it says MUST, and where it lets a recipient be lenient, not lenient. */
#include "request_head.h"

#include <string.h>

enum { METHOD_MAX = 32, AUTHORITY_MAX = 300, LENGTH_DIGITS_MAX = 15 };

/* --- checks for both protocols --- */

bool request_method_is_token(struct text method)
{
    return method.length <= METHOD_MAX && text_is_token(method);
}

bool request_target_is_plain(struct text target)
{
    if (target.length == 0 || target.base[0] != '/' || target.length > HEAD_TARGET_MAX)
        return false;
    for (size_t i = 0; i < target.length; i++) {
        unsigned char byte = (unsigned char)target.base[i];
        if (byte <= 0x20 || byte >= 0x7f || byte == '#')
            return false;
    }
    return memmem(target.base, target.length, "%00", 3) == NULL;
}

bool request_authority_is_plain(struct text authority)
{
    for (size_t i = 0; i < authority.length; i++) {
        unsigned char byte = (unsigned char)authority.base[i];
        if (byte <= 0x20 || byte >= 0x7f || strchr("@,/?#\\\"<>{}|^`", byte) != NULL)
            return false;
    }
    return authority.length != 0 && authority.length <= AUTHORITY_MAX;
}

/* --- HTTP/1.1 --- */

struct fields {
    unsigned hosts, lengths, codings;
    bool is_chunked;
};

/* The next line without its end; false where there is none, or it ends in anything but CR LF. */
static bool take_line(struct text *rest, struct text *line)
{
    const char *end = memchr(rest->base, '\n', rest->length);
    if (end == NULL || end == rest->base || end[-1] != '\r')
        return false;
    *line = (struct text){rest->base, (size_t)(end - 1 - rest->base)};
    rest->length -= (size_t)(end + 1 - rest->base);
    rest->base = end + 1;
    return memchr(line->base, '\r', line->length) == NULL;
}

static struct text take_until_space(struct text *line)
{
    const char *space = memchr(line->base, ' ', line->length);
    struct text word = {line->base, space == NULL ? line->length : (size_t)(space - line->base)};
    size_t used = space == NULL ? line->length : word.length + 1;
    line->base += used;
    line->length -= used;
    return word;
}

static enum fault read_request_line(struct text line, bool *is_http_1_0)
{
    struct text method = take_until_space(&line), target = take_until_space(&line);
    *is_http_1_0 = text_is(line, "HTTP/1.0");
    if (!request_method_is_token(method) || (!*is_http_1_0 && !text_is(line, "HTTP/1.1")))
        return FAULT_REQUEST_HEAD;
    return request_target_is_plain(target) ? FAULT_NONE : FAULT_REQUEST_TARGET;
}

static bool is_field_value(struct text value) /* RFC 9110 section 5.5 */
{
    for (size_t i = 0; i < value.length; i++) {
        unsigned char byte = (unsigned char)value.base[i];
        if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
            return false;
    }
    return true;
}

static bool read_length(struct text value, uint64_t *length)
{
    uint64_t number = 0;
    for (size_t i = 0; i < value.length; i++) {
        if (value.base[i] < '0' || value.base[i] > '9')
            return false;
        number = number * 10 + (uint64_t)(value.base[i] - '0');
    }
    *length = number;
    return value.length != 0 && value.length <= LENGTH_DIGITS_MAX;
}

static bool read_known_field(struct text name, struct text value, struct fields *fields,
                             struct request_head *out)
{
    if (text_equal_ignoring_case(name, TEXT("host"))) {
        fields->hosts++;
        return request_authority_is_plain(value);
    }
    if (text_equal_ignoring_case(name, TEXT("content-length"))) {
        fields->lengths++;
        return read_length(value, &out->content_length);
    }
    if (text_equal_ignoring_case(name, TEXT("transfer-encoding"))) {
        fields->codings++;
        return text_equal_ignoring_case(value, TEXT("chunked"));
    }
    if (text_equal_ignoring_case(name, TEXT("expect")))
        out->expects_continue = true;
    return true;
}

/* A name that is a token leaves no room for a line that continues the one before (RFC 9112 section 5.2), nor
 * for white space before the colon (section 5.1). */
static bool read_field(struct text line, struct fields *fields, struct request_head *out)
{
    const char *colon = memchr(line.base, ':', line.length);
    if (colon == NULL)
        return false;
    struct text name = {line.base, (size_t)(colon - line.base)};
    struct text value = text_trim((struct text){colon + 1, line.length - name.length - 1});
    return text_is_token(name) && is_field_value(value) && read_known_field(name, value, fields, out);
}

/* RFC 9112 section 6.3: one way to say where the body ends, said once. */
static bool agree(const struct fields *fields, bool is_http_1_0, struct request_head *out)
{
    if (fields->hosts > 1 || (fields->hosts == 0 && !is_http_1_0) || fields->lengths + fields->codings > 1 ||
        (fields->codings != 0 && is_http_1_0))
        return false;
    out->body = fields->codings != 0 ? HEAD_BODY_CHUNKED : HEAD_BODY_NONE;
    if (fields->lengths != 0 && out->content_length != 0)
        out->body = HEAD_BODY_LENGTH;
    return true;
}

enum fault request_head_read(struct text head, struct request_head *out)
{
    struct fields fields = {0};
    struct text line;
    bool is_http_1_0 = false;
    *out = (struct request_head){0};
    if (!take_line(&head, &line))
        return FAULT_REQUEST_HEAD;
    TRY(read_request_line(line, &is_http_1_0));
    while (take_line(&head, &line)) {
        if (line.length == 0)
            return head.length == 0 && agree(&fields, is_http_1_0, out) ? FAULT_NONE : FAULT_REQUEST_HEAD;
        if (!read_field(line, &fields, out))
            return FAULT_REQUEST_HEAD;
    }
    return FAULT_REQUEST_HEAD;
}
