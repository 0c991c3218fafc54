/* OAuth error bodies. */
#include "exchange/oauth_error.h"

#include "json/json_writer.h"

void oauth_error_write(struct buffer *body, const struct oauth_error *error)
{
    struct json_writer writer = json_writer_on(body);
    json_begin_object(&writer);
    json_member_text(&writer, "error", error->error);
    json_member_text(&writer, "error_description", error->description);
    json_member_text_if(&writer, "acr_values", error->acr_values);
    if (error->maximum_age_s != 0)
        json_member_integer(&writer, "max_age", error->maximum_age_s);
    if (error->interaction_uri.length != 0) {
        json_member_text(&writer, "dragoman_interaction_uri", error->interaction_uri);
        json_member_integer(&writer, "dragoman_interaction_expires_in", error->interaction_expires_s);
    }
    json_member_text(&writer, "dragoman_exchange", error->id);
    json_end_object(&writer);
}

struct text oauth_error_challenge(struct arena *arena, const struct oauth_error *error)
{
    struct buffer header = buffer_in(arena, 128);
    if (error->acr_values.length == 0 && error->maximum_age_s == 0)
        return TEXT_NONE;
    buffer_print(&header, "Bearer error=\"%.*s\"", TEXT_ARGUMENTS(error->error));
    if (error->acr_values.length != 0)
        buffer_print(&header, ", acr_values=\"%.*s\"", TEXT_ARGUMENTS(error->acr_values));
    if (error->maximum_age_s != 0)
        buffer_print(&header, ", max_age=\"%lld\"", (long long)error->maximum_age_s);
    return buffer_text(&header);
}

struct text oauth_error_quotable(struct arena *arena, struct text text)
{
    enum { BYTES_MAX = 256 };
    struct text beginning = text_beginning(text, BYTES_MAX);
    struct buffer quotable = buffer_in(arena, beginning.length + 1);
    for (size_t i = 0; i < beginning.length; i++) {
        char byte = beginning.base[i];
        bool is_allowed = byte >= ' ' && byte <= '~' && byte != '"' && byte != '\\';
        buffer_append_byte(&quotable, is_allowed ? byte : '?');
    }
    return buffer_text(&quotable);
}
