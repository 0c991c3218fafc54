/* What an adapter made, held against what was ordered. Pure. Private to this room. */
#ifndef ADAPTER_HOST_MINTING_CHECK_H
#define ADAPTER_HOST_MINTING_CHECK_H

#include "adapters/credential_order.h"
#include "protocol/manifest.h"

/* What comes of a result: WIDER is more than was ordered, BROKEN is not as the protocol says (both end the
 * adapter), FAILED is of no use. */
enum judgement { JUDGED_GOOD, JUDGED_FAILED, JUDGED_BROKEN, JUDGED_WIDER };

/* *mistake is for the log. */
enum judgement minting_check(const struct credential_order *order, const struct manifest *manifest,
                             int64_t now_s, const struct json_value *result, const char **mistake);

#endif
