/* See message.h. Strict in what the protocol says of every message; members it does not know are let be. */
#include "protocol/message.h"

#include "adapter_protocol/numbers.h"

static const struct json_limits limits = {.bytes = PROTOCOL_LINE_MAX, .depth = 64, .members = 65536};

static struct message broken(const char *mistake)
{
    return (struct message){.kind = MESSAGE_BROKEN, .mistake = mistake};
}

static struct message read_call(const struct json_value *value, const struct json_value *method)
{
    struct message message = {.kind = MESSAGE_NOTIFICATION, .method = json_string(method)};
    const struct json_value *id = json_member(value, TEXT("id"));
    message.params = json_member(value, TEXT("params"));
    if (!json_is_string(method))
        return broken("sent a method that is no string");
    if (message.params != NULL && message.params->kind != JSON_OBJECT)
        return broken("sent params that are no object");
    if (json_member(value, TEXT("result")) != NULL || json_member(value, TEXT("error")) != NULL)
        return broken("sent a message that asks and answers at once");
    if (id == NULL)
        return message;
    message.kind = MESSAGE_REQUEST;
    if (!json_integer(id, &message.id) || message.id < 1)
        return broken("sent an id that is no whole number from 1");
    return message;
}

static struct message read_error(struct message message, const struct json_value *error)
{
    const struct json_value *data = json_member(error, TEXT("data"));
    message.kind = MESSAGE_ERROR;
    message.sentence = json_text_of(error, "message");
    message.data = data != NULL && data->kind == JSON_OBJECT ? data : NULL;
    if (error->kind != JSON_OBJECT || !json_integer(json_member(error, TEXT("code")), &message.code) ||
        !json_is_string(json_member(error, TEXT("message"))))
        return broken("answered with an error without code or message");
    return message;
}

static struct message read_answer(const struct json_value *value)
{
    const struct json_value *error = json_member(value, TEXT("error"));
    struct message message = {.kind = MESSAGE_RESULT, .result = json_member(value, TEXT("result"))};
    if (!json_integer(json_member(value, TEXT("id")), &message.id) || message.id < 1)
        return broken("sent an id that is no whole number from 1");
    if ((message.result == NULL) == (error == NULL))
        return broken("answered with neither result nor error, or with both");
    return error == NULL ? message : read_error(message, error);
}

struct message message_read(struct arena *arena, struct text line)
{
    const struct json_value *value;
    if (json_parse(arena, line, &limits, &value) != FAULT_NONE || value->kind != JSON_OBJECT)
        return broken("sent a line that is no strict JSON object");
    if (!text_is(json_text_of(value, "jsonrpc"), "2.0"))
        return broken("sent a message that is not of JSON-RPC 2.0");
    const struct json_value *method = json_member(value, TEXT("method"));
    return method != NULL ? read_call(value, method) : read_answer(value);
}
