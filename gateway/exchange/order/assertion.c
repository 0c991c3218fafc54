/* Turns an order for an adapter into one for the jwt adapter, whose claims stand there alone. */
#include "exchange/assertion.h"

#include <string.h>

bool assertion_is_wanted(const struct target *target)
{
    return target->document->target.hand_over.assertion_audience.length != 0;
}

static struct text value_of(const struct assertion_sources *sources, struct text name)
{
    const struct {
        const char *name;
        struct text value;
    } rows[] = {{"root", sources->root},
                {"exchange", sources->exchange},
                {"client", sources->client},
                {"actor", sources->actor},
                {"task", sources->task}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (text_is(name, rows[i].name))
            return rows[i].value;
    return TEXT_NONE;
}

static bool has_claim(const struct credential_order *order, struct text name)
{
    for (size_t i = 0; i < order->claim_count; i++)
        if (text_equal(order->claims[i].name, name))
            return true;
    return false;
}

/* Those of the token profile, then those of the assertion; none twice. */
static void fill_claims(struct arena *arena, const struct name_value_list *wanted,
                        const struct assertion_sources *sources, struct credential_order *order)
{
    size_t most = order->claim_count + wanted->count + 1;
    struct credential_claim *claims = ARENA_ARRAY(arena, struct credential_claim, most);
    if (order->claim_count != 0)
        memcpy(claims, order->claims, order->claim_count * sizeof(*claims));
    size_t count = order->claim_count;
    for (size_t i = 0; i < wanted->count; i++) {
        struct text value = value_of(sources, wanted->items[i].value);
        if (value.length != 0 && !has_claim(order, wanted->items[i].name))
            claims[count++] = (struct credential_claim){wanted->items[i].name, value};
    }
    order->claims = claims;
    order->claim_count = count;
}

void assertion_sign(const struct world *world, const struct target *target,
                    const struct credential_order *order, const struct assertion_sources *sources,
                    struct credential_minting *assertion)
{
    const struct hand_over_document *hand_over = &target->document->target.hand_over;
    const struct adapter *jwt = adapter_registry_find(world->adapters, TEXT("jwt"));
    struct credential_order *own = ARENA_NEW(assertion->arena, struct credential_order);
    int64_t latest_s = order->issued_at_s + ASSERTION_LIFETIME_MAX_S;
    INVARIANT(jwt != NULL); /* it is built in */
    *own = *order;
    own->audiences = &hand_over->assertion_audience;
    own->audience_count = 1;
    own->requested_type = TEXT_NONE;
    own->expires_at_s = order->expires_at_s < latest_s ? order->expires_at_s : latest_s;
    own->ancestry_count = own->attribute_count = 0; /* nobody shows it to us again */
    fill_claims(assertion->arena, &hand_over->assertion_claims, sources, own);
    jwt->mint(jwt, own, assertion);
}
