/* A key that somebody gives at the admin socket, on its way to whoever tries it. Private to endpoints/. */
#ifndef ENDPOINTS_SEAL_OFFER_H
#define ENDPOINTS_SEAL_OFFER_H

#include "endpoints/seal.h"

void seal_write(const struct seal_state *state, struct buffer *body);
/* Takes over the request, whose body is the key, and answers it once the key was tried. */
void seal_take_offer(struct seal *seal, struct request *request);

#endif
