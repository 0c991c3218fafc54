/* Values and records of them. What is wrong here is wrong in this room, never in a document or a request. */
#include "members.h"

#include "base/fault.h"

struct cedar_uid uid_of(const char *type, struct text id)
{
    return (struct cedar_uid){text_of(type), id};
}

struct cedar_value entity_of(struct arena *arena, const char *type, struct text id)
{
    struct cedar_uid *uid = ARENA_NEW(arena, struct cedar_uid);
    *uid = uid_of(type, id);
    return cedar_entity_value(uid);
}

struct members members_begin(struct arena *arena, size_t most)
{
    return (struct members){ARENA_ARRAY(arena, struct cedar_attribute, most), 0};
}

void members_add(struct members *members, const char *name, struct cedar_value value)
{
    members->items[members->count++] = (struct cedar_attribute){text_of(name), value};
}

void members_add_text(struct members *members, const char *name, struct text value)
{
    members_add(members, name, cedar_string(value));
}

void members_add_text_if(struct members *members, const char *name, struct text value)
{
    if (value.length != 0)
        members_add_text(members, name, value);
}

struct cedar_value members_end(struct arena *arena, const struct members *members)
{
    struct cedar_value value;
    INVARIANT(cedar_record_value(arena, members->items, members->count, &value));
    return value;
}

struct cedar_value scopes_of(struct arena *arena, const struct scope_set *scopes)
{
    struct cedar_value *items = ARENA_ARRAY(arena, struct cedar_value, scopes->count + 1);
    for (size_t i = 0; i < scopes->count; i++)
        items[i] = cedar_string(scopes->scopes[i]);
    return cedar_set_value(arena, items, scopes->count);
}
