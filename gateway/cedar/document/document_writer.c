/* Values and responses as JSON. Reading a value that was written gives an equal one. */
#include "cedar/document.h"
#include "cedar/extension.h"

static void write_uid(const struct cedar_uid *uid, struct json_writer *writer)
{
    json_begin_object(writer);
    json_name(writer, TEXT("__entity"));
    json_begin_object(writer);
    json_member_text(writer, "type", uid->type);
    json_member_text(writer, "id", uid->id);
    json_end_object(writer);
    json_end_object(writer);
}

static void begin_extension(const char *function, struct json_writer *writer)
{
    json_begin_object(writer);
    json_name(writer, TEXT("__extn"));
    json_begin_object(writer);
    json_member_text(writer, "fn", text_of(function));
}

static void end_extension(struct json_writer *writer)
{
    json_end_object(writer);
    json_end_object(writer);
}

/* false: no string says it. */
static bool print_argument(const struct cedar_value *value, struct buffer *out)
{
    if (value->kind == CEDAR_DATETIME)
        return cedar_datetime_print(value->integer, out);
    if (value->kind == CEDAR_DECIMAL)
        cedar_decimal_print(value->integer, out);
    else if (value->kind == CEDAR_IPADDR)
        cedar_ipaddr_print(value->ipaddr, out);
    else
        cedar_duration_print(value->integer, out);
    return true;
}

static void write_call(const char *function, struct text argument, struct json_writer *writer)
{
    begin_extension(function, writer);
    json_member_text(writer, "arg", argument);
    end_extension(writer);
}

/* As so much after the epoch. */
static void write_far_datetime(int64_t milliseconds, struct json_writer *writer)
{
    SCOPED_BUFFER after = {0};
    cedar_duration_print(milliseconds, &after);
    begin_extension("offset", writer);
    json_name(writer, TEXT("args"));
    json_begin_array(writer);
    write_call("datetime", TEXT("1970-01-01"), writer);
    write_call("duration", buffer_text(&after), writer);
    json_end_array(writer);
    end_extension(writer);
}

static void write_extension(const struct cedar_value *value, struct json_writer *writer)
{
    static const char *const functions[] = {
        [CEDAR_DECIMAL] = "decimal",
        [CEDAR_IPADDR] = "ip",
        [CEDAR_DATETIME] = "datetime",
        [CEDAR_DURATION] = "duration",
    };
    SCOPED_BUFFER argument = {0};
    if (print_argument(value, &argument))
        write_call(functions[value->kind], buffer_text(&argument), writer);
    else
        write_far_datetime(value->integer, writer);
}

static void write_record(const struct cedar_record *record, struct json_writer *writer)
{
    json_begin_object(writer);
    for (size_t i = 0; i < record->count; i++) {
        json_name(writer, record->attributes[i].name);
        cedar_value_write(&record->attributes[i].value, writer);
    }
    json_end_object(writer);
}

static void write_set(const struct cedar_set *set, struct json_writer *writer)
{
    json_begin_array(writer);
    for (size_t i = 0; i < set->count; i++)
        cedar_value_write(&set->items[i], writer);
    json_end_array(writer);
}

void cedar_value_write(const struct cedar_value *value, struct json_writer *writer)
{
    switch (value->kind) {
    case CEDAR_BOOLEAN:
        json_write_boolean(writer, value->boolean);
        break;
    case CEDAR_LONG:
        json_write_integer(writer, value->integer);
        break;
    case CEDAR_STRING:
        json_write_text(writer, value->string);
        break;
    case CEDAR_ENTITY:
        write_uid(value->entity, writer);
        break;
    case CEDAR_SET:
        write_set(value->set, writer);
        break;
    case CEDAR_RECORD:
        write_record(value->record, writer);
        break;
    case CEDAR_DATETIME:
    case CEDAR_DECIMAL:
    case CEDAR_IPADDR:
    case CEDAR_DURATION:
        write_extension(value, writer);
        break;
    }
}

void cedar_response_write(const struct cedar_response *response, struct json_writer *writer)
{
    json_begin_object(writer);
    json_member_text(writer, "decision", response->is_allowed ? TEXT("allow") : TEXT("deny"));
    json_name(writer, TEXT("diagnostics"));
    json_begin_object(writer);
    json_name(writer, TEXT("reason"));
    json_begin_array(writer);
    for (size_t i = 0; i < response->reason_count; i++)
        json_write_text(writer, response->reasons[i]->id);
    json_end_array(writer);
    json_name(writer, TEXT("errors"));
    json_begin_array(writer);
    for (size_t i = 0; i < response->error_count; i++) {
        json_begin_object(writer);
        json_member_text(writer, "policyId", response->errors[i].policy->id);
        json_member_text(writer, "error", response->errors[i].sentence);
        json_end_object(writer);
    }
    json_end_array(writer);
    if (response->is_exhausted)
        json_member_boolean(writer, "exhausted", true);
    json_end_object(writer);
    json_end_object(writer);
}
