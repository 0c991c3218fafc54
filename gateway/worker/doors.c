/* The table of doors. */
#include "worker/doors.h"

#include <string.h>

void doors_of(const struct gateway_document *settings, struct door doors[WORKER_DOORS])
{
    const struct door rows[WORKER_DOORS] = {
        {REQUEST_LISTENER_PUBLIC, true, &settings->listen},
        {REQUEST_LISTENER_PUBLIC, false, &settings->plaintext_listen},
        {REQUEST_LISTENER_ADMIN_TLS, true, &settings->admin_listen},
        {REQUEST_LISTENER_RELAY, true, &settings->egress_listen},
        {REQUEST_LISTENER_MONITORING, !settings->monitoring_is_plaintext, &settings->monitoring_listen},
    };
    memcpy(doors, rows, sizeof(rows));
}

size_t doors_count_addresses(const struct gateway_document *settings)
{
    struct door doors[WORKER_DOORS];
    size_t count = 0;
    doors_of(settings, doors);
    for (size_t i = 0; i < WORKER_DOORS; i++)
        count += doors[i].addresses->count;
    return count;
}
