/* The table of checks. A new one is a function here, a name in readiness.h and a row. */
#include "readiness.h"

#include <stdio.h>

#include "base/clock.h"
#include "exchange/propagation.h"
#include "runtime/metrics.h"

/* What is wrong, into finding->reason; and since when, where that is known. */
typedef void readiness_checker(struct gateway *gateway, const struct world *world,
                               struct readiness_finding *finding);

static void say(struct readiness_finding *finding, const char *reason)
{
    snprintf(finding->reason, sizeof(finding->reason), "%s", reason);
}

static void check_signing_keys(struct gateway *gateway, const struct world *world,
                               struct readiness_finding *finding)
{
    const struct key_snapshot *keys = key_ring_acquire(gateway->key_ring);
    const struct text_list *algorithms = &world->gateway->signing_algorithms;
    for (size_t i = 0; i < algorithms->count; i++)
        if (key_snapshot_signer(keys, algorithm_parse(algorithms->items[i]), clock_wall_s()) == NULL)
            snprintf(finding->reason, sizeof(finding->reason), "there is no key to sign with by %.*s",
                     TEXT_ARGUMENTS(algorithms->items[i]));
    key_ring_release(gateway->key_ring, keys);
}

static void check_leaving(struct gateway *gateway, const struct world *world, struct readiness_finding *finding)
{
    (void)world;
    finding->since_us = atomic_load_explicit(&gateway->leaving_since_us, memory_order_relaxed);
    if (finding->since_us != 0)
        say(finding, "it was told to end, or another worker has taken over; what it has begun goes on");
}

static void check_store(struct gateway *gateway, const struct world *world, struct readiness_finding *finding)
{
    int64_t age_us = propagation_age_us(gateway->propagation);
    if (age_us > world->gateway->store_ready_grace_s * 1000000)
        snprintf(finding->reason, sizeof(finding->reason),
                 "the store has not answered for %lld s, longer than spec.store.readyGrace (%lld s)",
                 (long long)(age_us / 1000000), (long long)world->gateway->store_ready_grace_s);
    finding->since_us = clock_wall_us() - age_us;
}

static void check_documents(struct gateway *gateway, const struct world *world,
                            struct readiness_finding *finding)
{
    (void)world;
    finding->since_us = atomic_load_explicit(&gateway->reload_refused_since_us, memory_order_relaxed);
    if (finding->since_us != 0)
        say(finding, "the documents have mistakes or could not be loaded; the last good ones are served");
}

static void check_adapters(struct gateway *gateway, const struct world *world,
                           struct readiness_finding *finding)
{
    (void)gateway;
    int64_t up = metric_read(METRIC_ADAPTERS_UP), wanted = 0;
    for (size_t i = 0; i < world->documents.count; i++)
        wanted += world->documents.items[i]->kind == DOCUMENT_ADAPTER &&
                  world->documents.items[i]->adapter.is_enabled;
    if (up < wanted)
        snprintf(finding->reason, sizeof(finding->reason), "%lld of %lld adapters run", (long long)up,
                 (long long)wanted);
}

static void check_issuers(struct gateway *gateway, const struct world *world, struct readiness_finding *finding)
{
    (void)gateway;
    size_t missing = 0, others = world->issuer_count - 1; /* the last one is ourselves */
    for (size_t i = 0; i < others; i++)                   /* of one that is switched off no keys are fetched */
        missing += world->issuers[i].keys != NULL && key_source_age_s(world->issuers[i].keys) < 0;
    if (missing != 0)
        snprintf(finding->reason, sizeof(finding->reason), "%zu of %zu issuers have no keys here yet", missing,
                 others);
}

static const struct {
    const char *name;
    readiness_checker *check;
    bool decides;
} checks[READINESS_CHECKS] = {
    [READINESS_SIGNING_KEYS] = {"signing_keys", check_signing_keys, true},
    [READINESS_LEAVING] = {"leaving", check_leaving, true},
    [READINESS_STORE] = {"store", check_store, true},
    [READINESS_DOCUMENTS] = {"documents", check_documents, false},
    [READINESS_ADAPTERS] = {"adapters", check_adapters, false},
    [READINESS_ISSUERS] = {"issuers", check_issuers, false},
};

void readiness_look(struct gateway *gateway, struct readiness *readiness)
{
    struct world *world = world_keeper_take(gateway->worlds);
    *readiness = (struct readiness){.is_ready = true, .generation = world->generation};
    for (size_t i = 0; i < READINESS_CHECKS; i++) {
        struct readiness_finding *finding = &readiness->findings[i];
        finding->name = checks[i].name;
        checks[i].check(gateway, world, finding);
        if (finding->reason[0] == '\0')
            finding->since_us = 0;
        else
            finding->state = checks[i].decides ? READINESS_FAILED : READINESS_NOTED;
        readiness->is_ready &= finding->state != READINESS_FAILED;
    }
    world_release(world);
    if (readiness->is_ready)
        atomic_store_explicit(&gateway->has_been_ready, true, memory_order_relaxed);
}
