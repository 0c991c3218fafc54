/* JSON pointers (RFC 6901) into what the vendor answers. */
#ifndef VENDOR_KEY_POINTER_H
#define VENDOR_KEY_POINTER_H

#include "json/json_value.h"

bool pointer_is_well_formed(struct text pointer);
/* NULL if there is nothing. The pointer is well formed. */
const struct json_value *pointer_find(const struct json_value *value, struct text pointer);

#endif
