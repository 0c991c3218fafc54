/* https://www.w3.org/TR/trace-context-2/, sections 3.2 and 3.3. */
#include "runtime/trace_context.h"

#include <stdio.h>
#include <string.h>

enum { VERSION_AT = 0, ID_AT = 3, PARENT_AT = 36, FLAGS_AT = 53, LENGTH = 55 };

/* Lower case alone: "ABC" is malformed (section 3.2.2.3). */
static bool read_digits(const char *from, size_t bytes, unsigned char *out)
{
    for (size_t i = 0; i < bytes; i++) {
        unsigned value = 0;
        for (size_t j = 0; j < 2; j++) {
            char digit = from[2 * i + j];
            bool is_digit = (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f');
            if (!is_digit)
                return false;
            value = value << 4 | (unsigned)text_hexadecimal_value(digit);
        }
        out[i] = (unsigned char)value;
    }
    return true;
}

static bool has_dashes(const char *from)
{
    return from[ID_AT - 1] == '-' && from[PARENT_AT - 1] == '-' && from[FLAGS_AT - 1] == '-';
}

/* What a later version has behind the flags is left out; version 00 has nothing there (section 3.2.4). */
static bool length_fits(struct text value, unsigned char version)
{
    return value.length == LENGTH || (version != 0 && value.length > LENGTH && value.base[LENGTH] == '-');
}

static uint64_t number_of(const unsigned char *bytes)
{
    uint64_t number = 0;
    for (size_t i = 0; i < 8; i++)
        number = number << 8 | bytes[i];
    return number;
}

bool trace_context_read(struct text traceparent, struct trace_context *context)
{
    static const unsigned char nothing[TRACE_ID_BYTES];
    unsigned char version, flags, id[TRACE_ID_BYTES], parent[8];
    const char *from = traceparent.base;
    if (traceparent.length < LENGTH || !has_dashes(from) || !read_digits(from + VERSION_AT, 1, &version) ||
        !read_digits(from + ID_AT, sizeof(id), id) || !read_digits(from + PARENT_AT, sizeof(parent), parent) ||
        !read_digits(from + FLAGS_AT, 1, &flags))
        return false;
    if (version == 0xff || !length_fits(traceparent, version) || memcmp(id, nothing, sizeof(id)) == 0 ||
        number_of(parent) == 0)
        return false;
    memcpy(context->id, id, sizeof(id));
    context->parent = number_of(parent);
    context->flags = flags & (TRACE_SAMPLED | TRACE_RANDOM);
    return true;
}

void trace_context_write_id(const struct trace_context *context, char out[TRACE_ID_TEXT_SIZE])
{
    for (size_t i = 0; i < TRACE_ID_BYTES; i++)
        snprintf(out + 2 * i, 3, "%02x", context->id[i]);
}

void trace_context_write(const struct trace_context *context, uint64_t span, char out[TRACE_PARENT_SIZE])
{
    char id[TRACE_ID_TEXT_SIZE];
    trace_context_write_id(context, id);
    snprintf(out, TRACE_PARENT_SIZE, "00-%s-%016llx-%02x", id, (unsigned long long)span,
             context->flags & 0xffu);
}

/* --- tracestate, section 3.3 --- */

static bool is_key_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ||
           (byte != '\0' && strchr("_-*/@", byte) != NULL);
}

static bool is_key(struct text key)
{
    bool begins_well = key.length != 0 && key.length <= 256 && is_key_byte(key.base[0]) &&
                       strchr("_-*/@", key.base[0]) == NULL;
    for (size_t i = 0; begins_well && i < key.length; i++)
        begins_well = is_key_byte(key.base[i]);
    return begins_well;
}

static bool is_value(struct text value)
{
    if (value.length == 0 || value.length > 256)
        return false;
    for (size_t i = 0; i < value.length; i++) {
        char byte = value.base[i];
        if (byte < 0x20 || byte > 0x7e || byte == '=')
            return false;
    }
    return true;
}

static bool is_among(struct text key, const struct text *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (text_equal(keys[i], key))
            return true;
    }
    return false;
}

bool trace_state_is_plain(struct text tracestate)
{
    struct text keys[TRACE_STATE_MEMBERS_MAX];
    size_t count = 0;
    if (tracestate.length == 0 || tracestate.length > TRACE_STATE_BYTES_MAX)
        return false;
    while (tracestate.length != 0) {
        struct text value = text_trim(text_cut(&tracestate, ','));
        if (value.length == 0)
            continue; /* section 3.3.1.2: an empty member is none */
        if (memchr(value.base, '=', value.length) == NULL || count == TRACE_STATE_MEMBERS_MAX)
            return false;
        struct text key = text_cut(&value, '=');
        if (!is_key(key) || !is_value(value) || is_among(key, keys, count))
            return false;
        keys[count++] = key;
    }
    return count != 0;
}

/* Level 2 section 3.2.2.3.2: the last seven bytes are the random ones. */
bool trace_context_is_in_share(const struct trace_context *context, unsigned percent)
{
    uint64_t number = number_of(context->id + 8) & 0x00ffffffffffffff;
    return percent >= 100 || number < 0x0100000000000000 / 100 * percent;
}
