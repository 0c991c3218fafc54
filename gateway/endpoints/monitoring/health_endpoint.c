/* GET /livez: the process answers. GET /startupz: this worker was ready once. GET /readyz: it can do its job.
 */
#include "base/clock.h"
#include "endpoint.h"
#include "exchange/propagation.h"
#include "readiness.h"

void live_endpoint(struct gateway *gateway, struct request *request)
{
    (void)gateway;
    trace_leave_out();
    endpoint_answer(request, 200, "application/json", "no-store", TEXT("{\"status\":\"ok\"}"));
}

void startup_endpoint(struct gateway *gateway, struct request *request)
{
    struct readiness readiness;
    trace_leave_out();
    readiness_look(gateway, &readiness);
    if (atomic_load_explicit(&gateway->has_been_ready, memory_order_relaxed))
        endpoint_answer(request, 200, "application/json", "no-store", TEXT("{\"status\":\"started\"}"));
    else
        endpoint_answer(request, 503, "application/json", "no-store", TEXT("{\"status\":\"starting\"}"));
}

static void write_finding(struct json_writer *writer, const struct readiness_finding *finding)
{
    static const char *const states[] = {"ok", "noted", "failed"};
    char since[CLOCK_TEXT_SIZE];
    clock_format(finding->since_us, since);
    json_begin_object(writer);
    json_member_text(writer, "name", text_of(finding->name));
    json_member_text(writer, "state", text_of(states[finding->state]));
    if (finding->since_us != 0)
        json_member_text(writer, "since", text_of(since));
    if (finding->state != READINESS_OK)
        json_member_text(writer, "reason", text_of(finding->reason));
    json_end_object(writer);
}

/* Reasons are for operators: whoever can reach the public listener learns none, however it asks. */
static bool is_verbose(const struct request *request)
{
    enum request_listener listener = request_listener(request);
    struct text query = request_query(request);
    return (listener == REQUEST_LISTENER_ADMIN || listener == REQUEST_LISTENER_MONITORING) &&
           (text_is(query, "verbose") || text_is(query, "verbose=true"));
}

static void write_readiness(struct json_writer *writer, struct gateway *gateway,
                            const struct readiness *readiness, bool is_verbose)
{
    const struct readiness_finding *findings = readiness->findings;
    json_begin_object(writer);
    json_member_text(writer, "status", readiness->is_ready ? TEXT("ready") : TEXT("not ready"));
    json_member_boolean(writer, "draining", findings[READINESS_LEAVING].state != READINESS_OK);
    json_member_boolean(writer, "signing_keys", findings[READINESS_SIGNING_KEYS].state == READINESS_OK);
    json_member_integer(writer, "generation", readiness->generation);
    json_member_integer(writer, "epoch", propagation_epoch(gateway->propagation));
    json_member_boolean(writer, "reload_refused", findings[READINESS_DOCUMENTS].state != READINESS_OK);
    if (is_verbose) {
        json_name(writer, TEXT("checks"));
        json_begin_array(writer);
        for (size_t i = 0; i < READINESS_CHECKS; i++)
            write_finding(writer, &findings[i]);
        json_end_array(writer);
    }
    json_end_object(writer);
}

void ready_endpoint(struct gateway *gateway, struct request *request)
{
    struct readiness readiness;
    trace_leave_out();
    readiness_look(gateway, &readiness);
    SCOPED_BUFFER body = {0};
    struct json_writer writer = json_writer_on(&body);
    write_readiness(&writer, gateway, &readiness, is_verbose(request));
    endpoint_answer(request, readiness.is_ready ? 200 : 503, "application/json", "no-store",
                    buffer_text(&body));
}
