/* Lengths are compared with what is left before anything is taken. */
#include "xdr.h"

enum { UNIT = 4 };

static size_t padding_of(size_t length)
{
    return (UNIT - length % UNIT) % UNIT;
}

void xdr_put_number(struct buffer *out, uint32_t number)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        buffer_append_byte(out, (char)(unsigned char)(number >> shift & 0xff));
}

void xdr_put_long(struct buffer *out, uint64_t number)
{
    xdr_put_number(out, (uint32_t)(number >> 32));
    xdr_put_number(out, (uint32_t)(number & UINT32_MAX));
}

void xdr_put_bytes(struct buffer *out, struct text bytes)
{
    xdr_put_number(out, (uint32_t)bytes.length);
    buffer_append(out, bytes);
    for (size_t i = padding_of(bytes.length); i > 0; i--)
        buffer_append_byte(out, '\0');
}

static struct text take(struct xdr_reader *reader, size_t length)
{
    if (reader->is_bad || length > reader->rest.length) {
        reader->is_bad = true;
        return TEXT("");
    }
    struct text taken = {reader->rest.base, length};
    reader->rest = (struct text){reader->rest.base + length, reader->rest.length - length};
    return taken;
}

uint32_t xdr_number(struct xdr_reader *reader)
{
    struct text taken = take(reader, UNIT);
    uint32_t number = 0;
    for (size_t i = 0; i < taken.length; i++)
        number = number << 8 | (unsigned char)taken.base[i];
    return number;
}

uint64_t xdr_long(struct xdr_reader *reader)
{
    uint64_t high = xdr_number(reader);
    return high << 32 | xdr_number(reader);
}

struct text xdr_bytes(struct xdr_reader *reader)
{
    size_t length = xdr_number(reader);
    struct text bytes = take(reader, length);
    (void)take(reader, padding_of(length));
    return reader->is_bad ? TEXT("") : bytes;
}

uint32_t xdr_count(struct xdr_reader *reader)
{
    uint32_t count = xdr_number(reader);
    if (count > reader->rest.length / UNIT)
        reader->is_bad = true;
    return reader->is_bad ? 0 : count;
}

struct text xdr_since(const struct xdr_reader *before, const struct xdr_reader *reader)
{
    return (struct text){before->rest.base, before->rest.length - reader->rest.length};
}
