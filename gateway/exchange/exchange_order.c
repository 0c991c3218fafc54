/* The order: what was decided, in the words in which an adapter is told to make it, and what the credential
 * comes from.
 */
#include "exchange.h"
#include "exchange/handed_attributes.h"

/* A list is one text to a target, its elements parted by spaces; so none may have one: ["x admin"] must never
 * read like ["x", "admin"]. */
static enum fault write_claim(struct exchange *x, const struct token_attribute *attribute, struct text *value)
{
    *value = attribute->value;
    if (!attribute->is_list)
        return FAULT_NONE;
    struct buffer words = buffer_in(x->call.arena, attribute->value.length + 1);
    for (size_t i = 0; i < attribute->value.length; i++) {
        char byte = attribute->value.base[i];
        if (byte == ' ')
            return ladder_fail(&x->call.ladder, "target_claims", FAULT_TOKEN_CLAIMS,
                               document_label(x->target->document), attribute->name);
        buffer_append_byte(&words, byte == '\n' ? ' ' : byte);
    }
    *value = buffer_text(&words);
    return FAULT_NONE;
}

/* Claims of the token profile, filled from the subject's verified attributes; absent ones are left out. What a
 * token of ours carries is for policies alone: no target gets to see more because there is a policy. */
static enum fault fill_claims(struct exchange *x)
{
    const struct name_value_list *wanted = &x->target->document->target.claims;
    struct credential_claim *claims = ARENA_ARRAY(x->call.arena, struct credential_claim, wanted->count + 1);
    const struct verified_token *subject = &x->subject.token;
    for (size_t i = 0; i < wanted->count && !subject->issuer->is_self; i++)
        for (size_t a = 0; a < subject->attribute_count; a++)
            if (text_equal(subject->attributes[a].name, wanted->items[i].value)) {
                struct credential_claim *claim = &claims[x->order.claim_count++];
                claim->name = wanted->items[i].name;
                TRY(write_claim(x, &subject->attributes[a], &claim->value));
            }
    x->order.claims = claims;
    return FAULT_NONE;
}

/* A key for calls is made without what the target's own adapter knows of it. */
static struct credential_target told_target(const struct exchange *x)
{
    struct credential_target told = target_for_adapter(x->target->document);
    if (!exchange_is_for_calls(x))
        return told;
    told.settings = NULL;
    told.assertion_audience = TEXT_NONE;
    told.handed_attribute_count = 0;
    return told;
}

/* What a caller gets that has proved a certificate is bound to it (RFC 8705 section 3), and so is what comes of
 * a token that is: whoever shows one has proved the same. Only our own tokens can say so. */
struct text exchange_binding(const struct exchange *x)
{
    bool is_bound = x->call.caller->is_by_certificate || x->subject.token.is_bound || x->actor.token.is_bound;
    return is_bound && text_is(x->target->document->target.adapter, "jwt") ? x->call.thumbprint : TEXT_NONE;
}

static enum fault write_order(struct exchange *x)
{
    const struct call *call = &x->call;
    const struct target_document *target = &x->target->document->target;
    struct credential_identity *chain =
        ARENA_ARRAY(call->arena, struct credential_identity, x->chain_length + 1);
    for (size_t i = 0; i < x->chain_length; i++)
        chain[i] = (struct credential_identity){x->chain[i].issuer, x->chain[i].subject};
    x->order = (struct credential_order){
        .id = call->id,
        .issuer = call->world->issuer,
        .target = told_target(x),
        .subject = {x->subject.token.identity.issuer, x->subject.token.identity.subject},
        .chain = chain,
        .chain_length = x->chain_length,
        .client_id = call->caller->client_id,
        .audiences = target->audiences.items,
        .audience_count = 1,
        .scope = x->scope_text,
        .authorization_details = x->details,
        .root = x->root,
        .task = x->request.task,
        .purpose = x->request.purpose,
        .acr = x->subject.token.acr,
        .amr = x->subject.token.amr,
        .auth_time_s = x->subject.token.auth_time_s,
        .issued_at_s = call->now_s,
        .expires_at_s = x->expires_at_s,
        .requested_type = x->request.requested_type,
        .handed_attributes =
            handed_attributes_of(call->arena, &target->hand_over.attributes, &x->subject.token),
        .documents = call->world->documents_name,
        .channel_binding = x->request.channel_binding,
        .is_binding_asked = x->request.channel_binding.length != 0,
        .thumbprint = exchange_binding(x),
        .algorithm = x->target->algorithm,
        .type = target->type,
        .keys = call->keys,
    };
    TRY(fill_claims(x));
    exchange_carry_attributes(x);
    exchange_hand_over_token(x);
    return FAULT_NONE;
}

/* Everything this comes from that its own claims will not name: the token it is made from, the trees it leaves,
 * and the agent that called when another acts. */
static enum fault trace_ancestry(struct exchange *x)
{
    const struct call *call = &x->call;
    const struct verified_token *subject = &x->subject.token;
    const struct identity *caller = &call->caller->identity;
    struct ancestry *ancestry = &x->ancestry;
    ancestry->arena = call->arena;
    if (exchange_carries_on(x))
        ancestry_inherit(ancestry, &subject->claims);
    if (!text_equal(subject->root, x->root))
        ancestry_add(ancestry, "root", subject->root);
    if (x->request.actor_token.length != 0)
        ancestry_add(ancestry, "root", x->actor.token.root);
    if (!identity_equal(caller, &x->actor_identity) && !text_equal(caller->issuer, call->world->issuer)) {
        ancestry_add(ancestry, "issuer", caller->issuer);
        ancestry_add_identity(ancestry, "agent", caller);
    }
    for (size_t i = 0; i < x->proof.lease_count; i++)
        ancestry_add(ancestry, "lease", x->proof.leases[i]);
    if (exchange_is_for_calls(x)) /* its target names another */
        ancestry_add(ancestry, "adapter", x->adapter->name);
    /* A document may leave its team; what was issued while it was in it has not. */
    ancestry_add_team(ancestry, call->caller->document->team);
    ancestry_add_team(ancestry, x->target->document->team);
    if (ancestry->is_too_long)
        return ladder_fail(&x->call.ladder, "ancestry", FAULT_ANCESTRY_TOO_LONG, TEXT_NONE, subject->claims.id);
    x->order.ancestry = ancestry->things;
    x->order.ancestry_count = ancestry->count;
    return FAULT_NONE;
}

enum fault exchange_write_order(struct exchange *x)
{
    TRY(write_order(x));
    return trace_ancestry(x);
}
