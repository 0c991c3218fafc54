/* Gathers documents from files and store and turns them into the current world. */
#include "exchange/world_source.h"

#include <stdlib.h>

#include "base/log.h"
#include "exchange/holdings_keeper.h"

void world_source_gather(const struct documents *file_documents, const struct store_document *stored,
                         size_t count, struct documents *documents)
{
    documents_include(documents, file_documents);
    for (size_t i = 0; i < count; i++)
        documents_read(documents, TEXT("store"), stored[i].body);
}

enum fault world_source_compile(struct documents *documents, const struct world_services *services,
                                int64_t generation, struct world **world, struct buffer *mistakes)
{
    enum fault fault = FAULT_DOCUMENT_INVALID;
    documents_check_references(documents);
    if (documents->mistake_count == 0)
        fault = world_compile(documents->arena, documents, services, generation, world);
    if (fault != FAULT_NONE)
        documents_print_mistakes(documents, mistakes);
    return fault;
}

struct reload {
    struct gateway *gateway;
    struct arena *arena; /* of the query */
    struct store_query query;
    struct store_counter generation; /* of what was found */
    struct world *world;             /* that is made of it, while every loop is given it */
    void (*done)(enum fault fault, struct store_counter generation, void *context);
    void *context;
};

static enum fault compile(const struct reload *reload, struct world **world)
{
    struct gateway *gateway = reload->gateway;
    struct documents documents;
    SCOPED_BUFFER mistakes = {0};
    if (reload->query.fault != FAULT_NONE)
        return reload->query.fault;
    struct arena *arena = arena_create();
    documents_init(&documents, arena);
    world_source_gather(gateway->file_documents, reload->query.documents, reload->query.document_count,
                        &documents);
    const struct world_services services = gateway_world_services(gateway);
    enum fault fault =
        world_source_compile(&documents, &services, reload->query.counters.generation.number, world, &mistakes);
    if (fault != FAULT_NONE) {
        LOG(LOG_ERROR, "world_not_compiled", log_text("mistakes", buffer_text(&mistakes)));
        arena_destroy(arena);
    }
    return fault;
}

static void finish(struct reload *reload, enum fault fault)
{
    reload->done(fault, reload->generation, reload->context);
    free(reload);
}

static void swapped(void *context, bool is_everywhere)
{
    struct reload *reload = context;
    if (is_everywhere) {
        holdings_keeper_follow(reload->gateway->holdings, reload->world);
        adapter_host_configure(reload->gateway->adapter_host, &reload->world->documents);
    }
    world_release(reload->world);
    finish(reload, is_everywhere ? FAULT_NONE : FAULT_STORE_UNAVAILABLE);
}

static void put_in_effect(struct reload *reload, struct world *world)
{
    holdings_keeper_compare(reload->gateway->holdings, world);
    world_retain(world);
    reload->world = world;
    world_keeper_swap(reload->gateway->worlds, world, swapped, reload);
}

static void documents_found(struct store_query *query)
{
    struct reload *reload = query->context;
    struct world *world;
    reload->generation = query->counters.generation;
    enum fault fault = reload->gateway->is_closed ? FAULT_STORE_UNAVAILABLE : compile(reload, &world);
    arena_destroy(reload->arena);
    if (fault == FAULT_NONE)
        put_in_effect(reload, world);
    else
        finish(reload, fault);
}

void world_source_reload(struct gateway *gateway,
                         void (*done)(enum fault fault, struct store_counter generation, void *context),
                         void *context)
{
    struct reload *reload = calloc(1, sizeof(*reload));
    INVARIANT(reload != NULL);
    reload->gateway = gateway;
    reload->arena = arena_create();
    reload->done = done;
    reload->context = context;
    reload->query = (struct store_query){
        .kind = STORE_QUERY_DOCUMENTS, .arena = reload->arena, .done = documents_found, .context = reload};
    store_find(gateway->store, &reload->query);
}
