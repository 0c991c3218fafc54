/* Extension values in JSON: {"fn": "ip", "arg": "::1"}, and {"fn": "offset", "args": [a datetime, a duration]},
 * which is how Cedar writes the datetimes that no string can. */
#include "cedar/extension.h"
#include "document_value.h"

struct constructor {
    const char *name;
    enum cedar_kind kind;
};

static bool constructor_of(struct text name, enum cedar_kind *kind)
{
    static const struct constructor constructors[] = {
        {"decimal", CEDAR_DECIMAL},
        {"ip", CEDAR_IPADDR},
        {"datetime", CEDAR_DATETIME},
        {"duration", CEDAR_DURATION},
    };
    for (size_t i = 0; i < sizeof(constructors) / sizeof(constructors[0]); i++)
        if (text_is(name, constructors[i].name)) {
            *kind = constructors[i].kind;
            return true;
        }
    return false;
}

enum fault document_extension_of(const struct document_reading *reading, const struct document_place *place,
                                 enum cedar_kind kind, const struct json_value *argument,
                                 struct cedar_value *value)
{
    if (!json_is_string(argument))
        return document_refuse(reading, place, "a string is expected, there is %s.", document_kind(argument));
    if (!cedar_extension_parse(reading->arena, kind, argument->text, value))
        return document_refuse(reading, place, "%s is no %s.", document_shown(reading, argument->text),
                               cedar_kind_name(kind));
    return FAULT_NONE;
}

static enum fault read_operand(const struct document_reading *reading, const struct document_place *place,
                               const struct json_value *json, size_t index, enum cedar_kind kind,
                               struct cedar_value *value)
{
    struct document_place here = {.outer = place, .index = index};
    TRY(document_value(reading, &here, json, NULL, value));
    if (value->kind != kind)
        return document_refuse(reading, &here, "a %s is expected, there is a %s.", cedar_kind_name(kind),
                               cedar_kind_name(value->kind));
    return FAULT_NONE;
}

static enum fault read_offset(const struct document_reading *reading, const struct document_place *place,
                              const struct json_value *arguments, struct cedar_value *value)
{
    struct document_place here = {.outer = place, .name = TEXT("args")};
    struct cedar_value datetime, duration;
    if (arguments == NULL || arguments->kind != JSON_ARRAY || arguments->count != 2)
        return document_refuse(reading, &here, "offset takes an array of a datetime and a duration.");
    TRY(read_operand(reading, &here, arguments->first, 0, CEDAR_DATETIME, &datetime));
    TRY(read_operand(reading, &here, arguments->first->next, 1, CEDAR_DURATION, &duration));
    value->kind = CEDAR_DATETIME;
    if (!cedar_datetime_offset(datetime.integer, duration.integer, &value->integer))
        return document_refuse(reading, &here, "the datetime does not fit 64 bits.");
    return FAULT_NONE;
}

enum fault document_extension(const struct document_reading *reading, const struct document_place *place,
                              const struct json_value *json, struct cedar_value *value)
{
    static const char *const names[] = {"fn", "arg", "args"};
    const struct json_value *function = json_member(json, TEXT("fn"));
    const struct json_value *argument = json_member(json, TEXT("arg"));
    const struct json_value *arguments = json_member(json, TEXT("args"));
    if (!json_is_string(function))
        return document_refuse(reading, place, "an extension value is an object with fn and arg.");
    TRY(document_members_known(reading, place, json, names, 3));
    if (argument != NULL && arguments != NULL)
        return document_refuse(reading, place, "there is arg and args; write one of them.");
    if (text_is(function->text, "offset"))
        return read_offset(reading, place, arguments, value);
    enum cedar_kind kind;
    struct document_place fn = {.outer = place, .name = TEXT("fn")};
    if (!constructor_of(function->text, &kind))
        return document_refuse(reading, &fn,
                               "an extension value is made by decimal, ip, datetime or duration, "
                               "or by offset.");
    struct document_place here = {.outer = place, .name = arguments != NULL ? TEXT("args") : TEXT("arg")};
    if (arguments != NULL && (arguments->kind != JSON_ARRAY || arguments->count != 1))
        return document_refuse(reading, &here, "%s takes one argument.",
                               document_shown(reading, function->text));
    return document_extension_of(reading, &here, kind, arguments != NULL ? arguments->first : argument, value);
}
