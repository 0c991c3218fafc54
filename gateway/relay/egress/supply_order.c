/* From the documents comes where it is for, from the record whose it is. */
#include "supply_order.h"

#include "relay/recorded_claims.h"

enum { STANDS_ON_MAX = 32 };

void supply_stands_add(struct supply_stands *stands, struct text thing)
{
    if (stands->count < STANDS_ON_MAX)
        stands->items[stands->count++] = thing;
}

void supply_stands_list(const struct relayed_call *call, struct supply_stands *stands)
{
    struct arena *arena = call->call.arena;
    const struct json_value *list = json_member(call->credential.record, TEXT("stands_on"));
    *stands = (struct supply_stands){.items = ARENA_ARRAY(arena, struct text, STANDS_ON_MAX)};
    supply_stands_add(stands, arena_print(arena, "lease %.*s", TEXT_ARGUMENTS(call->credential.id)));
    if (call->consent.id.length != 0)
        supply_stands_add(stands, arena_print(arena, "lease %.*s", TEXT_ARGUMENTS(call->consent.id)));
    for (const struct json_value *one = list == NULL ? NULL : list->first; one != NULL; one = one->next)
        supply_stands_add(stands, json_string(one));
}

static void list_chain(const struct relayed_call *call, struct credential_order *order)
{
    const struct json_value *chain = json_member(call->credential.record, TEXT("chain"));
    size_t count = chain == NULL ? 0 : chain->count;
    struct credential_identity *actors = ARENA_ARRAY(call->call.arena, struct credential_identity, count + 1);
    for (const struct json_value *one = chain == NULL ? NULL : chain->first; one != NULL; one = one->next)
        actors[order->chain_length++] =
            (struct credential_identity){json_text_of(one, "iss"), json_text_of(one, "sub")};
    order->chain = actors;
}

int64_t supply_order_latest_s(const struct relayed_call *call)
{
    int64_t latest_s = call->credential.claims.expires_at_s;
    bool ends_with_consent = call->consent.id.length != 0 && call->consent.expires_at_s < latest_s;
    return ends_with_consent ? call->consent.expires_at_s : latest_s;
}

static int64_t expiry_of(const struct credential_supply *asked)
{
    const struct relayed_call *call = asked->call;
    int64_t life_s = call->target->document->target.maximum_lifetime_s;
    if (asked->lifetime_s != 0 && asked->lifetime_s < life_s)
        life_s = asked->lifetime_s;
    int64_t latest_s = supply_order_latest_s(call), most_s = call->call.now_s + life_s;
    return latest_s < most_s ? latest_s : most_s;
}

/* Whom the credential is for. An MCP server takes only what names itself (2026-07-28, Authorization, "Token
 * Handling"): where the target is known by the server's own URL as well, by that. */
static const struct text *audience_of(const struct target_document *target)
{
    const struct text *server = &target->egress.upstream;
    bool is_known = text_list_has(&target->audiences, *server) || text_list_has(&target->resources, *server);
    return target->mcp.is_server && is_known ? server : target->audiences.items;
}

void supply_order_write(const struct credential_supply *asked, struct text id, struct text sharing,
                        const struct supply_stands *stands, struct credential_order *order)
{
    const struct relayed_call *relayed = asked->call;
    const struct call *call = &relayed->call;
    const struct json_value *record = relayed->credential.record,
                            *subject = json_member(record, TEXT("subject"));
    const struct target_document *target = &relayed->target->document->target;
    *order = (struct credential_order){
        .id = id,
        .issuer = call->world->issuer,
        .target = target_for_adapter(relayed->target->document),
        .subject = {json_text_of(subject, "iss"), json_text_of(subject, "sub")},
        .client_id = call->caller->client_id,
        .audiences = audience_of(target),
        .audience_count = 1,
        .scope = asked->has_scope ? asked->scope : json_text_of(record, "scope_given"),
        .authorization_details = recorded_details(record),
        .root = json_text_of(record, "root"),
        .task = json_text_of(record, "task"),
        .purpose = json_text_of(record, "purpose"),
        .issued_at_s = call->now_s,
        .expires_at_s = expiry_of(asked),
        .handed_attributes = recorded_hand_over(call->arena, relayed->target->document, record),
        .documents = call->world->documents_name,
        .sharing = sharing,
        .is_fresh = asked->refused.length != 0,
        .channel_binding = asked->channel_binding,
        .is_for_call = asked->is_for_call,
        .algorithm = relayed->target->algorithm,
        .type = target->type,
        .keys = call->keys,
    };
    order->target.settings = target->egress.settings;
    list_chain(relayed, order);
    if (sharing.length != 0)
        return;
    order->ancestry = stands->items;
    order->ancestry_count = stands->count;
}
