/* A credential as the header of a request in which it is shown. Pure. */
#ifndef RELAY_PRESENTED_CREDENTIAL_H
#define RELAY_PRESENTED_CREDENTIAL_H

#include "adapters/adapter.h"
#include "runtime/http_stream.h"

/* In authorization, where nothing else is said. Texts are the arena's or the arguments'. */
struct http_stream_header presented_credential(struct arena *arena, struct text credential,
                                               const struct credential_presentation *presentation);

#endif
