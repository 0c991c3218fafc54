/* Clients without a document of their own: whose client_id is the https URL of a document about themselves
 * (draft-ietf-oauth-client-id-metadata-document), or was given to them at /register (RFC 7591). A Client
 * document may stand for a class of them. What their own documents say is fetched where people are asked; here
 * is only whose they are, by their names. Pure. */
#ifndef EXCHANGE_CLIENT_CLASS_H
#define EXCHANGE_CLIENT_CLASS_H

#include "exchange/world.h"

enum { CLIENT_URL_BYTES_MAX = 512 };

/* What such a client_id may be: https, a host in lower case, a path, and no dot segments, user, query or
 * fragment. */
bool client_url_is_well_formed(struct text url);
/* "agents.example", or with a port. */
struct text client_url_host(struct text url);
/* The class of a client that its names let in: by URL, else by host, else any; and the gateway has to let the
 * host in, too. NULL: none. */
const struct client *client_class_find(const struct world *world, struct text client_id);

#endif
