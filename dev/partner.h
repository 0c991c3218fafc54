/* The other domain's service: resource_server.py, a program in another language that believes nothing but what
 * it verified itself. Started as a child, ended by its process id; it also ends by itself when its parent is
 * gone. */
#ifndef DEV_PARTNER_H
#define DEV_PARTNER_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/fault.h"

struct partner {
    pid_t process;
    int life_line; /* its standard input: closed with us */
    struct text url;
};

struct partner_options {
    const char *certificate_file, *key_file, *authority_file, *log_file;
    struct text gateway, audience;
};

/* Waits until it listens. The URL lives in the arena. */
MUST_USE enum fault partner_start(const struct partner_options *options, struct arena *arena,
                                  struct partner *partner);
void partner_stop(struct partner *partner);

#endif
