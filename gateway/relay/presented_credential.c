/* See presented_credential.h. */
#include "relay/presented_credential.h"

struct http_stream_header presented_credential(struct arena *arena, struct text credential,
                                               const struct credential_presentation *presentation)
{
    struct text value =
        presentation->scheme.length == 0
            ? credential
            : arena_print(arena, "%.*s %.*s", TEXT_ARGUMENTS(presentation->scheme), TEXT_ARGUMENTS(credential));
    return (struct http_stream_header){
        presentation->header.length != 0 ? presentation->header : TEXT("authorization"), value};
}
