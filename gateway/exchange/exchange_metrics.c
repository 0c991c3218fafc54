/* What exchanges are counted by. Every label comes from a closed set: nothing that a caller writes becomes one,
 * nor what an operator names. */
#include "exchange/exchange_metrics.h"

#include "base/clock.h"
#include "exchange.h"
#include "grant/grant.h"

/* UNKNOWN: it was refused before that was known. */
enum source_kind {
    SOURCE_UNKNOWN,
    SOURCE_OWN_TOKEN,
    SOURCE_ACCESS_TOKEN,
    SOURCE_ID_TOKEN,
    SOURCE_JWT,
    SOURCE_ID_JAG,
    SOURCE_CODE,
    SOURCE_CLIENT,
    SOURCE_COUNT
};
static const char *const source_names[SOURCE_COUNT] = {"unknown", "own_token", "access_token", "id_token",
                                                       "jwt",     "id_jag",    "code",         "client"};

static const struct {
    const char *name;
    const struct grant *grant;
} grants[] = {{"unknown", NULL},
              {"token_exchange", &token_exchange_grant},
              {"authorization_code", &authorization_code_grant},
              {"client_credentials", &client_credentials_grant},
              {"jwt_bearer", &jwt_bearer_grant}};

/* The adapter's own name, as far as it is one of ours. */
static const struct {
    const char *name, *adapter;
} targets[] = {{"unknown", NULL},  {"jwt", "jwt"}, {"api_key", "api-key"},
               {"vault", "vault"}, {"mcp", "mcp"}, {"program", NULL}};

enum {
    GRANT_COUNT = sizeof(grants) / sizeof(grants[0]),
    TARGET_COUNT = sizeof(targets) / sizeof(targets[0]),
    TARGET_PROGRAM = TARGET_COUNT - 1,
    /* A fault's row: dry runs apart, then grants, sources, targets. */
    ROW_SIZE = 2 * GRANT_COUNT * SOURCE_COUNT * TARGET_COUNT,
    TABLE_SIZE = FAULT_COUNT * ROW_SIZE,
};

static size_t grant_of(const struct exchange *x)
{
    for (size_t i = 1; i < GRANT_COUNT; i++)
        if (x->request.grant == grants[i].grant)
            return i;
    return 0;
}

static enum source_kind source_of(const struct exchange *x)
{
    const struct verified_token *token = &x->subject.token;
    if (x->is_client_alone)
        return SOURCE_CLIENT;
    if (token->issuer == NULL)
        return SOURCE_UNKNOWN;
    if (x->request.grant == &authorization_code_grant)
        return SOURCE_CODE;
    if (token->issuer->is_self)
        return SOURCE_OWN_TOKEN;
    switch (token->type) {
    case TOKEN_TYPE_ACCESS_TOKEN:
        return SOURCE_ACCESS_TOKEN;
    case TOKEN_TYPE_ID_TOKEN:
        return SOURCE_ID_TOKEN;
    case TOKEN_TYPE_ID_JAG:
        return SOURCE_ID_JAG;
    default:
        return SOURCE_JWT;
    }
}

static size_t target_of(const struct exchange *x)
{
    if (x->adapter == NULL)
        return 0;
    for (size_t i = 1; i < TARGET_PROGRAM; i++)
        if (text_is(x->adapter->name, targets[i].adapter))
            return i;
    return TARGET_PROGRAM;
}

static void observe_stages(const struct stage_clock *clock)
{
    static const enum metric_histogram histograms[] = {
        [STAGE_PARSE] = HISTOGRAM_EXCHANGE_PARSE,     [STAGE_VERIFY] = HISTOGRAM_EXCHANGE_VERIFY,
        [STAGE_POLICY] = HISTOGRAM_EXCHANGE_POLICY,   [STAGE_REPLAY] = HISTOGRAM_EXCHANGE_REPLAY,
        [STAGE_ADAPTER] = HISTOGRAM_EXCHANGE_ADAPTER, [STAGE_SIGN] = HISTOGRAM_EXCHANGE_SIGN,
        [STAGE_AUDIT] = HISTOGRAM_EXCHANGE_AUDIT,
    };
    for (unsigned stage = STAGE_PARSE; stage <= STAGE_AUDIT; stage++)
        if ((clock->entered & 1u << stage) != 0)
            metric_observe(histograms[stage], clock->spent_us[stage]);
    metric_observe(HISTOGRAM_EXCHANGE_ANSWER, clock->since_us - clock->begun_us);
}

void exchange_count_begun(struct exchange *x)
{
    x->call.flow.clock = &x->clock;
    metric_add(METRIC_EXCHANGES_IN_FLIGHT, 1);
}

void exchange_count_answered(struct exchange *x)
{
    size_t column = x->request.is_dry_run;
    column = column * GRANT_COUNT + grant_of(x);
    column = column * SOURCE_COUNT + source_of(x);
    column = column * TARGET_COUNT + target_of(x);
    metric_table_add(METRIC_TABLE_EXCHANGES, TABLE_SIZE, (size_t)x->call.fault * ROW_SIZE + column);
    stage_clock_enter(&x->clock, STAGE_NONE);
    observe_stages(&x->clock);
}

void exchange_count_ended(void)
{
    metric_add(METRIC_EXCHANGES_IN_FLIGHT, -1);
}

static const char *result_of(enum fault fault, bool is_dry_run)
{
    if (fault == FAULT_NONE)
        return is_dry_run ? "dry_run" : "granted";
    return fault_row(fault)->http_status >= 500 ? "failed" : "refused";
}

static void write_row(struct metrics_page *page, enum fault fault)
{
    int64_t counts[ROW_SIZE] = {0};
    metric_table_read(METRIC_TABLE_EXCHANGES, (size_t)fault * ROW_SIZE, ROW_SIZE, counts);
    for (size_t column = 0; column < ROW_SIZE; column++) {
        if (counts[column] == 0)
            continue;
        size_t target = column % TARGET_COUNT, source = column / TARGET_COUNT % SOURCE_COUNT;
        size_t grant = column / TARGET_COUNT / SOURCE_COUNT % GRANT_COUNT;
        const struct text values[] = {
            text_of(grants[grant].name), text_of(source_names[source]), text_of(targets[target].name),
            text_of(result_of(fault, column >= ROW_SIZE / 2)), text_of(fault_row(fault)->reason)};
        metrics_page_sample(page, values, counts[column]);
    }
}

void exchange_metrics_collect(struct metrics_page *page, const void *context)
{
    (void)context;
    metrics_page_family(page, FAMILY_EXCHANGES);
    for (int fault = 0; fault < FAULT_COUNT; fault++)
        write_row(page, (enum fault)fault);
}
