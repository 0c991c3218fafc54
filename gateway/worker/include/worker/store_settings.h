/* The Gateway document's store, as the store takes it. For the worker and for dragomand migrate. */
#ifndef WORKER_STORE_SETTINGS_H
#define WORKER_STORE_SETTINGS_H

#include "config/document.h"
#include "store/store.h"

struct store_settings {
    struct store_options options; /* points into postgres, so this struct stays where it is */
    struct store_postgres_options postgres;
};

/* Texts are the document's. */
void store_settings_read(const struct gateway_document *gateway, unsigned queue_limit,
                         struct store_settings *settings);

#endif
