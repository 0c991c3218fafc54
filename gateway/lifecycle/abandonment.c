/* An adapter that was killed, or too slow, may have sent a request that its vendor serves later than ours to
 * delete what came of it. spec.leases.pendingFor is how long making something may take. */
#include "abandonment.h"

int64_t abandonment_look_again_at_s(const struct store_lease *lease, int64_t now_s, int64_t pending_s)
{
    bool is_seen = lease->handle.length != 0 || lease->fingerprint.length != 0;
    int64_t made_until_s = lease->issued_at_us / 1000000 + pending_s;
    return is_seen || now_s >= made_until_s || now_s >= lease->expires_at_s ? 0 : made_until_s;
}
