/* The key goes from its derivation into the socket; what held it on the way is wiped. */
#include "start_line.h"

#include <stdio.h>
#include <sys/socket.h>

#include "base/base64url.h"
#include "base/buffer.h"
#include "json/json_writer.h"

/* In the order of their descriptors. */
static void write_names(struct json_writer *writer, const char *member, const struct name_value_list *names,
                        int64_t first)
{
    json_name(writer, text_of(member));
    json_begin_object(writer);
    for (size_t i = 0; i < names->count; i++) {
        json_name(writer, names->items[i].name);
        json_write_integer(writer, first + (int64_t)i);
    }
    json_end_object(writer);
}

static void write_line(struct buffer *out, const struct program_plan *plan, const struct secret *key,
                       int first_file)
{
    SCOPED_ARENA arena = arena_create(); /* wiped */
    struct json_writer writer = json_writer_on(out);
    const struct adapter_document *document = plan->document;
    int64_t next = first_file + (int64_t)plan->files.count;
    json_begin_object(&writer);
    json_member_text(&writer, "jsonrpc", TEXT("2.0"));
    json_member_text(&writer, "method", TEXT("start"));
    json_name(&writer, TEXT("params"));
    json_begin_object(&writer);
    json_member_text(&writer, "adapter", plan->adapter);
    json_member_text(&writer, "sealing_key",
                     base64url_encode_text(arena, secret_bytes(key), secret_length(key)));
    write_names(&writer, "files", &plan->files, first_file);
    json_name(&writer, TEXT("allow_addresses"));
    json_begin_array(&writer);
    for (size_t i = 0; i < plan->allow_addresses.count; i++)
        json_write_text(&writer, plan->allow_addresses.items[i]);
    json_end_array(&writer);
    if (document->has_loopback_listener)
        json_member_integer(&writer, "listener", next++);
    if (document->sockets.count != 0)
        write_names(&writer, "sockets", &document->sockets, next);
    if (document->settings != NULL) {
        json_name(&writer, TEXT("settings"));
        json_write_value(&writer, document->settings);
    }
    json_end_object(&writer);
    json_end_object(&writer);
    buffer_append_byte(out, '\n');
}

bool start_line_send(int socket, const struct program_plan *plan, const struct programs_keys *keys,
                     int first_file, char *detail)
{
    char why[256] = "";
    SCOPED_BUFFER line = {0}; /* wiped */
    SCOPED_SECRET key = keys->derive(keys->context, plan->adapter, why);
    if (key == NULL) {
        snprintf(detail, PROGRAM_DETAIL_SIZE, "the sealing key cannot be had: %s", why);
        return false;
    }
    write_line(&line, plan, key, first_file);
    if (send(socket, line.base, line.length, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)line.length)
        return true;
    snprintf(detail, PROGRAM_DETAIL_SIZE, "its socket takes no first line: %m");
    return false;
}
