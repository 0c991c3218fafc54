/* authorization_code (RFC 6749 section 4.1.3): the subject is the person who agreed at /authorize. The code
 * must be shown by the client that it was given for, with the verifier that its challenge was made of (RFC
 * 7636), to the redirect URI and for the resource that it was asked for. Whether it was used before is for the
 * commit to say; one that is shown too late may have been, and what it gave then is ended in either case. */
#include "exchange.h"
#include "trust/kept_login.h"

/* The parameters themselves stay in the form, which is the call's. */
static enum fault read_code(const struct form *form, struct exchange_request *request)
{
    (void)request;
    if (form_value(form, "code").length == 0)
        return FAULT_CODE_MISSING;
    if (form_value(form, "code_verifier").length == 0)
        return FAULT_CODE_VERIFIER_MISSING;
    if (form_value(form, "redirect_uri").length == 0)
        return FAULT_CODE_REDIRECT_MISSING;
    return FAULT_NONE;
}

static enum fault fail(struct exchange *x, const char *check, enum fault fault)
{
    return ladder_fail(&x->call.ladder, check, fault, document_label(x->call.caller->document), TEXT_NONE);
}

static enum fault begin(struct exchange *x)
{
    x->code = ARENA_NEW(x->call.arena, struct authorization_code_reading);
    return FAULT_NONE;
}

static void find(struct exchange *x)
{
    struct call *call = &x->call;
    *x->code = (struct authorization_code_reading){.store = call->gateway->store,
                                                   .sealer = call->gateway->sealer,
                                                   .arena = call->arena,
                                                   .code = form_value(&call->form, "code"),
                                                   .wait = &x->subject.lookup.wait};
    authorization_code_read(x->code);
}

/* As it was asked for, or by any other name of the same target. */
static enum fault check_target(struct exchange *x)
{
    const struct authorization_code *code = &x->code->found;
    const struct target *target = world_target_named(x->call.world, code->target);
    struct exchange_request *request = &x->request;
    if (target == NULL)
        return fail(x, "code_resource", FAULT_CODE_RESOURCE);
    for (size_t i = 0; i < request->resource_count; i++)
        if (world_target(x->call.world, request->resources[i]) != target)
            return fail(x, "code_resource", FAULT_CODE_RESOURCE);
    for (size_t i = 0; i < request->audience_count; i++)
        if (world_target(x->call.world, request->audiences[i]) != target)
            return fail(x, "code_resource", FAULT_CODE_RESOURCE);
    request->audiences[0] = target->document->target.audiences.items[0];
    request->audience_count = 1;
    request->resource_count = 0;
    return FAULT_NONE;
}

/* Who shows another's code learns nothing of it, and ends nothing by it. */
static enum fault check_code(struct exchange *x)
{
    struct call *call = &x->call;
    const struct authorization_code *code = &x->code->found;
    if (!text_equal(code->client_id, call->caller->client_id))
        return fail(x, "code_client", FAULT_CODE_UNKNOWN);
    if (!text_equal(code->redirect_uri, form_value(&call->form, "redirect_uri")))
        return fail(x, "code_redirect", FAULT_CODE_REDIRECT);
    if (!authorization_code_proves(code->challenge, form_value(&call->form, "code_verifier")))
        return fail(x, "code_verifier", FAULT_CODE_VERIFIER);
    /* Until here a public client was anybody (client_authentication.c). */
    call->authentication.caller.is_authenticated = true;
    TRY(check_target(x));
    x->proof = (struct grant_proof){.kind = TEXT("authorization-code"),
                                    .issuer = call->world->issuer,
                                    .client = code->client_id,
                                    .value = code->id,
                                    .expires_at_s = code->expires_at_s + AUTHORIZATION_CODE_KEPT_S,
                                    .ends_if_replayed = true,
                                    .leases = {code->id, code->consent},
                                    .lease_count = 2};
    if (code->expires_at_s <= call->now_s) {
        x->proof.kind = TEXT_NONE; /* nothing is issued for it */
        return fail(x, "code_time", FAULT_CODE_LATE);
    }
    return FAULT_NONE;
}

static enum fault take_person(struct exchange *x)
{
    struct call *call = &x->call;
    const struct authorization_code *code = &x->code->found;
    const struct issuer *issuer = world_issuer(call->world, code->person.issuer);
    struct verified_token *token = &x->subject.token;
    if (issuer == NULL || issuer->is_self)
        return fail(x, "code_person", FAULT_TOKEN_ISSUER_UNKNOWN);
    if (!issuer->document->issuer.is_enabled)
        return fail(x, "code_person", FAULT_TOKEN_ISSUER_DISABLED);
    enum fault fault = kept_login_read(call->arena, issuer, code->claims, code->person.subject, token);
    if (fault != FAULT_NONE)
        return fail(x, "code_person", fault);
    x->subject.issuer = issuer;
    token->root = code->root;
    token->fingerprint = code->fingerprint;
    token->claims.expires_at_s = code->consent_expires_at_s;
    token->has_scope = true;
    token->scope = code->scope.length != 0 ? code->scope : TEXT("");
    ladder_pass(&call->ladder, "code", document_label(issuer->document), code->person.subject);
    return FAULT_NONE;
}

static enum fault complete(struct exchange *x)
{
    enum fault fault = x->code->fault;
    if (fault != FAULT_NONE)
        return fail(x, "code_known", fault);
    TRY(check_code(x));
    return take_person(x);
}

const struct grant authorization_code_grant = {
    .name = "authorization_code",
    .names_target = true,
    .takes_public_clients = true,
    .read = read_code,
    .identify = begin,
    .find = find,
    .complete = complete,
};
