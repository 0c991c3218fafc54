/* Authorization details. Whatever may be carried on could have been asked for, so that no chain of exchanges
 * makes a token grow. */
#include "policy/authorization_details.h"

#include "json/json_writer.h"

/* Two objects of n members in opposite orders cost n * n comparisons: bounded here for all of them. */
static const struct json_limits limits = {
    .bytes = AUTHORIZATION_DETAILS_BYTES_MAX, .depth = 8, .members = 1024};

static bool is_list_of_texts(const struct json_value *value)
{
    if (value->kind != JSON_ARRAY)
        return false;
    for (const struct json_value *item = value->first; item != NULL; item = item->next)
        if (!json_is_string(item))
            return false;
    return true;
}

/* RFC 9396 section 2.2 gives these to all types; others are the type's own. */
static bool is_well_formed(const struct json_value *element)
{
    static const struct text lists[] = {TEXT("locations"), TEXT("actions"), TEXT("datatypes"),
                                        TEXT("privileges")};
    struct text type = json_text_of(element, "type");
    const struct json_value *identifier = json_member(element, TEXT("identifier"));
    if (element->kind != JSON_OBJECT || type.length == 0 || type.length > AUTHORIZATION_TYPE_BYTES_MAX ||
        !text_is_printable(type) || (identifier != NULL && !json_is_string(identifier)))
        return false;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        const struct json_value *list = json_member(element, lists[i]);
        if (list != NULL && !is_list_of_texts(list))
            return false;
    }
    return true;
}

/* What a claim carries has come without the bound of the parameter. */
static bool fits(const struct json_value *details)
{
    SCOPED_BUFFER written = {0};
    struct json_writer writer = json_writer_on(&written);
    json_write_value(&writer, details);
    return written.length <= AUTHORIZATION_DETAILS_BYTES_MAX;
}

bool authorization_details_are_well_formed(const struct json_value *details)
{
    if (details->kind != JSON_ARRAY || details->count > AUTHORIZATION_DETAILS_MAX)
        return false;
    for (const struct json_value *element = details->first; element != NULL; element = element->next)
        if (!is_well_formed(element))
            return false;
    return fits(details);
}

enum fault authorization_details_read(struct arena *arena, struct text text, const struct json_value **details)
{
    const struct json_value *value;
    *details = NULL;
    /* An empty array asks for nothing, which leaving the parameter out does too, with another result. */
    if (json_parse(arena, text, &limits, &value) != FAULT_NONE || value->count == 0 ||
        !authorization_details_are_well_formed(value))
        return FAULT_AUTHORIZATION_DETAILS_INVALID;
    *details = value;
    return FAULT_NONE;
}

static bool is_of(const struct json_value *element, const struct text *types, size_t count)
{
    struct text type = json_text_of(element, "type");
    for (size_t i = 0; i < count; i++)
        if (text_equal(type, types[i]))
            return true;
    return false;
}

struct text authorization_details_not_offered(const struct json_value *details, const struct text *types,
                                              size_t count)
{
    for (const struct json_value *element = details->first; element != NULL; element = element->next)
        if (!is_of(element, types, count))
            return json_text_of(element, "type");
    return TEXT_NONE;
}

static bool is_among(const struct json_value *element, const struct json_value *held)
{
    for (const struct json_value *one = held == NULL ? NULL : held->first; one != NULL; one = one->next)
        if (json_equal(element, one))
            return true;
    return false;
}

struct text authorization_details_not_held(const struct json_value *details, const struct json_value *held)
{
    for (const struct json_value *element = details->first; element != NULL; element = element->next)
        if (!is_among(element, held))
            return json_text_of(element, "type");
    return TEXT_NONE;
}

const struct json_value *authorization_details_of_types(struct arena *arena, const struct json_value *details,
                                                        const struct text *types, size_t count)
{
    struct json_value *array = ARENA_NEW(arena, struct json_value);
    const struct json_value **end = &array->first;
    array->kind = JSON_ARRAY;
    for (const struct json_value *element = details->first; element != NULL; element = element->next) {
        if (!is_of(element, types, count))
            continue;
        struct json_value *kept = ARENA_NEW(arena, struct json_value);
        *kept = *element;
        kept->next = NULL;
        *end = kept;
        end = &kept->next;
        array->count++;
    }
    return array->count == 0 ? NULL : array;
}
