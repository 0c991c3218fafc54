/* Writes a JSON tree with some members left out, replaced or added: trees are never changed in place. Pure. */
#ifndef MCP_MESSAGE_EDIT_H
#define MCP_MESSAGE_EDIT_H

#include "json/json_writer.h"

enum { MESSAGE_EDIT_DEPTH_MAX = 6 };

/* What becomes of the member at the end of this path of names, which begins at the tree's root. A member that
 * is not there yet is added behind the others where the object it belongs in is there; else nothing happens. */
struct message_edit {
    const char *path[MESSAGE_EDIT_DEPTH_MAX + 1]; /* ends with NULL */
    const struct json_value *value;               /* NULL: the member is left out */
};

/* For the value of an edit; the text is borrowed. */
struct json_value message_edit_string(struct text text);

/* The tree with these edits. */
struct text message_edit_text(struct arena *arena, const struct json_value *value,
                              const struct message_edit *edits, size_t count);

#endif
