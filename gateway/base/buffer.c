/* Growing bytes. Growth copies and wipes the old block: what is written here may be a token. */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/secret.h"

static void give_up(struct buffer *buffer)
{
    if (buffer->arena != NULL || buffer->base == NULL)
        return;
    secret_wipe(buffer->base, buffer->capacity);
    free(buffer->base);
}

static void grow(struct buffer *buffer, size_t more)
{
    size_t capacity = buffer->capacity == 0 ? 512 : buffer->capacity;
    while (capacity - buffer->length < more)
        capacity *= 2;
    char *base = buffer->arena != NULL ? arena_allocate(buffer->arena, capacity) : malloc(capacity);
    INVARIANT(base != NULL);
    if (buffer->length != 0)
        memcpy(base, buffer->base, buffer->length);
    give_up(buffer);
    buffer->base = base;
    buffer->capacity = capacity;
}

struct buffer buffer_in(struct arena *arena, size_t expected)
{
    return (struct buffer){.base = arena_allocate(arena, expected), .capacity = expected, .arena = arena};
}

char *buffer_reserve(struct buffer *buffer, size_t more)
{
    if (buffer->capacity - buffer->length < more)
        grow(buffer, more);
    return buffer->base + buffer->length;
}

void buffer_append(struct buffer *buffer, struct text text)
{
    if (text.length == 0)
        return;
    memcpy(buffer_reserve(buffer, text.length), text.base, text.length);
    buffer->length += text.length;
}

void buffer_append_byte(struct buffer *buffer, char byte)
{
    *buffer_reserve(buffer, 1) = byte;
    buffer->length++;
}

void buffer_print(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    INVARIANT(length >= 0);
    char *end = buffer_reserve(buffer, (size_t)length + 1);
    va_start(arguments, format);
    vsnprintf(end, (size_t)length + 1, format, arguments);
    va_end(arguments);
    buffer->length += (size_t)length;
}

struct text buffer_text(const struct buffer *buffer)
{
    return (struct text){buffer->base, buffer->length};
}

void buffer_dispose(struct buffer *buffer)
{
    give_up(buffer);
    *buffer = (struct buffer){0};
}
