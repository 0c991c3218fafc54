/* What the endpoints share: the shape of a handler and the plain answers. One file per endpoint; each takes its
 * request over and answers it exactly once. */
#ifndef ENDPOINTS_ENDPOINT_H
#define ENDPOINTS_ENDPOINT_H

#include "exchange/call.h"

/* How long a verifier may keep what /jwks said: also how long it may believe a key that was revoked meanwhile.
 */
enum { KEYS_MAY_BE_CACHED_S = 300 };

typedef void endpoint_handler(struct gateway *gateway, struct request *request);

/* Public listener. */
endpoint_handler token_endpoint, metadata_endpoint, keys_endpoint, targets_endpoint, introspection_endpoint,
    revocation_endpoint, forward_auth_endpoint, evaluation_endpoint, authzen_metadata_endpoint, live_endpoint,
    ready_endpoint;
/* Relay listener. */
endpoint_handler resource_metadata_endpoint;
/* Admin socket. */
endpoint_handler metrics_endpoint, startup_endpoint, admin_documents_endpoint, admin_keys_endpoint,
    admin_records_endpoint, admin_trace_endpoint, admin_kills_endpoint, admin_leases_endpoint,
    admin_connections_endpoint, admin_adapters_endpoint, admin_mcp_endpoint, admin_doctor_endpoint,
    admin_seal_endpoint, admin_settings_endpoint;
/* Admin API over the network alone. */
endpoint_handler login_endpoint, session_endpoint;

/* A cacheable or uncacheable JSON answer without a call behind it. */
void endpoint_answer(struct request *request, int status, const char *content_type, const char *cache_control,
                     struct text body);
/* What is said to everybody, scripts of any page included (decision 0050). */
void endpoint_answer_open(struct request *request, const char *content_type, const char *cache_control,
                          struct text body);
/* An OAuth-shaped error for what never became a call: wrong path or method. */
void endpoint_answer_fault(struct request *request, enum fault fault, const char *allow);

#endif
