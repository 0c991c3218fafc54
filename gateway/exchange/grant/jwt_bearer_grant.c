/* urn:ietf:params:oauth:grant-type:jwt-bearer (RFC 7523 section 2.1). The assertion is one of two things:
 * an ID-JAG, in which the domain of somebody's identity says that this client may come here for him (MCP:
 * enterprise-managed authorization), shown by exactly that client and once; or, where no client authenticates,
 * the own token of an agent, which its platform's issuer signed (MCP: workload identity federation). */
#include "grant/presented_token.h"

static enum fault read_assertion(const struct form *form, struct exchange_request *request)
{
    request->assertion = form_value(form, "assertion");
    return request->assertion.length == 0 ? FAULT_GRANT_MISSING : FAULT_NONE;
}

/* Of an agent all was proved when it was asked who calls. */
static bool is_agents(const struct exchange *x)
{
    return x->call.authentication.is_by_grant;
}

static enum fault identify(struct exchange *x)
{
    if (is_agents(x))
        return FAULT_NONE;
    x->subject_rules = presented_token_rules(x, TOKEN_USE_ASSERTION, TOKEN_TYPE_ID_JAG);
    return presented_token_identify(x, "assertion_read", x->request.assertion, &x->subject_rules, &x->subject);
}

static void find(struct exchange *x)
{
    if (is_agents(x))
        flow_wait_done(&x->subject.lookup.wait);
    else
        verification_find_key(&x->subject, &x->subject_rules);
}

/* Any of the names in the request; that all of them are of one target is looked at later. */
static bool asks_for(const struct exchange *x, const struct target *target)
{
    const struct exchange_request *request = &x->request;
    for (size_t i = 0; i < request->audience_count; i++)
        if (world_target(x->call.world, request->audiences[i]) == target)
            return true;
    for (size_t i = 0; i < request->resource_count; i++)
        if (world_target(x->call.world, request->resources[i]) == target)
            return true;
    return false;
}

/* What the assertion is for (the claim is a string, or an array of one), which the request need not repeat.
 * MCP's profile has the claim where the draft leaves it open, and so have we: an assertion for nothing in
 * particular would be good for everything here. */
static enum fault take_resource(struct exchange *x)
{
    const struct json_value *claim = json_member(x->subject.token.claims.all, TEXT("resource"));
    struct text label = document_label(x->subject.issuer->document);
    if (claim != NULL && claim->kind == JSON_ARRAY && claim->count == 1)
        claim = claim->first;
    struct text resource = claim == NULL ? TEXT_NONE : json_string(claim);
    struct exchange_request *request = &x->request;
    if (resource.length == 0)
        return ladder_fail(&x->call.ladder, "assertion_resource", FAULT_TOKEN_CLAIMS, label, TEXT_NONE);
    bool is_named = request->audience_count + request->resource_count != 0;
    const struct target *target = world_target(x->call.world, resource);
    if (is_named && (target == NULL || !asks_for(x, target)))
        return ladder_fail(&x->call.ladder, "assertion_resource", FAULT_GRANT_RESOURCE, label, resource);
    if (!is_named)
        request->resources[request->resource_count++] = resource;
    ladder_pass(&x->call.ladder, "assertion_resource", label, resource);
    return FAULT_NONE;
}

static void note_proof(struct exchange *x)
{
    const struct verified_token *token = &x->subject.token;
    x->proof.kind = TEXT("id-jag");
    x->proof.issuer = token->claims.issuer;
    x->proof.client = x->call.caller->client_id;
    x->proof.value = token->claims.id;
    x->proof.expires_at_s = token->claims.expires_at_s + x->subject.issuer->document->issuer.leeway_s;
}

enum fault jwt_bearer_take_assertion(struct exchange *x)
{
    TRY(take_resource(x));
    note_proof(x);
    return FAULT_NONE;
}

static enum fault complete(struct exchange *x)
{
    if (is_agents(x))
        return grant_take_caller(x);
    TRY(presented_token_complete(x, "assertion_verified", &x->subject_rules, &x->subject));
    return jwt_bearer_take_assertion(x);
}

const struct grant jwt_bearer_grant = {
    .name = "urn:ietf:params:oauth:grant-type:jwt-bearer",
    .names_target = true,
    .takes_agents_unproven = true,
    .read = read_assertion,
    .identify = identify,
    .find = find,
    .complete = complete,
};
