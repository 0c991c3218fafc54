/* X-Forwarded-Client-Cert, as Envoy writes it: elements by commas, each of pairs KEY=VALUE by semicolons,
 * values quoted where they need it. By, Hash, Cert (a PEM, percent-encoded), Chain, Subject, URI, DNS. Pure. */
#ifndef TRANSPORT_FORWARDED_CERTIFICATE_H
#define TRANSPORT_FORWARDED_CERTIFICATE_H

#include "transport/client_certificate.h"

enum { FORWARDED_CERTIFICATE_BYTES_MAX = 32 * 1024 };

/* The last element, which the nearest proxy wrote about who came to it; those before are what it was sent.
 * false: it cannot be read, does not say which certificate it was (Hash or Cert), or says two different things.
 */
bool forwarded_certificate_read(struct arena *arena, struct text header,
                                struct client_certificate *certificate);

#endif
