/* What the documents allow one exchange: which target, whether both domains agree, who acts, which scopes at
 * most, until when at most. Policy comes after it and only narrows (exchange_decision.c). No I/O and no clock;
 * every check is a rung of the ladder that `dragoman explain` prints, with the document that said so. */
#include <string.h>

#include "adapters/api_key.h"
#include "adapters/mcp_session.h"
#include "base/base64url.h"
#include "base/digest.h"
#include "exchange.h"
#include "exchange/standing.h"

static enum fault fail(struct exchange *x, const char *check, enum fault fault, const struct document *document,
                       struct text detail)
{
    return ladder_fail(&x->call.ladder, check, fault, document_label(document), detail);
}

static void pass(struct exchange *x, const char *check, const struct document *document, struct text detail)
{
    ladder_pass(&x->call.ladder, check, document_label(document), detail);
}

/* One token for all that was named (RFC 8693 section 2.1): every audience and resource must be the same target.
 */
static enum fault find_target(struct exchange *x, const struct text *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct target *target = world_target(x->call.world, names[i]);
        if (target == NULL)
            return fail(x, "target_known", FAULT_TARGET_UNKNOWN, NULL, names[i]);
        if (x->target != NULL && x->target != target)
            return fail(x, "one_target", FAULT_TARGET_SEVERAL, target->document, names[i]);
        x->target = target;
        trace_note_target(target->document->name);
    }
    return FAULT_NONE;
}

/* Whose calls go through the gateway may have a key of ours for them in place of what the target gives, which
 * is good here alone; one target, one consent and one account serve both ways (decision 0043). */
static const struct adapter *adapter_of(const struct exchange *x)
{
    const struct adapter *own = x->target->adapter;
    const struct adapter_registry *adapters = x->call.gateway->adapters;
    struct text type = x->request.requested_type;
    if (type.length == 0 || x->target->egress_adapter == NULL || own->issues(own, type))
        return own;
    if (text_is(type, API_KEY_TOKEN_TYPE))
        return adapter_registry_find(adapters, TEXT("api-key"));
    if (text_is(type, MCP_SESSION_TOKEN_TYPE) && x->target->document->target.mcp.is_server)
        return adapter_registry_find(adapters, TEXT(MCP_ADAPTER_NAME));
    return own;
}

bool exchange_is_for_calls(const struct exchange *x)
{
    return x->adapter != x->target->adapter;
}

/* Who asks for what is bound is given nothing else. Only that it was asked for is recorded. */
static enum fault check_binding(struct exchange *x)
{
    const struct document *document = x->target->document;
    if (x->request.channel_binding.length == 0)
        return FAULT_NONE;
    if (x->adapter->binds == NULL || !x->adapter->binds(x->adapter))
        return fail(x, "target_binds", FAULT_TARGET_BINDING, document, x->adapter->name);
    pass(x, "target_binds", document, x->adapter->name);
    return FAULT_NONE;
}

enum fault exchange_resolve_target(struct exchange *x)
{
    TRY(find_target(x, x->request.audiences, x->request.audience_count));
    TRY(find_target(x, x->request.resources, x->request.resource_count));
    if (x->target == NULL) /* neither the request nor what was redeemed names one */
        return fail(x, "target_known", FAULT_TARGET_MISSING, NULL, TEXT_NONE);
    const struct document *document = x->target->document;
    pass(x, "target_known", document, document->target.audiences.items[0]);
    if (!document->target.is_enabled || !x->target->is_domain_enabled)
        return fail(x, "target_enabled", FAULT_TARGET_DISABLED, document, TEXT_NONE);
    x->adapter = adapter_of(x);
    if (!x->target->is_adapter_enabled)
        return fail(x, "adapter_enabled", FAULT_TARGET_DISABLED, document, x->target->adapter->name);
    if (x->request.requested_type.length != 0 && !x->adapter->issues(x->adapter, x->request.requested_type))
        return fail(x, "target_issues_type", FAULT_TARGET_TYPE, document, x->request.requested_type);
    return check_binding(x);
}

/* Where the subject comes from: the token's issuer or, for a token of ours that is carried on, the issuer that
 * first vouched for its subject, so that no hop through us launders a domain's rules or outlives a disabled
 * issuer. */
static enum fault find_origin(struct exchange *x)
{
    struct verified_token *subject = &x->subject.token;
    x->origin = subject->issuer;
    if (!exchange_carries_on(x))
        return FAULT_NONE;
    struct text first = json_text_of(subject->claims.all, "sub_iss");
    x->origin = first.length == 0 ? NULL : world_issuer(x->call.world, first);
    if (x->origin == NULL)
        return fail(x, "origin_trusted", FAULT_TOKEN_ISSUER_UNKNOWN, NULL, first);
    if (!x->origin->document->issuer.is_enabled)
        return fail(x, "origin_trusted", FAULT_TOKEN_ISSUER_DISABLED, x->origin->document, first);
    if (!standing_is_on(x->call.world, &subject->claims))
        return fail(x, "own_token_stands", FAULT_TOKEN_REVOKED, NULL, subject->claims.id);
    subject->identity.issuer = first;
    pass(x, "origin_trusted", x->origin->document, first);
    return FAULT_NONE;
}

/* A client that came for itself is nobody's identity that an issuer vouches for: that it may is said for
 * itself, also where its token is carried on, so that letting those of people be carried on opens no second
 * door. */
static enum fault check_subject_accepted(struct exchange *x)
{
    const struct target_document *target = &x->target->document->target;
    const struct document *issuer = x->subject.token.issuer->document;
    struct text client = x->subject.token.identity.subject;
    if (x->origin->is_self && !target->accepts_clients_alone)
        return fail(x, "target_accepts_clients_alone", FAULT_TARGET_CLIENT_ALONE, x->target->document, client);
    if (x->origin->is_self)
        pass(x, "target_accepts_clients_alone", x->target->document, client);
    if (x->is_client_alone)
        return FAULT_NONE;
    if (!text_list_has(&target->issuers, issuer->name))
        return fail(x, "target_accepts_issuer", FAULT_TARGET_ISSUER, x->target->document, issuer->name);
    pass(x, "target_accepts_issuer", x->target->document, issuer->name);
    return FAULT_NONE;
}

/* Both sides must agree: the subject's domain lets its identities leave, the target accepts issuer and client.
 */
static enum fault check_agreement(struct exchange *x)
{
    const struct target_document *target = &x->target->document->target;
    const struct document *domain;
    struct text home = x->origin->document->issuer.domain;
    bool may_leave = world_domain_lets_leave(x->call.world, home, target->domain, &domain);
    const struct text from_to[] = {home, TEXT(" to "), target->domain};
    struct text way = arena_join(x->call.arena, from_to, 3);
    if (!may_leave)
        return fail(x, "domain_lets_leave", FAULT_TARGET_DOMAIN, domain, way);
    pass(x, "domain_lets_leave", domain, way);
    TRY(check_subject_accepted(x));
    if (!text_list_has(&target->clients, x->call.caller->name))
        return fail(x, "target_accepts_client", FAULT_TARGET_CLIENT, x->target->document, x->call.caller->name);
    pass(x, "target_accepts_client", x->target->document, x->call.caller->name);
    return FAULT_NONE;
}

/* may_act is checked against whoever acts, also when that is just the caller (RFC 8693 section 4.4). */
static enum fault check_may_act(struct exchange *x)
{
    const struct verified_token *subject = &x->subject.token;
    if (!subject->has_may_act)
        return FAULT_NONE;
    /* Without iss it is a name at the token's own issuer, or that of a client registered here; never one that
     * some third issuer may give to anybody. */
    const struct identity *actor = &x->actor_identity;
    bool issuer_fits = subject->may_act.issuer.length != 0
                           ? text_equal(subject->may_act.issuer, actor->issuer)
                           : text_equal(actor->issuer, subject->identity.issuer) ||
                                 text_equal(actor->issuer, x->call.world->issuer);
    bool fits = issuer_fits && text_equal(subject->may_act.subject, actor->subject);
    if (!fits)
        return fail(x, "may_act", FAULT_MAY_ACT_MISMATCH, subject->issuer->document, x->actor_identity.subject);
    pass(x, "may_act", subject->issuer->document, x->actor_identity.subject);
    return FAULT_NONE;
}

/* An actor token comes from a domain too, and both sides must agree on its subject as on anybody's:
 * accepts.actors names it as ISSUER/SUBJECT, or where that list is empty its issuer is among those accepted. */
static enum fault check_actor_token_accepted(struct exchange *x)
{
    const struct target_document *target = &x->target->document->target;
    const struct document *issuer = x->actor.issuer->document, *domain;
    if (!world_domain_lets_leave(x->call.world, issuer->issuer.domain, target->domain, &domain))
        return fail(x, "actor_domain_lets_leave", FAULT_TARGET_ACTOR, domain, issuer->issuer.domain);
    struct text name = arena_print(x->call.arena, "%.*s/%.*s", TEXT_ARGUMENTS(issuer->name),
                                   TEXT_ARGUMENTS(x->actor_identity.subject));
    bool is_accepted = target->actors.count == 0 ? text_list_has(&target->issuers, issuer->name)
                                                 : text_list_has(&target->actors, name);
    if (!is_accepted)
        return fail(x, "target_accepts_actor", FAULT_TARGET_ACTOR, x->target->document, name);
    pass(x, "target_accepts_actor", x->target->document, name);
    return FAULT_NONE;
}

/* Without an actor token the caller acts; accepts.actors may name clients and agent classes to narrow who. */
static enum fault check_actor_accepted(struct exchange *x)
{
    const struct text_list *actors = &x->target->document->target.actors;
    if (x->request.actor_token.length != 0)
        return check_actor_token_accepted(x);
    if (actors->count == 0)
        return FAULT_NONE;
    if (!text_list_has(actors, x->call.caller->name))
        return fail(x, "target_accepts_actor", FAULT_TARGET_ACTOR, x->target->document, x->call.caller->name);
    pass(x, "target_accepts_actor", x->target->document, x->call.caller->name);
    return FAULT_NONE;
}

/* The chain of what is issued: the actor now, then everybody the subject token already names, in their order;
 * never dropped, never shortened (RFC 8693 section 4.1). No new link where the actor is the subject or already
 * the outermost. */
static enum fault link_chain(struct exchange *x)
{
    const struct verified_token *subject = &x->subject.token;
    bool is_new = !identity_equal(&x->actor_identity, &subject->identity) &&
                  (subject->chain_length == 0 || !identity_equal(&x->actor_identity, &subject->chain[0]));
    if (is_new)
        x->chain[x->chain_length++] = x->actor_identity;
    memcpy(x->chain + x->chain_length, subject->chain, subject->chain_length * sizeof(subject->chain[0]));
    x->chain_length += subject->chain_length;
    int64_t depth = x->call.world->gateway->chain_depth;
    struct text detail = arena_print(x->call.arena, "%zu of at most %lld", x->chain_length, (long long)depth);
    if ((int64_t)x->chain_length > depth)
        return fail(x, "chain_depth", FAULT_CHAIN_TOO_DEEP, NULL, detail);
    pass(x, "chain_depth", NULL, detail);
    return FAULT_NONE;
}

static enum fault check_actor(struct exchange *x)
{
    bool has_actor_token = x->request.actor_token.length != 0;
    x->actor_identity = has_actor_token ? x->actor.token.identity : x->call.caller->identity;
    /* Neither a delegated token nor one that we issued proves that its subject is the one who calls. */
    if (has_actor_token && (x->actor.token.chain_length != 0 || x->actor.token.issuer->is_self))
        return fail(x, "actor_is_itself", FAULT_ACTOR_DELEGATED, x->actor.issuer->document, TEXT_NONE);
    /* Shown twice, one token would leave the caller out of act: that is impersonation by another name. */
    if (has_actor_token && !identity_equal(&x->actor_identity, &x->call.caller->identity) &&
        identity_equal(&x->actor_identity, &x->subject.token.identity))
        return fail(x, "actor_is_not_subject", FAULT_ACTOR_IS_SUBJECT, x->actor.issuer->document, TEXT_NONE);
    TRY(check_may_act(x));
    TRY(check_actor_accepted(x));
    return link_chain(x);
}

/* Downwards only. Asked: within what the target offers and what the subject token has. Not asked: what both
 * have; nothing where the subject token says nothing about scopes. Within a call nobody could ask: there it is
 * what the target offers (decision 0037). */
static enum fault narrow_scope(struct exchange *x)
{
    const struct verified_token *subject = &x->subject.token;
    struct scope_set held;
    bool is_limited = subject->has_scope || exchange_carries_on(x); /* ours without scope was given none */
    bool is_all_asked = x->inner != NULL && !x->inner->is_to_answer && !is_limited;
    if (!x->request.has_scope && !subject->has_scope && !is_all_asked)
        return FAULT_NONE;
    if (subject->has_scope && scope_set_parse(subject->scope, &held) != FAULT_NONE)
        return fail(x, "subject_scope", FAULT_TOKEN_CLAIMS, subject->issuer->document, TEXT_NONE);
    if (!subject->has_scope)
        held.count = 0;
    if (is_all_asked) {
        x->scope = x->target->scopes;
    } else if (!x->request.has_scope) {
        scope_set_intersect(&x->target->scopes, &held, &x->scope);
    } else {
        if (!scope_set_is_subset(&x->request.scope, &x->target->scopes))
            return fail(x, "scope_offered", FAULT_SCOPE_NOT_OFFERED, x->target->document,
                        x->request.scope_text);
        pass(x, "scope_offered", x->target->document, x->request.scope_text);
        if (is_limited && !scope_set_is_subset(&x->request.scope, &held))
            return fail(x, "scope_not_wider", FAULT_SCOPE_WIDER, subject->issuer->document,
                        arena_print(x->call.arena, "asked %.*s, the subject token has %.*s",
                                    TEXT_ARGUMENTS(x->request.scope_text), TEXT_ARGUMENTS(subject->scope)));
        x->scope = x->request.scope;
    }
    x->offered_scope = x->scope;
    x->scope_text = scope_set_text(x->call.arena, &x->scope);
    pass(x, "scope_not_wider", subject->issuer->document, x->scope_text);
    return FAULT_NONE;
}

static int64_t earlier(int64_t limit, int64_t candidate)
{
    return candidate != 0 && candidate < limit ? candidate : limit;
}

/* Never past any input: subject, actor, the agent's own proof, and the ceilings of target and agent class. */
static enum fault limit_lifetime(struct exchange *x)
{
    const struct call *call = &x->call;
    int64_t expires = call->now_s + x->target->document->target.maximum_lifetime_s;
    expires = earlier(expires, x->subject.token.claims.expires_at_s);
    if (x->request.actor_token.length != 0)
        expires = earlier(expires, x->actor.token.claims.expires_at_s);
    expires = earlier(expires, call->caller->proof_expires_at_s);
    if (x->inner != NULL && x->inner->lifetime_s != 0)
        expires = earlier(expires, call->now_s + x->inner->lifetime_s);
    if (call->caller->agent_class != NULL && call->caller->document->agent_class.maximum_lifetime_s != 0)
        expires = earlier(expires, call->now_s + call->caller->document->agent_class.maximum_lifetime_s);
    if (expires <= call->now_s)
        return fail(x, "lifetime_left", FAULT_LIFETIME_NONE, x->target->document, TEXT_NONE);
    x->expires_at_s = x->offered_until_s = expires;
    pass(x, "lifetime_left", x->target->document,
         arena_print(call->arena, "%lld s", (long long)(expires - call->now_s)));
    return FAULT_NONE;
}

/* A sender constraint is kept: what a bound token turns into is bound to the same key, or there is nothing. */
static enum fault check_constraint(struct exchange *x)
{
    const struct document *target = x->target->document;
    if ((x->subject.token.is_bound || x->actor.token.is_bound) && !text_is(target->target.adapter, "jwt"))
        return fail(x, "binding_kept", FAULT_TOKEN_CONSTRAINED, target, TEXT_NONE);
    return FAULT_NONE;
}

/* The root of what is issued: the subject token's tree, or, where a task is named, a branch of its own that is
 * scoped to client and subject, so that no task can join another's tree. */
static void choose_root(struct exchange *x)
{
    const struct verified_token *subject = &x->subject.token;
    x->parent = exchange_carries_on(x) ? subject->claims.id : TEXT_NONE;
    x->root = subject->root;
    if (x->request.task.length == 0)
        return;
    const struct text parts[] = {subject->root,
                                 x->call.caller->identity.issuer,
                                 x->call.caller->identity.subject,
                                 subject->identity.issuer,
                                 subject->identity.subject,
                                 x->request.task};
    unsigned char digest[DIGEST_SIZE];
    digest_parts(parts, sizeof(parts) / sizeof(parts[0]), digest);
    x->root = base64url_encode_text(x->call.arena, digest, DIGEST_SIZE / 2);
}

enum fault exchange_agree(struct exchange *x)
{
    TRY(find_origin(x));
    TRY(check_agreement(x));
    TRY(check_actor(x));
    TRY(check_constraint(x));
    TRY(narrow_scope(x));
    TRY(exchange_narrow_details(x));
    TRY(limit_lifetime(x));
    choose_root(x);
    return FAULT_NONE;
}
