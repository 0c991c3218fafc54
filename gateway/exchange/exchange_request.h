/* The parameters of a token request by RFC 8693 section 2.1 and RFC 9396, bounded and checked by themselves:
 * what can be said about them without looking at any document. Pure. */
#ifndef EXCHANGE_EXCHANGE_REQUEST_H
#define EXCHANGE_EXCHANGE_REQUEST_H

#include "exchange/form.h"
#include "grant/grant.h"
#include "policy/authorization_details.h"
#include "policy/scope.h"
#include "trust/verification.h"

enum { CHANNEL_BINDING_BYTES_MIN = 20, CHANNEL_BINDING_BYTES_MAX = 64 }; /* SHA-1 to SHA-512 */
enum { TASK_BYTES_MAX = 128, PURPOSE_BYTES_MAX = 512, TARGET_NAME_BYTES_MAX = 1024 };

struct exchange_request {
    const struct grant *grant;
    struct text subject_token, actor_token; /* TEXT_NONE: none was shown */
    enum token_type subject_type, actor_type;
    struct text assertion;      /* RFC 7523 section 2.1; TEXT_NONE: none was shown */
    struct text requested_type; /* URI or TEXT_NONE */
    struct text audiences[FORM_VALUES_MAX];
    size_t audience_count;
    struct text resources[FORM_VALUES_MAX];
    size_t resource_count;
    bool has_scope;
    struct scope_set scope;
    struct text scope_text;
    const struct json_value *authorization_details; /* NULL if none were asked for */
    struct text task, purpose;
    struct text channel_binding; /* bytes; TEXT_NONE: nothing is to be bound */
    bool is_dry_run;
    struct text refused_exchange; /* whose credential the other side answered with 401; or TEXT_NONE */
};

MUST_USE enum fault exchange_request_read(struct arena *arena, const struct form *form,
                                          struct exchange_request *request);

#endif
