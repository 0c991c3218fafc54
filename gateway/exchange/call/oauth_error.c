/* OAuth error bodies. */
#include "exchange/oauth_error.h"

#include "json/json_writer.h"

void oauth_error_write(struct buffer *body, struct text error, struct text description, struct text id)
{
    struct json_writer writer = json_writer_on(body);
    json_begin_object(&writer);
    json_member_text(&writer, "error", error);
    json_member_text(&writer, "error_description", description);
    json_member_text(&writer, "dragoman_exchange", id);
    json_end_object(&writer);
}
