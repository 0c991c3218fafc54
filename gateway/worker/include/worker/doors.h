/* Where a gateway is reached: one row for each setting that lists addresses, which the worker serves and whose
 * sockets the supervisor keeps. The admin socket is no row: it has a path. */
#ifndef WORKER_DOORS_H
#define WORKER_DOORS_H

#include "config/documents.h"
#include "transport/request.h"

enum { WORKER_DOORS = 5 };

struct door {
    enum request_listener kind;
    bool is_tls;
    const struct text_list *addresses; /* of the settings */
};

void doors_of(const struct gateway_document *settings, struct door doors[WORKER_DOORS]);
/* Addresses at all doors together; a server has room for fewer than SERVER_LISTENERS_MAX. */
size_t doors_count_addresses(const struct gateway_document *settings);

#endif
