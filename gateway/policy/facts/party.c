/* Kinds, attributes and risk of somebody, for facts, records, questions and cases alike. */
#include "policy/party.h"

#include <string.h>

static const struct {
    const char *type; /* in the model */
    const char *name; /* in records and cases */
} kinds[] = {[POLICY_AGENT] = {"Agent", "agent"},
             [POLICY_USER] = {"User", "user"},
             [POLICY_WORKLOAD] = {"Workload", "workload"}};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

const char *policy_party_type(enum policy_party_kind kind)
{
    return kinds[kind].type;
}

const char *policy_party_kind_name(enum policy_party_kind kind)
{
    return kinds[kind].name;
}

bool policy_party_kind_of_type(struct text type, enum policy_party_kind *kind)
{
    int i = 0;
    while (i < KINDS && !text_is(type, kinds[i].type))
        i++;
    *kind = (enum policy_party_kind)i;
    return i < KINDS;
}

bool policy_party_kind_named(struct text name, enum policy_party_kind *kind)
{
    int i = 0;
    while (i < KINDS && !text_is(name, kinds[i].name))
        i++;
    *kind = (enum policy_party_kind)i;
    return i < KINDS;
}

/* Its own attribute counts where it is a number in bounds; anything else is taken for the worst. */
int64_t policy_party_risk(const struct policy_party *party)
{
    int64_t risk = party->risk, own;
    for (size_t i = 0; i < party->attribute_count; i++) {
        if (!text_is(party->attributes[i].name, "risk"))
            continue;
        if (!text_to_int64(party->attributes[i].value, &own) || own < 0 || own > POLICY_RISK_MAX)
            own = POLICY_RISK_MAX;
        risk = own > risk ? own : risk;
    }
    return risk;
}

bool policy_attribute_join(struct arena *arena, const struct json_value *array, struct text *value)
{
    struct buffer out = buffer_in(arena, 64);
    for (const struct json_value *item = array->first; item != NULL; item = item->next) {
        struct text text = json_string(item);
        if (text.length == 0 || memchr(text.base, '\n', text.length) != NULL)
            return false;
        buffer_append(&out, item == array->first ? TEXT("") : TEXT("\n"));
        buffer_append(&out, text);
    }
    *value = buffer_text(&out);
    return true;
}

bool policy_party_read_attributes(struct arena *arena, const struct json_value *object,
                                  struct policy_party *party)
{
    if (object->kind != JSON_OBJECT || object->count > POLICY_ATTRIBUTES_MAX)
        return false;
    struct policy_attribute *attributes =
        ARENA_ARRAY(arena, struct policy_attribute, object->count + (size_t)1);
    for (const struct json_value *member = object->first; member != NULL; member = member->next) {
        struct policy_attribute *attribute = &attributes[party->attribute_count++];
        *attribute = (struct policy_attribute){member->name, json_string(member), member->kind == JSON_ARRAY};
        bool is_good = attribute->is_list ? policy_attribute_join(arena, member, &attribute->value)
                                          : json_is_string(member);
        if (!is_good)
            return false;
    }
    party->attributes = attributes;
    return true;
}
