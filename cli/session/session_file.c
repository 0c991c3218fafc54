/* Reads and writes the session; see session_file.h. */
#include "session_file.h"

#include <errno.h>
#include <string.h>

#include "private_file.h"
#include "json/json_writer.h"

enum { SESSION_BYTES_MAX = 64 * 1024 };

static const char file_name[] = "session.json";
static const struct json_limits session_limits = {.bytes = SESSION_BYTES_MAX, .depth = 4, .members = 32};

struct text session_gateway(struct text url)
{
    while (text_ends_with(url, TEXT("/")))
        url.length--;
    return url;
}

bool session_file_read(const struct invocation *invocation, struct session *session, struct text *why)
{
    struct text content;
    const struct json_value *json;
    if (!private_file_read(invocation, file_name, &content, why))
        return false;
    if (json_parse(invocation->arena, content, &session_limits, &json) != FAULT_NONE) {
        *why = arena_print(invocation->arena, "%s is no session", file_name);
        return false;
    }
    *session = (struct session){json_text_of(json, "gateway"), json_text_of(json, "access_token"),
                                json_integer_of(json, "expires_at")};
    return session->gateway.length != 0 && session->token.length != 0;
}

static struct text format(struct arena *arena, const struct session *session)
{
    struct buffer out = buffer_in(arena, session->token.length + 256); /* wiped with it */
    struct json_writer writer = json_writer_on(&out);
    json_begin_object(&writer);
    json_member_text(&writer, "gateway", session->gateway);
    json_member_integer(&writer, "expires_at", session->expires_at_s);
    json_member_text(&writer, "access_token", session->token);
    json_end_object(&writer);
    return buffer_text(&out);
}

enum exit_code session_file_write(const struct invocation *invocation, const struct session *session)
{
    if (private_file_write(invocation, file_name, format(invocation->arena, session)))
        return EXIT_CODE_FINE;
    terminal_complain(invocation->terminal, TEXT("the session cannot be kept"), text_of(strerror(errno)),
                      TEXT("it goes to $XDG_STATE_HOME/dragoman or ~/.local/state/dragoman, which must be "
                           "writable"));
    return EXIT_CODE_REFUSED;
}

void session_file_remove(const struct invocation *invocation)
{
    private_file_remove(invocation, file_name);
}
