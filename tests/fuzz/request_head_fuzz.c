/* HTTP/1.1 request heads, and the checks that HTTP/2 shares. A head that is accepted is one that h2o's own
 * parser reads to its last byte, finding the same target and the same single way to end the body: what we check
 * is what is served. No part of it and nothing longer is a head too. */
#include <string.h>

#include "request_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* picohttpparser as libh2o exports it; its header is not installed. */
struct phr_header {
    const char *name;
    size_t name_len;
    const char *value;
    size_t value_len;
};
int phr_parse_request(const char *buffer, size_t length, const char **method, size_t *method_length,
                      const char **path, size_t *path_length, int *minor_version, struct phr_header *headers,
                      size_t *header_count, size_t last_length);

enum { HEADERS_MAX = 100 };

struct parsed {
    struct text method, path;
    int minor_version;
    struct phr_header headers[HEADERS_MAX];
    size_t header_count;
};

static size_t count_of(const struct parsed *parsed, const char *name, struct text *value)
{
    size_t count = 0;
    for (size_t i = 0; i < parsed->header_count; i++) {
        const struct phr_header *header = &parsed->headers[i];
        INVARIANT(header->name != NULL); /* a line that continues the one before */
        if (!text_equal_ignoring_case((struct text){header->name, header->name_len}, text_of(name)))
            continue;
        *value = (struct text){header->value, header->value_len};
        count++;
    }
    return count;
}

/* Behind a value h2o may leave white space. */
static struct text trim(struct text value)
{
    while (value.length != 0 && strchr(" \t", value.base[value.length - 1]) != NULL)
        value.length--;
    return value;
}

static void check_body(const struct parsed *parsed, const struct request_head *head)
{
    struct text length = TEXT_NONE, coding = TEXT_NONE;
    size_t lengths = count_of(parsed, "content-length", &length);
    size_t codings = count_of(parsed, "transfer-encoding", &coding);
    int64_t number = 0;
    INVARIANT(lengths + codings <= 1);
    INVARIANT((codings == 1) == (head->body == HEAD_BODY_CHUNKED));
    if (codings == 1)
        INVARIANT(text_equal_ignoring_case(trim(coding), TEXT("chunked")));
    if (lengths == 1)
        INVARIANT(text_to_int64(trim(length), &number));
    INVARIANT((uint64_t)number == head->content_length && (number != 0) == (head->body == HEAD_BODY_LENGTH));
}

static void check_accepted(struct text text, const struct request_head *head)
{
    struct parsed parsed = {.header_count = HEADERS_MAX};
    struct text host = TEXT_NONE;
    int length =
        phr_parse_request(text.base, text.length, &parsed.method.base, &parsed.method.length, &parsed.path.base,
                          &parsed.path.length, &parsed.minor_version, parsed.headers, &parsed.header_count, 0);
    if (length == -1 && memchr(text.base, '\0', text.length) == NULL) {
        size_t lines = 0;
        for (size_t i = 0; i < text.length; i++)
            lines += text.base[i] == '\n';
        INVARIANT(lines > HEADERS_MAX + 2); /* more fields than h2o takes: it answers 400 */
        return;
    }
    INVARIANT(length >= 0 && (size_t)length == text.length);
    INVARIANT(request_method_is_token(parsed.method) && request_target_is_plain(parsed.path));
    size_t hosts = count_of(&parsed, "host", &host);
    INVARIANT(hosts == 1 ? request_authority_is_plain(trim(host)) : hosts == 0 && parsed.minor_version == 0);
    check_body(&parsed, head);
}

static void check_lone(struct text value)
{
    if (request_target_is_plain(value))
        INVARIANT(value.base[0] == '/' && value.length <= HEAD_TARGET_MAX && text_is_printable(value));
    if (request_authority_is_plain(value))
        INVARIANT(text_is_printable(value) && memchr(value.base, '@', value.length) == NULL);
    if (request_method_is_token(value))
        INVARIANT(text_is_printable(value) && memchr(value.base, ' ', value.length) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct text text = {(const char *)bytes, size};
    struct request_head head, other;
    check_lone(text);
    if (request_head_read(text, &head) != FAULT_NONE)
        return 0;
    check_accepted(text, &head);
    for (size_t length = 0; length < size; length++)
        INVARIANT(request_head_read((struct text){text.base, length}, &other) != FAULT_NONE);
    return 0;
}
