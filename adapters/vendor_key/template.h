/* Templates of the settings: text with names in braces. A value is put in as its place demands, percent-encoded
 * in a URL, escaped in JSON, refused in a header where it could end one, and so is never more than a value. */
#ifndef VENDOR_KEY_TEMPLATE_H
#define VENDOR_KEY_TEMPLATE_H

#include "base/buffer.h"
#include "json/json_writer.h"

enum template_name {
    TEMPLATE_LEASE = 1,
    TEMPLATE_ROOT = 2,
    TEMPLATE_SUBJECT = 4,
    TEMPLATE_CLIENT = 8,
    TEMPLATE_SCOPES = 16,          /* a list where it is a whole text in a body, else parted by spaces */
    TEMPLATE_EXPIRES_AT = 32,      /* a number where it is a whole text in a body */
    TEMPLATE_EXPIRES_AT_TEXT = 64, /* RFC 3339 */
    TEMPLATE_ID = 128,
    TEMPLATE_SECRET = 256
};

struct template_values {
    struct text lease, root, subject, client, id, secret;
    const struct text *scopes;
    size_t scope_count;
    int64_t expires_at_s;
};

/* What is wrong, or NULL; adds the names that are used. "{{" and "}}" are braces. */
const char *template_check(struct text template, unsigned allowed, unsigned *used);
/* The same of every text in a body. */
const char *template_check_body(const struct json_value *body, unsigned allowed, unsigned *used);

/* NULL, or what keeps a value out of its place. Templates were checked. */
const char *template_url(struct buffer *out, struct text template, const struct template_values *values);
const char *template_header(struct buffer *out, struct text template, const struct template_values *values);
void template_text(struct buffer *out, struct text template, const struct template_values *values);
void template_body(struct json_writer *writer, const struct json_value *body,
                   const struct template_values *values);

#endif
