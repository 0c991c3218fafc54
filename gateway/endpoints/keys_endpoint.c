/* GET /jwks: the public halves of every key that may still verify something, revoked ones left out at once. */
#include <stdio.h>

#include "base/clock.h"
#include "endpoint.h"

void keys_endpoint(struct gateway *gateway, struct request *request)
{
    const struct key_snapshot *keys = key_ring_acquire(gateway->key_ring);
    int64_t now_s = clock_wall_s();
    SCOPED_BUFFER body = {0};
    bool is_first = true;
    buffer_append(&body, TEXT("{\"keys\":["));
    for (size_t i = 0; i < keys->count; i++) {
        if (key_snapshot_verifier(keys, keys->keys[i].id, now_s) == NULL)
            continue;
        if (!is_first)
            buffer_append_byte(&body, ',');
        is_first = false;
        buffer_append(&body, keys->keys[i].public_jwk);
    }
    buffer_append(&body, TEXT("]}"));
    key_ring_release(gateway->key_ring, keys);
    char cache_control[48];
    snprintf(cache_control, sizeof(cache_control), "public, max-age=%d", KEYS_MAY_BE_CACHED_S);
    endpoint_answer_open(request, "application/jwk-set+json", cache_control, buffer_text(&body));
}
