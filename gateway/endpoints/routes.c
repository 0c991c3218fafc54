/* The table of endpoints. */
#include "endpoints/routes.h"

#include "authorization/authorization.h"
#include "base/clock.h"
#include "base/random.h"
#include "endpoint.h"
#include "exchange/oauth_error.h"
#include "mcp/mcp.h"
#include "relay/egress.h"
#include "runtime/metrics.h"
#include "runtime/trace.h"

/* Who is answered where a browser says that another site's page is behind it (is_from_other_site). */
enum other_sites {
    SITES_NONE,
    SITES_FOLLOWED, /* people who come from there, as readers of a whole page */
    SITES_ALL,
};

struct route {
    enum request_listener listener;
    const char *path;
    bool is_prefix;      /* the path and everything below it */
    const char *methods; /* NULL: any */
    endpoint_handler *handle;
    enum other_sites sites;
};

static const struct route routes[] = {
    {REQUEST_LISTENER_PUBLIC, "/token", false, "POST", token_endpoint},
    {REQUEST_LISTENER_PUBLIC, "/introspect", false, "POST", introspection_endpoint},
    {REQUEST_LISTENER_PUBLIC, "/revoke", false, "POST", revocation_endpoint},
    {REQUEST_LISTENER_PUBLIC, "/forward-auth", true, NULL, forward_auth_endpoint, SITES_ALL},
    {REQUEST_LISTENER_PUBLIC, "/targets", false, "GET, POST", targets_endpoint},
    {REQUEST_LISTENER_PUBLIC, "/access/v1/evaluation", false, "POST", evaluation_endpoint},
    {REQUEST_LISTENER_PUBLIC, "/authorize", false, "GET, POST", authorize_page, SITES_FOLLOWED},
    {REQUEST_LISTENER_PUBLIC, "/register", false, "POST", registration_endpoint},
    {REQUEST_LISTENER_PUBLIC, "/connect/callback", true, "GET", connect_callback, SITES_FOLLOWED},
    {REQUEST_LISTENER_PUBLIC, "/connect", true, "GET, POST", connect_page, SITES_FOLLOWED},
    {REQUEST_LISTENER_PUBLIC, "/consent", false, "GET, POST", consent_page, SITES_FOLLOWED},
    {REQUEST_LISTENER_PUBLIC, "/connections", false, "GET", connections_page, SITES_FOLLOWED},
    {REQUEST_LISTENER_PUBLIC, "/connections/disconnect", false, "POST", disconnect_page, SITES_FOLLOWED},
    {REQUEST_LISTENER_PUBLIC, "/login/callback", true, "GET", login_callback, SITES_FOLLOWED},
    {REQUEST_LISTENER_PUBLIC, "/login", true, "GET", login_page, SITES_FOLLOWED},
    {REQUEST_LISTENER_PUBLIC, "/logout", false, "POST", logout_page, SITES_FOLLOWED},
    {REQUEST_LISTENER_PUBLIC, "/jwks", false, "GET, HEAD", keys_endpoint, SITES_ALL},
    {REQUEST_LISTENER_PUBLIC, "/.well-known/oauth-authorization-server", true, "GET, HEAD", metadata_endpoint,
     SITES_ALL},
    {REQUEST_LISTENER_PUBLIC, "/.well-known/authzen-configuration", true, "GET, HEAD",
     authzen_metadata_endpoint, SITES_ALL},
    {REQUEST_LISTENER_PUBLIC, "/.well-known/openid-configuration", false, "GET, HEAD", metadata_endpoint,
     SITES_ALL},
    {REQUEST_LISTENER_PUBLIC, "/livez", false, "GET, HEAD", live_endpoint, SITES_ALL},
    {REQUEST_LISTENER_PUBLIC, "/readyz", false, "GET, HEAD", ready_endpoint, SITES_ALL},
    {REQUEST_LISTENER_RELAY, "/egress", true, NULL, egress_start, SITES_ALL},
    {REQUEST_LISTENER_RELAY, "/mcp", true, NULL, mcp_start, SITES_ALL},
    {REQUEST_LISTENER_RELAY, "/.well-known/oauth-protected-resource", true, "GET, HEAD",
     resource_metadata_endpoint, SITES_ALL},
    {REQUEST_LISTENER_RELAY, "/livez", false, "GET, HEAD", live_endpoint, SITES_ALL},
    {REQUEST_LISTENER_MONITORING, "/livez", false, "GET, HEAD", live_endpoint, SITES_ALL},
    {REQUEST_LISTENER_MONITORING, "/startupz", false, "GET, HEAD", startup_endpoint, SITES_ALL},
    {REQUEST_LISTENER_MONITORING, "/readyz", false, "GET, HEAD", ready_endpoint, SITES_ALL},
    {REQUEST_LISTENER_MONITORING, "/metrics", false, "GET, HEAD", metrics_endpoint},
    {REQUEST_LISTENER_ADMIN, "/livez", false, "GET, HEAD", live_endpoint},
    {REQUEST_LISTENER_ADMIN, "/startupz", false, "GET, HEAD", startup_endpoint},
    {REQUEST_LISTENER_ADMIN, "/readyz", false, "GET, HEAD", ready_endpoint},
    {REQUEST_LISTENER_ADMIN, "/metrics", false, "GET, HEAD", metrics_endpoint},
    {REQUEST_LISTENER_ADMIN, "/v1/documents", true, "GET, POST, DELETE", admin_documents_endpoint},
    {REQUEST_LISTENER_ADMIN, "/v1/adapters", false, "GET", admin_adapters_endpoint},
    {REQUEST_LISTENER_ADMIN, "/v1/doctor", false, "GET", admin_doctor_endpoint},
    {REQUEST_LISTENER_ADMIN, "/v1/settings", false, "GET", admin_settings_endpoint},
    {REQUEST_LISTENER_ADMIN, "/v1/keys", true, "GET, POST", admin_keys_endpoint},
    {REQUEST_LISTENER_ADMIN, "/v1/records", true, "GET", admin_records_endpoint},
    {REQUEST_LISTENER_ADMIN, "/v1/kills", false, "GET, POST, DELETE", admin_kills_endpoint},
    {REQUEST_LISTENER_ADMIN, "/v1/leases", true, "GET", admin_leases_endpoint},
    {REQUEST_LISTENER_ADMIN, "/v1/connections", true, "GET, POST, DELETE", admin_connections_endpoint},
    {REQUEST_LISTENER_ADMIN, "/v1/mcp", true, "GET, POST", admin_mcp_endpoint},
    {REQUEST_LISTENER_ADMIN, "/v1/trace", true, "GET, POST", admin_trace_endpoint},
    {REQUEST_LISTENER_ADMIN, "/v1/seal", false, "GET, POST", admin_seal_endpoint},
    {REQUEST_LISTENER_ADMIN_TLS, "/v1/login", false, "POST", login_endpoint},
    {REQUEST_LISTENER_ADMIN_TLS, "/v1/session", false, "GET, DELETE", session_endpoint},
};

/* The admin API is the same over the network, where calls show a session. What else there is on the socket says
 * nothing to strangers. */
static bool listener_fits(const struct route *route, enum request_listener listener)
{
    return route->listener == listener ||
           (listener == REQUEST_LISTENER_ADMIN_TLS && route->listener == REQUEST_LISTENER_ADMIN &&
            text_starts_with(text_of(route->path), TEXT("/v1/")));
}

static bool path_fits(const struct route *route, struct text path)
{
    struct text own = text_of(route->path);
    if (text_equal(path, own))
        return true;
    return route->is_prefix && text_starts_with(path, own) && path.base[own.length] == '/';
}

static bool method_fits(const struct route *route, struct text method)
{
    struct text methods = text_of(route->methods);
    if (route->methods == NULL)
        return true;
    while (methods.length != 0) {
        struct text one = text_cut(&methods, ',');
        if (one.length != 0 && one.base[0] == ' ')
            one = (struct text){one.base + 1, one.length - 1};
        if (text_equal(one, method))
            return true;
    }
    return false;
}

/* By what the browser says of it (Fetch Metadata), which no page can change. What a page of another site has a
 * browser ask behind somebody's back is looked at no further: were its refusals counted (decision 0028), any
 * page could have the addresses of its readers held off, and with them the agents there. Who says so without a
 * browser is refused the same, and has guessed nothing. */
static bool is_from_other_site(const struct request *request, enum other_sites sites)
{
    struct text site = request_header(request, "sec-fetch-site", 0);
    struct text as = request_header(request, "sec-fetch-dest", 0);
    if (sites == SITES_ALL || site.base == NULL || text_is(site, "same-origin") || text_is(site, "none"))
        return false;
    return sites == SITES_NONE || (as.base != NULL && !text_is(as, "document"));
}

void routes_handle(struct request *request, void *context)
{
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        const struct route *route = &routes[i];
        if (!listener_fits(route, request_listener(request)) || !path_fits(route, request_path(request)))
            continue;
        trace_note_route(route->path);
        if (!method_fits(route, request_method(request)))
            endpoint_answer_fault(request, FAULT_REQUEST_METHOD, route->methods);
        else if (is_from_other_site(request, route->sites))
            endpoint_answer_fault(request, FAULT_REQUEST_FOREIGN, NULL);
        else
            route->handle(context, request);
        return;
    }
    endpoint_answer_fault(request, FAULT_REQUEST_PATH, NULL);
}

void endpoint_answer(struct request *request, int status, const char *content_type, const char *cache_control,
                     struct text body)
{
    struct response_header header = {"cache-control", text_of(cache_control)};
    struct response response = {.status = status,
                                .content_type = text_of(content_type),
                                .body = body,
                                .headers = &header,
                                .header_count = 1};
    request_answer(request, &response);
}

void endpoint_answer_open(struct request *request, const char *content_type, const char *cache_control,
                          struct text body)
{
    const struct response_header headers[] = {{"cache-control", text_of(cache_control)},
                                              {"access-control-allow-origin", TEXT("*")}};
    struct response response = {.status = 200,
                                .content_type = text_of(content_type),
                                .body = body,
                                .headers = headers,
                                .header_count = 2};
    request_answer(request, &response);
}

void endpoint_answer_fault(struct request *request, enum fault fault, const char *allow)
{
    const struct fault_row *row = fault_row(fault);
    metric_count_fault(fault, false);
    trace_note_reason(row->reason);
    char id[IDENTIFIER_SIZE];
    identifier_make(clock_wall_us(), id);
    SCOPED_BUFFER body = {0};
    const struct oauth_error error = {
        .error = text_of(row->oauth_error), .description = text_of(row->sentence), .id = text_of(id)};
    oauth_error_write(&body, &error);
    struct response_header headers[4] = {{"cache-control", TEXT("no-store")},
                                         {"dragoman-exchange", text_of(id)},
                                         {"x-frame-options", TEXT("DENY")}};
    size_t count = 3;
    if (allow != NULL)
        headers[count++] = (struct response_header){"allow", text_of(allow)};
    else if (row->http_status == 503)
        headers[count++] = (struct response_header){"retry-after", TEXT("5")};
    struct response response = {.status = row->http_status,
                                .content_type = TEXT("application/json"),
                                .body = buffer_text(&body),
                                .headers = headers,
                                .header_count = count};
    request_answer(request, &response);
}
