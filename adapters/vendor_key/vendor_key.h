/* The adapter "vendor-key": creates and deletes keys at a vendor's key-management API, which the target's
 * settings describe (docs/adapters/vendor-key.md). */
#ifndef VENDOR_KEY_VENDOR_KEY_H
#define VENDOR_KEY_VENDOR_KEY_H

#include "dragoman/adapter_sdk.h"

extern const struct adapter_definition vendor_key_definition;

#endif
