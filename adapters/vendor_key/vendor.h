/* The vendor's API: one request, and what its answer means. */
#ifndef VENDOR_KEY_VENDOR_H
#define VENDOR_KEY_VENDOR_H

#include "description.h"
#include "template.h"

enum { VENDOR_FOUND_MAX = 64 };

struct vendor_key {
    struct text key, id;
    int64_t expires_at_s; /* 0: not said */
};
struct vendor_found {
    struct text ids[VENDOR_FOUND_MAX];
    size_t count;
};

MUST_USE enum adapter_outcome vendor_create(struct adapter_call *call,
                                            const struct vendor_description *description,
                                            const struct template_values *values, struct vendor_key *made);
/* Also where it was gone already. */
MUST_USE enum adapter_outcome vendor_delete(struct adapter_call *call,
                                            const struct vendor_description *description,
                                            const struct template_values *values);
/* The ids of what was made for the lease of values. */
MUST_USE enum adapter_outcome vendor_find(struct adapter_call *call,
                                          const struct vendor_description *description,
                                          const struct template_values *values, struct vendor_found *found);

#endif
