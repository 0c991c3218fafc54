/* GET /metrics: Prometheus text 0.0.4, or OpenMetrics for who accepts that, as Prometheus does. */
#include "endpoint.h"
#include "gateway_metrics.h"

enum { METRICS_BYTES = 32 * 1024 };

/* A media type with "q=0" is refused (RFC 9110 section 12.4.2); other weights are not compared: who names it,
 * reads it. */
static bool accepts_open_metrics(struct text accept)
{
    while (accept.length != 0) {
        struct text range = text_cut(&accept, ',');
        struct text type = text_cut(&range, ';');
        bool is_it = text_equal_ignoring_case(text_trim(type), TEXT("application/openmetrics-text"));
        while (is_it && range.length != 0) {
            struct text parameter = text_trim(text_cut(&range, ';'));
            is_it = !text_is(parameter, "q=0") && !text_is(parameter, "q=0.0");
        }
        if (is_it)
            return true;
    }
    return false;
}

void metrics_endpoint(struct gateway *gateway, struct request *request)
{
    trace_leave_out();
    bool is_open_metrics = accepts_open_metrics(request_header(request, "accept", 0));
    SCOPED_BUFFER body = {0};
    buffer_reserve(&body, METRICS_BYTES);
    gateway_metrics_write(gateway, is_open_metrics, &body);
    endpoint_answer(request, 200,
                    is_open_metrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                    : "text/plain; version=0.0.4; charset=utf-8",
                    "no-store", buffer_text(&body));
}
