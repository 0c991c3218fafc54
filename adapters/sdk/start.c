/* Reads the start line (adapters/PROTOCOL.md, "How it is started"). The key goes into locked memory at once,
 * and every other copy is wiped: the line by the channel, the parsed one with its arena. */
#include "start.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/base64url.h"

enum { KEY_SIZE = 32, CA_BYTES_MAX = 1024 * 1024, ADDRESSES_MAX = 1024, DESCRIPTOR_MAX = 1024 };

static bool read_key(struct adapter_program *program, const struct json_value *params)
{
    struct text encoded = json_text_of(params, "sealing_key");
    unsigned char key[KEY_SIZE];
    size_t length;
    bool is_key = encoded.length == BASE64URL_ENCODED_LENGTH(KEY_SIZE) &&
                  base64url_decode(encoded, key, &length) && length == KEY_SIZE;
    if (is_key)
        program->sealer = sealer_create(secret_create(key, sizeof(key)));
    secret_wipe(key, sizeof(key));
    return is_key;
}

/* A document may name none: then the member may be missing. */
static bool read_addresses(struct adapter_program *program, const struct json_value *params)
{
    const struct json_value *list = json_member(params, TEXT("allow_addresses"));
    size_t count = 0, bad;
    if (list != NULL && (list->kind != JSON_ARRAY || list->count > ADDRESSES_MAX))
        return false;
    struct text *ranges = ARENA_ARRAY(program->arena, struct text, (list != NULL ? list->count : 0) + 1);
    for (const struct json_value *range = list != NULL ? list->first : NULL; range != NULL;
         range = range->next) {
        if (!json_is_string(range))
            return false;
        ranges[count++] = json_string(range);
    }
    return address_guard_create(program->arena, ranges, count, &program->guard, &bad) == FAULT_NONE;
}

static bool is_descriptor(const struct adapter_program *program, const struct json_value *value)
{
    int64_t descriptor;
    return value->kind == JSON_NUMBER && json_integer(value, &descriptor) &&
           descriptor > program->channel.descriptor && descriptor <= DESCRIPTOR_MAX;
}

/* The names and numbers, copied out of the line. */
static bool read_descriptors(const struct adapter_program *program, const struct json_value *params,
                             const char *member, const struct json_value **read)
{
    const struct json_value *descriptors = json_member(params, text_of(member));
    if (descriptors == NULL)
        return true;
    if (descriptors->kind != JSON_OBJECT)
        return false;
    for (const struct json_value *one = descriptors->first; one != NULL; one = one->next) {
        if (!is_descriptor(program, one))
            return false;
    }
    *read = json_copy(program->arena, descriptors);
    return true;
}

static bool read_listener(struct adapter_program *program, const struct json_value *params)
{
    const struct json_value *listener = json_member(params, TEXT("listener"));
    if (listener == NULL)
        return true;
    program->listener = (int)json_integer_of(params, "listener");
    return is_descriptor(program, listener);
}

static bool read_settings(struct adapter_program *program, const struct json_value *params)
{
    const struct json_value *settings = json_member(params, TEXT("settings"));
    if (settings == NULL)
        return true;
    program->settings = json_copy(program->arena, settings);
    return settings->kind == JSON_OBJECT;
}

/* Read once, as it is needed for every request. */
static bool read_ca(struct adapter_program *program)
{
    int64_t descriptor;
    if (!json_integer(json_member(program->files, TEXT("ca")), &descriptor))
        return true;
    char *bytes = arena_allocate(program->arena, CA_BYTES_MAX);
    size_t length = 0;
    ssize_t got;
    do {
        got = pread((int)descriptor, bytes + length, CA_BYTES_MAX - length, (off_t)length);
        if (got > 0)
            length += (size_t)got;
    } while (got > 0 || (got < 0 && errno == EINTR));
    program->ca = (struct text){bytes, length};
    return got == 0 && length != 0 && length < CA_BYTES_MAX;
}

bool start_read(struct adapter_program *program, struct text line, const char **mistake)
{
    SCOPED_ARENA arena = arena_create();
    struct message message;
    *mistake = NULL;
    if (!message_read(arena, line, &message) || message.kind != MESSAGE_NOTIFICATION ||
        !text_is(message.method, "start"))
        *mistake = "the first line is not start";
    else if (!read_key(program, message.params))
        *mistake = "start has no sealing_key of 32 bytes";
    else if (!read_addresses(program, message.params))
        *mistake = "allow_addresses of start is not a list of address ranges";
    else if (!read_descriptors(program, message.params, "files", &program->files))
        *mistake = "files of start are not descriptors";
    else if (!read_descriptors(program, message.params, "sockets", &program->sockets))
        *mistake = "sockets of start are not descriptors";
    else if (!read_listener(program, message.params))
        *mistake = "listener of start is no descriptor";
    else if (!read_settings(program, message.params))
        *mistake = "settings of start are no object";
    else if (!read_ca(program))
        *mistake = "the file ca cannot be read, is empty or is larger than 1 MiB";
    return *mistake == NULL;
}
