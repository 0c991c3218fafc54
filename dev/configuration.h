/* The sandbox's configuration: a readable file like anybody's, written into the state directory. */
#ifndef DEV_CONFIGURATION_H
#define DEV_CONFIGURATION_H

#include <stdbool.h>

#include "base/arena.h"

#define CONFIGURATION_AUDIENCE "https://orders.partner.example"

struct configuration {
    const char *file;
    unsigned gateway_port, egress_port;
    struct text fixture_url, partner_url;
    const char *adapters; /* directory of programs, or NULL */
};

bool configuration_write(const struct configuration *configuration);

#endif
