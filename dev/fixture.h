/* The sandbox's identity server: one TLS listener on a loop and thread of its own that plays three issuers,
 * each under its own path: corp (people), cluster (workloads) and acme (the stand-in for a reader's own
 * identity provider). */
#ifndef DEV_FIXTURE_H
#define DEV_FIXTURE_H

#include "base/fault.h"
#include "base/text.h"

struct fixture;

struct fixture_options {
    const char *certificate_file, *key_file;
    struct text gateway; /* the gateway's issuer identifier */
};

/* Listens on a port of the system's choosing; detail, at least 256 bytes, says what went wrong. */
MUST_USE enum fault fixture_start(const struct fixture_options *options, struct fixture **fixture,
                                  char *detail);
struct text fixture_url(const struct fixture *fixture); /* https://127.0.0.1:PORT */
void fixture_stop(struct fixture *fixture);

#endif
