/* Reading templates part by part, and putting values in. */
#include "template.h"

#include <string.h>

#include "base/clock.h"
#include "base/percent.h"

struct part {
    struct text literal;
    enum template_name name; /* 0: the literal */
};

static const struct {
    const char *text;
    enum template_name name;
} names[] = {
    {"lease", TEMPLATE_LEASE},     {"root", TEMPLATE_ROOT},
    {"subject", TEMPLATE_SUBJECT}, {"client", TEMPLATE_CLIENT},
    {"scopes", TEMPLATE_SCOPES},   {"expires_at", TEMPLATE_EXPIRES_AT},
    {"id", TEMPLATE_ID},           {"expires_at_text", TEMPLATE_EXPIRES_AT_TEXT},
    {"secret", TEMPLATE_SECRET},
};

/* --- parts --- */

static const char *find_name(struct text text, enum template_name *name)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (text_is(text, names[i].text)) {
            *name = names[i].name;
            return NULL;
        }
    }
    return "a name in braces is not one of lease, root, subject, client, scopes, expires_at, expires_at_text, "
           "id and "
           "secret";
}

static size_t literal_length(struct text rest)
{
    size_t length = 0;
    while (length < rest.length && rest.base[length] != '{' && rest.base[length] != '}')
        length++;
    return length;
}

static void cut(struct text *rest, size_t length)
{
    *rest = (struct text){rest->base + length, rest->length - length};
}

/* The next part of a rest that is not empty; what is wrong, or NULL. */
static const char *next_part(struct text *rest, struct part *part)
{
    size_t length = literal_length(*rest);
    *part = (struct part){.literal = {rest->base, length}};
    if (length != 0) {
        cut(rest, length);
        return NULL;
    }
    if (rest->length >= 2 && rest->base[0] == rest->base[1]) { /* a doubled brace is one brace */
        part->literal.length = 1;
        cut(rest, 2);
        return NULL;
    }
    const char *end = memchr(rest->base, '}', rest->length);
    if (rest->base[0] == '}' || end == NULL)
        return "a brace has no other one; write {{ or }} for a brace";
    struct text name = {rest->base + 1, (size_t)(end - rest->base) - 1};
    cut(rest, name.length + 2);
    return find_name(name, &part->name);
}

const char *template_check(struct text template, unsigned allowed, unsigned *used)
{
    while (template.length != 0) {
        struct part part;
        const char *mistake = next_part(&template, &part);
        if (mistake != NULL)
            return mistake;
        if (((unsigned)part.name & ~allowed) != 0)
            return "a name in braces is not known at this point";
        *used |= (unsigned)part.name;
    }
    return NULL;
}

const char *template_check_body(const struct json_value *body, unsigned allowed, unsigned *used)
{
    const char *mistake = NULL;
    if (body->kind == JSON_STRING)
        return template_check(body->text, allowed, used);
    for (const struct json_value *value = body->first; value != NULL && mistake == NULL; value = value->next)
        mistake = template_check_body(value, allowed, used);
    return mistake;
}

/* --- values --- */

static void append_scopes(struct buffer *out, const struct template_values *values)
{
    for (size_t i = 0; i < values->scope_count; i++) {
        if (i != 0)
            buffer_append_byte(out, ' ');
        buffer_append(out, values->scopes[i]);
    }
}

static void append_time(struct buffer *out, int64_t time_s)
{
    enum { SECONDS_LENGTH = sizeof("2026-11-23T14:05:06") - 1 };
    char time[CLOCK_TEXT_SIZE];
    clock_format(time_s * 1000000, time);
    buffer_append(out, (struct text){time, SECONDS_LENGTH});
    buffer_append_byte(out, 'Z');
}

static void append_value(struct buffer *out, enum template_name name, const struct template_values *values)
{
    switch (name) {
    case TEMPLATE_LEASE:
        buffer_append(out, values->lease);
        break;
    case TEMPLATE_ROOT:
        buffer_append(out, values->root);
        break;
    case TEMPLATE_SUBJECT:
        buffer_append(out, values->subject);
        break;
    case TEMPLATE_CLIENT:
        buffer_append(out, values->client);
        break;
    case TEMPLATE_SCOPES:
        append_scopes(out, values);
        break;
    case TEMPLATE_EXPIRES_AT:
        buffer_print(out, "%lld", (long long)values->expires_at_s);
        break;
    case TEMPLATE_EXPIRES_AT_TEXT:
        append_time(out, values->expires_at_s);
        break;
    case TEMPLATE_ID:
        buffer_append(out, values->id);
        break;
    case TEMPLATE_SECRET:
        buffer_append(out, values->secret);
    }
}

void template_text(struct buffer *out, struct text template, const struct template_values *values)
{
    while (template.length != 0) {
        struct part part;
        INVARIANT(next_part(&template, &part) == NULL);
        if (part.name == 0)
            buffer_append(out, part.literal);
        else
            append_value(out, part.name, values);
    }
}

/* --- in a URL --- */

/* "." and "..", also with dots that are percent-encoded: they are unreserved, so escaping leaves them what they
 * are. */
static bool is_dots(struct text segment)
{
    size_t dots = 0;
    while (segment.length != 0) {
        if (segment.base[0] == '.')
            cut(&segment, 1);
        else if (segment.length >= 3 && text_equal_ignoring_case((struct text){segment.base, 3}, TEXT("%2e")))
            cut(&segment, 3);
        else
            return false;
        dots++;
    }
    return dots == 1 || dots == 2;
}

static bool has_dot_segment(struct text url)
{
    struct text rest = url;
    struct text path = text_cut(&rest, '?');
    while (path.length != 0) {
        if (is_dots(text_cut(&path, '/')))
            return true;
    }
    return false;
}

const char *template_url(struct buffer *out, struct text template, const struct template_values *values)
{
    size_t start = out->length;
    while (template.length != 0) {
        SCOPED_BUFFER value = {0};
        struct part part;
        INVARIANT(next_part(&template, &part) == NULL);
        if (part.name == 0) {
            buffer_append(out, part.literal);
            continue;
        }
        append_value(&value, part.name, values);
        if (value.length == 0) /* the collection would be meant instead of one in it */
            return "a value of the URL is empty";
        percent_encode(out, buffer_text(&value)); /* no value adds a segment, a query or a fragment */
    }
    struct text url = {out->base + start, out->length - start};
    return has_dot_segment(url) ? "a value would make another path of the URL" : NULL;
}

/* --- in a header --- */

const char *template_header(struct buffer *out, struct text template, const struct template_values *values)
{
    size_t start = out->length;
    template_text(out, template, values);
    for (size_t i = start; i < out->length; i++) {
        if (out->base[i] < 0x20 || out->base[i] > 0x7e)
            return "a value of a header is not plain ASCII";
    }
    return NULL;
}

/* --- in a body --- */

static void write_string(struct json_writer *writer, struct text template, const struct template_values *values)
{
    SCOPED_BUFFER text = {0};
    if (text_is(template, "{expires_at}")) {
        json_write_integer(writer, values->expires_at_s);
    } else if (text_is(template, "{scopes}")) {
        json_begin_array(writer);
        for (size_t i = 0; i < values->scope_count; i++)
            json_write_text(writer, values->scopes[i]);
        json_end_array(writer);
    } else {
        template_text(&text, template, values);
        json_write_text(writer, buffer_text(&text));
    }
}

void template_body(struct json_writer *writer, const struct json_value *body,
                   const struct template_values *values)
{
    switch (body->kind) {
    case JSON_STRING:
        write_string(writer, body->text, values);
        break;
    case JSON_OBJECT:
        json_begin_object(writer);
        for (const struct json_value *member = body->first; member != NULL; member = member->next) {
            json_name(writer, member->name);
            template_body(writer, member, values);
        }
        json_end_object(writer);
        break;
    case JSON_ARRAY:
        json_begin_array(writer);
        for (const struct json_value *element = body->first; element != NULL; element = element->next)
            template_body(writer, element, values);
        json_end_array(writer);
        break;
    default:
        json_write_value(writer, body);
    }
}
