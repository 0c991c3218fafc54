/* The key goes from the file through one derivation into the socket; what held it on the way is wiped. */
#include "start_line.h"

#include <stdio.h>
#include <sys/socket.h>

#include "base/base64url.h"
#include "base/buffer.h"
#include "keys/seal.h"
#include "json/json_writer.h"

static void write_line(struct buffer *out, const struct program_plan *plan, const struct secret *key,
                       int first_file)
{
    SCOPED_ARENA arena = arena_create(); /* wiped */
    struct json_writer writer = json_writer_on(out);
    const struct name_value_list *files = &plan->files;
    json_begin_object(&writer);
    json_member_text(&writer, "jsonrpc", TEXT("2.0"));
    json_member_text(&writer, "method", TEXT("start"));
    json_name(&writer, TEXT("params"));
    json_begin_object(&writer);
    json_member_text(&writer, "adapter", plan->adapter);
    json_member_text(&writer, "sealing_key",
                     base64url_encode_text(arena, secret_bytes(key), secret_length(key)));
    json_name(&writer, TEXT("files"));
    json_begin_object(&writer);
    for (size_t i = 0; i < files->count; i++) {
        json_name(&writer, files->items[i].name);
        json_write_integer(&writer, first_file + (int64_t)i);
    }
    json_end_object(&writer);
    json_name(&writer, TEXT("allow_addresses"));
    json_begin_array(&writer);
    for (size_t i = 0; i < plan->allow_addresses.count; i++)
        json_write_text(&writer, plan->allow_addresses.items[i]);
    json_end_array(&writer);
    if (plan->document->has_loopback_listener)
        json_member_integer(&writer, "listener", first_file + (int64_t)files->count);
    if (plan->document->settings != NULL) {
        json_name(&writer, TEXT("settings"));
        json_write_value(&writer, plan->document->settings);
    }
    json_end_object(&writer);
    json_end_object(&writer);
    buffer_append_byte(out, '\n');
}

bool start_line_send(int socket, const struct program_plan *plan, int first_file, char *detail)
{
    char why[256] = "";
    struct sealer *sealer = NULL;
    SCOPED_BUFFER line = {0}; /* wiped */
    if (sealer_open(plan->sealing_key_file, &sealer, why) != FAULT_NONE) {
        snprintf(detail, PROGRAM_DETAIL_SIZE, "the sealing key cannot be read: %s", why);
        return false;
    }
    SCOPED_SECRET key = sealer_derive(sealer, "adapter", plan->adapter);
    sealer_destroy(sealer);
    write_line(&line, plan, key, first_file);
    if (send(socket, line.base, line.length, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)line.length)
        return true;
    snprintf(detail, PROGRAM_DETAIL_SIZE, "its socket takes no first line: %m");
    return false;
}
