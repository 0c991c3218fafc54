/* Writes JSON into a buffer. Commas and escaping are the writer's business; strings are expected to be UTF-8
 * and any byte that is not is written as U+FFFD. Output has no white space, so equal calls give equal bytes. */
#ifndef JSON_JSON_WRITER_H
#define JSON_JSON_WRITER_H

#include <stdint.h>

#include "base/buffer.h"
#include "json/json_value.h"

struct json_writer {
    struct buffer *out;
    unsigned depth;
    bool needs_comma; /* before the next element of the innermost array or object */
    bool after_name;
};

struct json_writer json_writer_on(struct buffer *out);
void json_begin_object(struct json_writer *writer);
void json_end_object(struct json_writer *writer);
void json_begin_array(struct json_writer *writer);
void json_end_array(struct json_writer *writer);
void json_name(struct json_writer *writer, struct text name);
void json_write_text(struct json_writer *writer, struct text value);
void json_write_integer(struct json_writer *writer, int64_t value);
void json_write_boolean(struct json_writer *writer, bool value);
void json_write_null(struct json_writer *writer);
void json_write_value(struct json_writer *writer,
                      const struct json_value *value); /* a whole tree, in its order */
/* A member in one call; the name is one of this program's own, with nothing to escape. The _if form writes
 * nothing for TEXT_NONE (base NULL). */
void json_write_member(struct json_writer *writer, struct text name, struct text value);
void json_member_integer(struct json_writer *writer, const char *name, int64_t value);
void json_member_boolean(struct json_writer *writer, const char *name, bool value);

/* Here, so that the length of a literal is known when this is compiled. */
static inline void json_member_text(struct json_writer *writer, const char *name, struct text value)
{
    json_write_member(writer, (struct text){name, __builtin_strlen(name)}, value);
}
static inline void json_member_text_if(struct json_writer *writer, const char *name, struct text value)
{
    if (value.base != NULL)
        json_member_text(writer, name, value);
}

#endif
