/* Bytes that grow: what the JSON writer and outbound bodies are made in. Owned by whoever holds the struct;
 * start with {0}, end with buffer_dispose. Wiped when it is freed. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "base/text.h"

struct buffer {
    char *base;
    size_t length;
    size_t capacity;
};

void buffer_append(struct buffer *buffer, struct text text);
void buffer_append_byte(struct buffer *buffer, char byte);
void buffer_print(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct text buffer_text(const struct buffer *buffer); /* borrowed until the next change */
void buffer_dispose(struct buffer *buffer);
#define SCOPED_BUFFER __attribute__((cleanup(buffer_dispose))) struct buffer

#endif
