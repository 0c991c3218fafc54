/* Which call a proxy asks about, in the words of the proxies there are: pure, so that every mixture can be
 * tried. */
#ifndef ENDPOINTS_FORWARD_AUTH_CALL_H
#define ENDPOINTS_FORWARD_AUTH_CALL_H

#include "relay/relayed_call.h"

/* rest: what follows "/forward-auth/" in the path; own_method: of the request itself. nginx says
 * x-original-method with x-original-uri or x-original-url, Traefik x-forwarded-method with x-forwarded-uri;
 * Envoy uses the call's own method and appends its path. A mixture of these is CALL_UNDESCRIBED, as proxies
 * hand on headers of their clients that they do not set themselves. */
void forward_auth_describe(struct text rest, struct text own_method, const struct shown_headers *headers,
                           struct described_call *described);

#endif
