/* Reading and beginning messages. A message that could be read in two ways is none. */
#include "message.h"

#include "adapter_protocol/numbers.h"
#include "channel.h"

/* A document's settings stand deeper here than where they were looked at, and may have any text in them. */
static const struct json_limits message_limits = {
    .bytes = PROTOCOL_LINE_MAX, .depth = 128, .members = 128 * 1024, .takes_nul = true};

static bool read_id(const struct json_value *id, int64_t *number)
{
    return id != NULL && id->kind == JSON_NUMBER && json_integer(id, number) && *number >= 1;
}

static bool read_call(const struct json_value *object, struct message *message)
{
    const struct json_value *id = json_member(object, TEXT("id"));
    const struct json_value *method = json_member(object, TEXT("method"));
    message->params = json_member(object, TEXT("params"));
    message->method = json_string(method);
    message->kind = id != NULL ? MESSAGE_REQUEST : MESSAGE_NOTIFICATION;
    if (message->result != NULL || message->error != NULL || !json_is_string(method))
        return false;
    return id == NULL || read_id(id, &message->id);
}

static bool read_answer(const struct json_value *object, struct message *message)
{
    message->kind = message->error != NULL ? MESSAGE_ERROR : MESSAGE_RESULT;
    if ((message->result != NULL) == (message->error != NULL))
        return false;
    const struct json_value *value = message->error != NULL ? message->error : message->result;
    return value->kind == JSON_OBJECT && read_id(json_member(object, TEXT("id")), &message->id);
}

bool message_read(struct arena *arena, struct text line, struct message *message)
{
    const struct json_value *object;
    *message = (struct message){0};
    if (json_parse(arena, line, &message_limits, &object) != FAULT_NONE || object->kind != JSON_OBJECT ||
        !text_is(json_text_of(object, "jsonrpc"), "2.0"))
        return false;
    message->result = json_member(object, TEXT("result"));
    message->error = json_member(object, TEXT("error"));
    return json_member(object, TEXT("method")) != NULL ? read_call(object, message)
                                                       : read_answer(object, message);
}

struct json_writer message_begin(struct buffer *out, int64_t id, const char *method)
{
    struct json_writer writer = json_writer_on(out);
    json_begin_object(&writer);
    json_member_text(&writer, "jsonrpc", TEXT("2.0"));
    if (id != 0)
        json_member_integer(&writer, "id", id);
    if (method != NULL)
        json_member_text(&writer, "method", text_of(method));
    return writer;
}
