/* GET /livez: the process answers. GET /readyz: it can do its job, with the reasons if not. */
#include "base/clock.h"
#include "endpoint.h"
#include "exchange/propagation.h"
#include "gateway_metrics.h"

void live_endpoint(struct gateway *gateway, struct request *request)
{
    (void)gateway;
    trace_leave_out();
    endpoint_answer(request, 200, "application/json", "no-store", TEXT("{\"status\":\"ok\"}"));
}

static bool has_signing_keys(const struct gateway *gateway, const struct world *world)
{
    const struct key_snapshot *keys = key_ring_acquire(gateway->key_ring);
    bool has_all = true;
    for (size_t i = 0; i < world->gateway->signing_algorithms.count; i++)
        has_all &= key_snapshot_signer(keys, algorithm_parse(world->gateway->signing_algorithms.items[i]),
                                       clock_wall_s()) != NULL;
    key_ring_release(gateway->key_ring, keys);
    return has_all;
}

bool gateway_is_ready(struct gateway *gateway)
{
    struct world *world = world_keeper_take(gateway->worlds);
    bool is_ready =
        has_signing_keys(gateway, world) && !atomic_load_explicit(&gateway->is_draining, memory_order_relaxed);
    world_release(world);
    return is_ready;
}

void ready_endpoint(struct gateway *gateway, struct request *request)
{
    trace_leave_out();
    struct world *world = world_keeper_take(gateway->worlds);
    bool is_draining = atomic_load_explicit(&gateway->is_draining, memory_order_relaxed);
    bool has_keys = has_signing_keys(gateway, world);
    SCOPED_BUFFER body = {0};
    struct json_writer writer = json_writer_on(&body);
    json_begin_object(&writer);
    json_member_text(&writer, "status", has_keys && !is_draining ? TEXT("ready") : TEXT("not ready"));
    json_member_boolean(&writer, "draining", is_draining);
    json_member_boolean(&writer, "signing_keys", has_keys);
    json_member_integer(&writer, "generation", world->generation);
    json_member_integer(&writer, "epoch", propagation_epoch(gateway->propagation));
    json_member_boolean(&writer, "reload_refused",
                        atomic_load_explicit(&gateway->is_reload_refused, memory_order_relaxed));
    json_end_object(&writer);
    world_release(world);
    endpoint_answer(request, has_keys && !is_draining ? 200 : 503, "application/json", "no-store",
                    buffer_text(&body));
}
