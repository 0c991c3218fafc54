/* Keeps catalog and store alike, on one loop: what was seen is written at once, and what other gateways wrote
 * is looked for twice a second, as long as there is an MCP server at all. One thing at a time. */
#include "mcp/mcp_catalog_keeper.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "mcp_catalog_load.h"
#include "mcp_catalog_write.h"

enum { LOOK_MS = 500 };

static void work(struct mcp_catalog *catalog);

static void rest(struct mcp_catalog *catalog)
{
    loop_timer_start(catalog->loop, &catalog->timer, catalog->has_to_look_again ? 1 : LOOK_MS);
}

static void warn(const char *event, enum fault fault)
{
    LOG(LOG_WARNING, event, log_text("reason", text_of(fault_row(fault)->reason)));
}

/* -- reading */

static void read_more(struct mcp_catalog *catalog);

static void found(struct store_query *query)
{
    struct mcp_catalog *catalog = query->context;
    if (catalog->is_closed)
        return;
    enum fault fault =
        catalog_load_take(&catalog->load, &catalog->book, catalog->gateway->sealer, clock_wall_s());
    if (fault == FAULT_NONE)
        return read_more(catalog);
    warn("definitions_not_read", fault);
    catalog_load_end(&catalog->load);
    rest(catalog);
}

static void read_more(struct mcp_catalog *catalog)
{
    if (!catalog_load_next(&catalog->load)) {
        catalog_load_end(&catalog->load);
        work(catalog);
        return;
    }
    catalog->load.query.done = found;
    catalog->load.query.context = catalog;
    store_find(catalog->gateway->store, &catalog->load.query);
}

/* -- writing */

static enum flow_step_result append(struct flow *flow)
{
    struct catalog_write *write = (struct catalog_write *)((char *)flow - offsetof(struct catalog_write, flow));
    struct mcp_catalog *catalog = (struct mcp_catalog *)((char *)write - offsetof(struct mcp_catalog, write));
    FLOW_AWAIT(flow, &write->entry.wait, ledger_append(catalog->gateway->store, &write->entry));
    return FLOW_NEXT;
}

static void appended(struct flow *flow)
{
    struct catalog_write *write = (struct catalog_write *)((char *)flow - offsetof(struct catalog_write, flow));
    struct mcp_catalog *catalog = (struct mcp_catalog *)((char *)write - offsetof(struct mcp_catalog, write));
    enum fault fault = write->entry.fault;
    if (fault != FAULT_NONE && fault != FAULT_STORE_CONFLICT)
        warn("definitions_not_written", fault);
    catalog_write_end(write, &catalog->book, clock_wall_s());
    if (catalog->is_closed)
        return;
    if (fault == FAULT_NONE)
        work(catalog);
    else
        rest(catalog); /* and then it is read before it is written again */
}

static const struct flow_step write_steps[] = {FLOW_STEP(append), FLOW_STEP_LAST};

/* -- both */

static bool has_servers(struct gateway *gateway)
{
    struct world *world = world_keeper_take(gateway->worlds);
    bool has = false;
    for (size_t i = 0; i < world->target_count && !has; i++)
        has = world->targets[i].document->target.mcp.is_server;
    world_release(world);
    return has;
}

static void work(struct mcp_catalog *catalog)
{
    if (catalog_write_begin(&catalog->write, &catalog->book, catalog->gateway, clock_wall_us()))
        flow_start(&catalog->write.flow, write_steps, appended);
    else
        rest(catalog);
}

/* Reading comes first, so that what another gateway has written is not written over. */
static void look(struct mcp_catalog *catalog)
{
    catalog->has_to_look_again = false;
    if (!has_servers(catalog->gateway)) {
        rest(catalog);
        return;
    }
    catalog_load_begin(&catalog->load);
    read_more(catalog);
}

static void run_timer(struct loop_timer *timer)
{
    look((struct mcp_catalog *)((char *)timer - offsetof(struct mcp_catalog, timer)));
}

static void run_message(struct loop_message *message)
{
    struct mcp_catalog *catalog =
        (struct mcp_catalog *)((char *)message - offsetof(struct mcp_catalog, message));
    atomic_store(&catalog->is_poked, false);
    if (catalog->is_closed)
        return;
    bool is_busy = catalog->load.arena != NULL || catalog->write.arena != NULL;
    catalog->has_to_look_again = is_busy;
    if (is_busy)
        return;
    loop_timer_stop(catalog->loop, &catalog->timer);
    look(catalog);
}

void mcp_catalog_refresh(struct mcp_catalog *catalog)
{
    if (!atomic_exchange(&catalog->is_poked, true))
        loop_post(catalog->loop, &catalog->message);
}

static enum fault fill(struct mcp_catalog *catalog)
{
    struct gateway *gateway = catalog->gateway;
    struct catalog_load *load = &catalog->load;
    enum fault fault = FAULT_NONE;
    catalog_load_begin(load);
    while (fault == FAULT_NONE && catalog_load_next(load)) {
        store_find_and_wait(gateway->store, &load->query);
        fault = catalog_load_take(load, &catalog->book, gateway->sealer, clock_wall_s());
    }
    catalog_load_end(load);
    return fault;
}

enum fault mcp_catalog_create(struct gateway *gateway, struct loop *loop, struct mcp_catalog **out)
{
    struct mcp_catalog *catalog = calloc(1, sizeof(*catalog));
    INVARIANT(catalog != NULL);
    catalog->gateway = gateway;
    catalog->loop = loop;
    catalog->timer.run = run_timer;
    catalog->message.run = run_message;
    catalog_book_open(&catalog->book);
    enum fault fault = fill(catalog);
    if (fault != FAULT_NONE) {
        mcp_catalog_destroy(catalog);
        return fault;
    }
    loop_timer_start(loop, &catalog->timer, LOOK_MS);
    *out = catalog;
    return FAULT_NONE;
}

void mcp_catalog_close(struct mcp_catalog *catalog)
{
    if (catalog == NULL)
        return;
    catalog->is_closed = true;
    loop_timer_stop(catalog->loop, &catalog->timer);
}

void mcp_catalog_destroy(struct mcp_catalog *catalog)
{
    if (catalog == NULL)
        return;
    if (catalog->load.arena != NULL)
        catalog_load_end(&catalog->load);
    arena_destroy(catalog->write.arena);
    catalog_book_close(&catalog->book);
    free(catalog);
}
