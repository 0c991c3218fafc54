/* Growing bytes. Growth copies and wipes the old block: what is written here may be a token. */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/secret.h"

static void reserve(struct buffer *buffer, size_t more)
{
    if (buffer->capacity - buffer->length >= more)
        return;
    size_t capacity = buffer->capacity == 0 ? 512 : buffer->capacity;
    while (capacity - buffer->length < more)
        capacity *= 2;
    char *base = malloc(capacity);
    INVARIANT(base != NULL);
    if (buffer->length != 0)
        memcpy(base, buffer->base, buffer->length);
    if (buffer->base != NULL)
        secret_wipe(buffer->base, buffer->capacity);
    free(buffer->base);
    buffer->base = base;
    buffer->capacity = capacity;
}

void buffer_append(struct buffer *buffer, struct text text)
{
    if (text.length == 0)
        return;
    reserve(buffer, text.length);
    memcpy(buffer->base + buffer->length, text.base, text.length);
    buffer->length += text.length;
}

void buffer_append_byte(struct buffer *buffer, char byte)
{
    buffer_append(buffer, (struct text){&byte, 1});
}

void buffer_print(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    INVARIANT(length >= 0);
    reserve(buffer, (size_t)length + 1);
    va_start(arguments, format);
    vsnprintf(buffer->base + buffer->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    buffer->length += (size_t)length;
}

struct text buffer_text(const struct buffer *buffer)
{
    return (struct text){buffer->base, buffer->length};
}

void buffer_dispose(struct buffer *buffer)
{
    if (buffer->base != NULL)
        secret_wipe(buffer->base, buffer->capacity);
    free(buffer->base);
    *buffer = (struct buffer){0};
}
