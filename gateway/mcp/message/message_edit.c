/* Walks down only where an edit leads; everything beside the paths is written as it is. */
#include "message_edit.h"

#include "base/fault.h"

enum { EDITS_MAX = 16 };

/* The edits whose paths lead through the value that is being written, at this depth. */
struct active_edits {
    const struct message_edit *edits[EDITS_MAX];
    size_t count;
    unsigned depth;
};

struct json_value message_edit_string(struct text text)
{
    return (struct json_value){.kind = JSON_STRING, .text = text};
}

static bool ends_here(const struct message_edit *edit, unsigned depth)
{
    return edit->path[depth + 1] == NULL;
}

static struct active_edits below(const struct active_edits *active, struct text name)
{
    struct active_edits deeper = {.depth = active->depth + 1};
    for (size_t i = 0; i < active->count; i++)
        if (text_is(name, active->edits[i]->path[active->depth]))
            deeper.edits[deeper.count++] = active->edits[i];
    return deeper;
}

static const struct message_edit *last_word(const struct active_edits *active, unsigned depth)
{
    for (size_t i = active->count; i > 0; i--)
        if (ends_here(active->edits[i - 1], depth))
            return active->edits[i - 1];
    return NULL;
}

static void write_object(struct json_writer *writer, const struct json_value *object,
                         const struct active_edits *active);

static void write_member(struct json_writer *writer, const struct json_value *member,
                         const struct active_edits *active)
{
    struct active_edits deeper = below(active, member->name);
    const struct message_edit *edit = last_word(&deeper, active->depth);
    if (edit != NULL && edit->value == NULL)
        return;
    json_name(writer, member->name);
    if (edit != NULL)
        json_write_value(writer, edit->value);
    else if (deeper.count != 0 && member->kind == JSON_OBJECT)
        write_object(writer, member, &deeper);
    else
        json_write_value(writer, member);
}

static void write_object(struct json_writer *writer, const struct json_value *object,
                         const struct active_edits *active)
{
    json_begin_object(writer);
    for (const struct json_value *member = object->first; member != NULL; member = member->next)
        write_member(writer, member, active);
    for (size_t i = 0; i < active->count; i++) {
        const struct message_edit *edit = active->edits[i];
        struct text name = text_of(edit->path[active->depth]);
        if (!ends_here(edit, active->depth) || edit->value == NULL || json_member(object, name) != NULL)
            continue;
        json_name(writer, name);
        json_write_value(writer, edit->value);
    }
    json_end_object(writer);
}

static void write_edited(struct json_writer *writer, const struct json_value *value,
                         const struct message_edit *edits, size_t count)
{
    INVARIANT(count <= EDITS_MAX);
    struct active_edits active = {.count = count};
    for (size_t i = 0; i < count; i++)
        active.edits[i] = &edits[i];
    if (value->kind == JSON_OBJECT && count != 0)
        write_object(writer, value, &active);
    else
        json_write_value(writer, value);
}

struct text message_edit_text(struct arena *arena, const struct json_value *value,
                              const struct message_edit *edits, size_t count)
{
    struct buffer out = buffer_in(arena, 1024);
    struct json_writer writer = json_writer_on(&out);
    write_edited(&writer, value, edits, count);
    return buffer_text(&out);
}
