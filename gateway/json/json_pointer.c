/* Token by token, comparing names with "~0" and "~1" in them without undoing them first. */
#include "json/json_pointer.h"

void json_pointer_append(struct buffer *pointer, struct text name)
{
    buffer_append_byte(pointer, '/');
    for (size_t i = 0; i < name.length; i++) { /* section 3 */
        if (name.base[i] == '~')
            buffer_append(pointer, TEXT("~0"));
        else if (name.base[i] == '/')
            buffer_append(pointer, TEXT("~1"));
        else
            buffer_append_byte(pointer, name.base[i]);
    }
}

bool json_pointer_is_well_formed(struct text pointer)
{
    if (pointer.length != 0 && pointer.base[0] != '/')
        return false;
    for (size_t i = 0; i < pointer.length; i++) {
        if (pointer.base[i] == '~' &&
            (i + 1 == pointer.length || (pointer.base[i + 1] != '0' && pointer.base[i + 1] != '1')))
            return false;
    }
    return true;
}

static bool is_name(struct text token, struct text name)
{
    size_t at = 0;
    for (size_t i = 0; i < token.length; i++, at++) {
        char byte = token.base[i];
        if (byte == '~')
            byte = token.base[++i] == '0' ? '~' : '/';
        if (at == name.length || name.base[at] != byte)
            return false;
    }
    return at == name.length;
}

static const struct json_value *find_member(const struct json_value *object, struct text token)
{
    const struct json_value *member = object->first;
    while (member != NULL && !is_name(token, member->name))
        member = member->next;
    return member;
}

/* Section 4: digits without leading zeros. */
static const struct json_value *find_element(const struct json_value *array, struct text token)
{
    int64_t index;
    bool is_index = token.length != 0 && token.length <= 9 && token.base[0] >= '0' && token.base[0] <= '9' &&
                    (token.length == 1 || token.base[0] != '0') && text_to_int64(token, &index);
    const struct json_value *element = is_index ? array->first : NULL;
    while (element != NULL && index-- > 0)
        element = element->next;
    return element;
}

const struct json_value *json_pointer_find(const struct json_value *value, struct text pointer)
{
    struct text rest = pointer;
    if (pointer.length == 0)
        return value;
    text_cut(&rest, '/');
    while (value != NULL && rest.base != NULL) {
        struct text token = text_cut(&rest, '/');
        if (value->kind == JSON_OBJECT)
            value = find_member(value, token);
        else
            value = value->kind == JSON_ARRAY ? find_element(value, token) : NULL;
    }
    return value;
}
