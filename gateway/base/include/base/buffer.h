/* Bytes that grow: what the JSON writer and outbound bodies are made in. Owned by whoever holds the struct;
 * start with {0}, end with buffer_dispose. Wiped when it is freed. One that was made by buffer_in lies in an
 * arena and goes with that. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "base/arena.h"

struct buffer {
    char *base;
    size_t length;
    size_t capacity;
    struct arena *arena; /* NULL: from the heap */
};

/* Nothing to dispose of; its text lives as long as the arena. expected: bytes it will probably take. */
struct buffer buffer_in(struct arena *arena, size_t expected);
void buffer_append(struct buffer *buffer, struct text text);
void buffer_append_byte(struct buffer *buffer, char byte);
void buffer_print(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Room for so many more bytes, where the next byte goes; add to length what was written there. */
char *buffer_reserve(struct buffer *buffer, size_t more);
struct text buffer_text(const struct buffer *buffer); /* borrowed until the next change */
void buffer_dispose(struct buffer *buffer);
#define SCOPED_BUFFER __attribute__((cleanup(buffer_dispose))) struct buffer

#endif
