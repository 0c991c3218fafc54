/* JWTs: signed here, so nothing has to be asked and nothing is kept but the record. */
#ifndef ADAPTERS_JWT_ADAPTER_H
#define ADAPTERS_JWT_ADAPTER_H

#include "adapters/adapter.h"

extern const struct adapter jwt_adapter;

#endif
