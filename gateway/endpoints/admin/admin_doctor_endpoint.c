/* GET /v1/doctor of the admin API, for operators: what this gateway knows of itself and its surroundings, as
 * facts. What is good or bad about them says dragoman doctor (cli/doctor/diagnosis.c). */
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#include "admin_call.h"
#include "base/clock.h"
#include "exchange/client_class.h"
#include "exchange/propagation.h"
#include "monitoring/readiness.h"
#include "runtime/metrics.h"
#include "transport/server.h"

struct examination {
    struct admin_call call; /* first */
    int64_t asked_us;       /* monotonic */
    int64_t answer_us;      /* how long the store took */
    struct adapter_status adapters;
};

static void start_asking(struct examination *x)
{
    x->asked_us = clock_monotonic_us();
    admin_call_find(&x->call, STORE_QUERY_COUNTERS);
}

/* No answer is a finding too. */
static enum flow_step_result ask_store(struct flow *flow)
{
    struct examination *x = (struct examination *)flow;
    FLOW_AWAIT(flow, &x->call.find_wait, start_asking(x));
    x->answer_us = clock_monotonic_us() - x->asked_us;
    return FLOW_NEXT;
}

static void start_describing(struct examination *x)
{
    x->adapters.arena = x->call.arena;
    adapter_host_describe(x->call.gateway->adapter_host, &x->adapters);
}

static enum flow_step_result describe_adapters(struct flow *flow)
{
    struct examination *x = (struct examination *)flow;
    FLOW_AWAIT(flow, &x->adapters.wait, start_describing(x));
    return FLOW_NEXT;
}

static void write_state(struct json_writer *writer, struct gateway *gateway, const struct world *world)
{
    json_member_text(writer, "version", TEXT(DRAGOMAN_VERSION));
    json_member_integer(writer, "now_us", clock_wall_us());
    json_member_integer(writer, "clock_jumps", metric_read(METRIC_CLOCK_JUMPS));
    struct readiness readiness;
    readiness_look(gateway, &readiness);
    json_member_boolean(writer, "ready", readiness.is_ready);
    json_member_boolean(writer, "draining", readiness.findings[READINESS_LEAVING].state != READINESS_OK);
    json_member_boolean(writer, "reload_refused",
                        readiness.findings[READINESS_DOCUMENTS].state != READINESS_OK);
    json_name(writer, TEXT("confined"));
    json_begin_object(writer);
    json_member_boolean(writer, "wanted", world->gateway->is_confined);
    json_member_boolean(writer, "system_calls", metric_read(METRIC_CONFINED_SYSTEM_CALLS) != 0);
    json_member_boolean(writer, "files", metric_read(METRIC_CONFINED_FILES) != 0);
    json_end_object(writer);
    json_name(writer, TEXT("insecure"));
    json_begin_array(writer);
    for (size_t i = 0; i < world->gateway->insecure.count; i++)
        json_write_text(writer, world->gateway->insecure.items[i]);
    json_end_array(writer);
}

/* Of the folder, in which the file grows and its log lies beside it. */
static void write_space(struct json_writer *writer, struct arena *arena, struct text path)
{
    struct statvfs space;
    struct text folder = arena_copy(arena, path);
    char *slash = strrchr(folder.base, '/');
    if (slash != NULL)
        slash[slash == folder.base] = '\0';
    if (statvfs(slash != NULL ? folder.base : ".", &space) == 0)
        json_member_integer(writer, "free_bytes", (int64_t)(space.f_bavail * space.f_frsize));
}

static void write_store(struct json_writer *writer, const struct examination *x)
{
    const struct gateway_document *settings = x->call.world->gateway;
    bool is_postgres = settings->postgres_connection.length != 0;
    json_name(writer, TEXT("store"));
    json_begin_object(writer);
    json_member_text(writer, "kind", is_postgres ? TEXT("postgres") : TEXT("sqlite"));
    json_member_boolean(writer, "answers", x->call.find.fault == FAULT_NONE);
    json_member_integer(writer, "answer_us", x->answer_us);
    json_member_integer(writer, "kills_age_us", propagation_age_us(x->call.gateway->propagation));
    if (!is_postgres)
        write_space(writer, x->call.arena, settings->store_path);
    json_end_object(writer);
}

static void write_issuers(struct json_writer *writer, const struct world *world)
{
    json_name(writer, TEXT("issuers"));
    json_begin_array(writer);
    for (size_t i = 0; i < world->issuer_count; i++) {
        if (world->issuers[i].keys == NULL)
            continue;
        struct key_source_status status = key_source_status(world->issuers[i].keys);
        json_begin_object(writer);
        json_member_text(writer, "name", world->issuers[i].document->name);
        if (status.age_s >= 0)
            json_member_integer(writer, "keys_age_s", status.age_s);
        json_member_boolean(writer, "usable", status.is_usable);
        json_member_text(writer, "problem", text_of(status.problem));
        json_end_object(writer);
    }
    json_end_array(writer);
}

/* A name or an address, as a certificate has it: without the port and the brackets of an IPv6 address. */
static struct text host_of(struct arena *arena, struct text url)
{
    struct text rest = client_url_host(url);
    if (rest.length != 0 && rest.base[0] == '[') {
        rest = (struct text){rest.base + 1, rest.length - 1};
        return arena_copy(arena, text_cut(&rest, ']'));
    }
    return arena_copy(arena, text_cut(&rest, ':'));
}

static void write_certificate(struct json_writer *writer, const struct admin_call *call)
{
    int64_t expires_at_s = server_certificate_expiry_s(call->gateway->server);
    if (expires_at_s == 0)
        return;
    struct text host = host_of(call->arena, call->world->service_url);
    json_name(writer, TEXT("certificate"));
    json_begin_object(writer);
    json_member_integer(writer, "expires_at", expires_at_s);
    json_member_text(writer, "host", host);
    json_member_boolean(writer, "names_host", server_certificate_names(call->gateway->server, host.base));
    json_end_object(writer);
}

static void write_signing_key(struct json_writer *writer, struct text algorithm, const struct signing_key *key)
{
    json_begin_object(writer);
    json_member_text(writer, "algorithm", algorithm);
    if (key != NULL) {
        json_member_text(writer, "kid", key->id);
        json_member_integer(writer, "signs_since", key->activate_at_s);
    }
    json_end_object(writer);
}

static void write_signing_keys(struct json_writer *writer, const struct admin_call *call)
{
    const struct text_list *algorithms = &call->world->gateway->signing_algorithms;
    const struct key_snapshot *keys = key_ring_acquire(call->gateway->key_ring);
    json_name(writer, TEXT("signing_keys"));
    json_begin_array(writer);
    for (size_t i = 0; i < algorithms->count; i++)
        write_signing_key(
            writer, algorithms->items[i],
            key_snapshot_signer(keys, algorithm_parse(algorithms->items[i]), call->now_us / 1000000));
    json_end_array(writer);
    key_ring_release(call->gateway->key_ring, keys);
}

/* What is more than any machine has is no limit, which JSON has no number for. */
static void write_limit(struct json_writer *writer, const char *name, const struct rlimit *limit)
{
    if (limit->rlim_cur < INT64_MAX)
        json_member_integer(writer, name, (int64_t)limit->rlim_cur);
}

static void write_limits(struct json_writer *writer, const struct gateway_document *settings)
{
    struct rlimit files, locked;
    INVARIANT(getrlimit(RLIMIT_NOFILE, &files) == 0 && getrlimit(RLIMIT_MEMLOCK, &locked) == 0);
    json_name(writer, TEXT("limits"));
    json_begin_object(writer);
    json_member_integer(writer, "connections", settings->connections.in_all);
    write_limit(writer, "open_files", &files);
    write_limit(writer, "locked_bytes", &locked);
    json_end_object(writer);
}

static enum flow_step_result respond(struct flow *flow)
{
    struct examination *x = (struct examination *)flow;
    struct admin_call *call = &x->call;
    if (call->fault != FAULT_NONE) {
        admin_call_answer_fault(call);
        return FLOW_NEXT;
    }
    SCOPED_BUFFER body = {0};
    struct json_writer writer = json_writer_on(&body);
    json_begin_object(&writer);
    write_state(&writer, call->gateway, call->world);
    write_store(&writer, x);
    write_issuers(&writer, call->world);
    write_certificate(&writer, call);
    write_signing_keys(&writer, call);
    write_limits(&writer, call->world->gateway);
    json_end_object(&writer);
    /* The adapters are JSON already. */
    const struct text parts[] = {
        {body.base, body.length - 1}, TEXT(",\"adapters\":"), x->adapters.json, TEXT("}")};
    admin_call_answer(call, arena_join(call->arena, parts, 4));
    return FLOW_NEXT;
}

static const struct flow_step steps[] = {FLOW_STEP(ask_store),         /* waits: a query */
                                         FLOW_STEP(describe_adapters), /* waits: every loop */
                                         FLOW_STEP_ALWAYS(respond), FLOW_STEP_LAST};

void admin_doctor_endpoint(struct gateway *gateway, struct request *request)
{
    admin_call_start(gateway, request, sizeof(struct examination), steps,
                     ADMIN_RIGHT_READ | ADMIN_RIGHT_OPERATOR);
}
