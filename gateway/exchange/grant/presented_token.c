/* What every presented token is held to, whoever it is about and whatever the grant. */
#include "grant/presented_token.h"

/* For our own tokens the caller must be the resource server they are for. */
struct verification_rules presented_token_rules(struct exchange *x, enum token_use use,
                                                enum token_type declared_type)
{
    struct call *call = &x->call;
    const struct world *world = call->world;
    struct text *audiences = ARENA_ARRAY(call->arena, struct text, world->target_name_count + 1);
    size_t count = 0;
    for (size_t i = 0; call->caller->client != NULL && i < world->target_count; i++) {
        const struct target_document *spec = &world->targets[i].document->target;
        if (spec->resource_server.length != 0 && text_equal(spec->resource_server, call->caller->name))
            audiences[count++] = spec->audiences.items[0];
    }
    return (struct verification_rules){
        .use = use,
        .declared_type = declared_type,
        .issuers = world->issuers_by_identifier,
        .issuer_count = world->issuer_count,
        .own_issuer = world->issuer,
        .own_keys = call->keys,
        .client_id = call->caller->client_id,
        .own_audiences = audiences,
        .own_audience_count = count,
        .chain_depth = (unsigned)world->gateway->chain_depth,
        .remembered_tokens = (size_t)world->gateway->remembered_tokens,
        .thumbprint = call->thumbprint,
        .now_s = call->now_s,
    };
}

enum fault presented_token_identify(struct exchange *x, const char *check, struct text token,
                                    const struct verification_rules *rules, struct verification *verification)
{
    struct call *call = &x->call;
    enum fault fault = verification_identify(call->arena, token, rules, verification);
    if (fault == FAULT_NONE)
        return FAULT_NONE;
    const struct document *document = verification->issuer == NULL ? NULL : verification->issuer->document;
    return ladder_fail(&call->ladder, check, fault, document_label(document), TEXT_NONE);
}

enum fault presented_token_complete(struct exchange *x, const char *check,
                                    const struct verification_rules *rules, struct verification *verification)
{
    struct call *call = &x->call;
    enum fault fault = verification->lookup.fault;
    if (fault == FAULT_NONE)
        fault = verification_complete(call->arena, rules, verification);
    struct text label = document_label(verification->issuer->document);
    if (fault != FAULT_NONE)
        return ladder_fail(&call->ladder, check, fault, label,
                           verification_explain(call->arena, rules, verification, fault));
    ladder_pass(&call->ladder, check, label, verification->token.identity.subject);
    return FAULT_NONE;
}
