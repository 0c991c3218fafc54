/* The collectors: each asks the part that knows. A new one is a function here and a row of the table below, or
 * a function of that part's room that takes a page. */
#include "gateway_metrics.h"

#include <string.h>

#include "adapter_host/adapter_metrics.h"
#include "exchange/exchange_metrics.h"
#include "exchange/key_schedule.h"
#include "exchange/propagation.h"
#include "readiness.h"
#include "runtime/process_metrics.h"

static void write_number(struct metrics_page *page, enum metric_family family, int64_t value)
{
    metrics_page_family(page, family);
    metrics_page_sample(page, NULL, value);
}

static void write_seconds(struct metrics_page *page, enum metric_family family, int64_t us)
{
    metrics_page_family(page, family);
    metrics_page_seconds(page, NULL, us);
}

static void collect_adapters(struct metrics_page *page, const void *context)
{
    const struct gateway *gateway = context;
    adapter_metrics_collect(page, gateway->adapter_host);
}

struct key_ages {
    int64_t oldest_s, missing;
};

static void look_at(struct key_ages *ages, const struct key_source *keys)
{
    int64_t age_s = keys == NULL ? 0 : key_source_age_s(keys);
    ages->missing += age_s < 0;
    if (age_s > ages->oldest_s)
        ages->oldest_s = age_s;
}

static void collect_keys(struct metrics_page *page, const void *context)
{
    const struct gateway *gateway = context;
    struct world *world = world_keeper_take(gateway->worlds);
    struct key_ages ages = {0};
    for (size_t i = 0; i < world->issuer_count; i++)
        look_at(&ages, world->issuers[i].keys);
    for (size_t i = 0; i < world->client_count; i++)
        look_at(&ages, world->clients[i].keys);
    world_release(world);
    write_seconds(page, FAMILY_KEYS_AGE, ages.oldest_s * 1000000);
    write_number(page, FAMILY_KEYS_MISSING, ages.missing);
}

static void collect_signing_keys(struct metrics_page *page, const void *context)
{
    const struct gateway *gateway = context;
    struct world *world = world_keeper_take(gateway->worlds);
    const struct key_snapshot *keys = key_ring_acquire(gateway->key_ring);
    int64_t first_s = 0;
    for (size_t i = 0; i < keys->count; i++) {
        int64_t at_s = key_schedule_at_s(world, keys, &keys->keys[i]);
        if (at_s != 0 && (first_s == 0 || at_s < first_s))
            first_s = at_s;
    }
    key_ring_release(gateway->key_ring, keys);
    world_release(world);
    write_seconds(page, FAMILY_SIGNING_KEY_EXPIRY, first_s * 1000000);
}

/* Of a name that is the same on every gateway with the same documents: as much as a double holds exactly. */
static int64_t hash_of(struct text documents_name)
{
    unsigned char digest[DIGEST_SIZE];
    int64_t number = 0;
    digest_sha256(documents_name, digest);
    for (size_t i = 0; i < 6; i++)
        number = number << 8 | digest[i];
    return number;
}

static void collect_documents(struct metrics_page *page, const void *context)
{
    const struct gateway *gateway = context;
    struct world *world = world_keeper_take(gateway->worlds);
    write_number(page, FAMILY_CONFIG_GENERATION, world->generation);
    write_number(page, FAMILY_CONFIG_HASH, hash_of(world->documents_name));
    world_release(world);
    write_number(page, FAMILY_CONFIG_RELOAD_SUCCESS,
                 atomic_load_explicit(&gateway->reload_refused_since_us, memory_order_relaxed) == 0);
    write_seconds(page, FAMILY_CONFIG_RELOAD_TIME, gateway->documents_read_at_us);
}

static void collect_propagation(struct metrics_page *page, const void *context)
{
    const struct gateway *gateway = context;
    write_number(page, FAMILY_KILL_EPOCH, propagation_epoch(gateway->propagation));
    write_seconds(page, FAMILY_KILLS_AGE, propagation_age_us(gateway->propagation));
}

static void collect_build(struct metrics_page *page, const void *context)
{
    const struct gateway *gateway = context;
    struct world *world = world_keeper_take(gateway->worlds);
    bool is_postgres = world->gateway->postgres_connection.length != 0;
    const struct text values[] = {TEXT(DRAGOMAN_VERSION), is_postgres ? TEXT("postgres") : TEXT("sqlite")};
    world_release(world);
    metrics_page_family(page, FAMILY_BUILD_INFO);
    metrics_page_sample(page, values, 1);
}

static void collect_readiness(struct metrics_page *page, const void *context)
{
    struct readiness readiness;
    readiness_look((struct gateway *)context, &readiness);
    write_number(page, FAMILY_READY, readiness.is_ready);
}

static metrics_collector *const collectors[] = {
    exchange_metrics_collect, collect_adapters, collect_keys,      collect_signing_keys,   collect_documents,
    collect_propagation,      collect_build,    collect_readiness, process_metrics_collect};

void gateway_metrics_write(struct gateway *gateway, bool is_open_metrics, struct buffer *out)
{
    metrics_write(out, is_open_metrics, collectors, sizeof(collectors) / sizeof(collectors[0]), gateway);
}
