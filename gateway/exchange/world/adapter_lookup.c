/* The current world is let go before the answer is used, so what is needed of it is copied. */
#include "exchange/adapter_lookup.h"

const struct adapter *adapter_lookup(void *context, struct text name)
{
    const struct gateway *gateway = context;
    return adapter_registry_find(gateway->adapters, name);
}

static void copy_handed(struct arena *arena, struct credential_target *target)
{
    struct text *names = ARENA_ARRAY(arena, struct text, target->handed_attribute_count + 1);
    for (size_t i = 0; i < target->handed_attribute_count; i++)
        names[i] = arena_copy(arena, target->handed_attributes[i]);
    target->handed_attributes = names;
}

struct credential_target adapter_lookup_target(void *context, struct arena *arena, struct text name,
                                               struct text adapter)
{
    const struct gateway *gateway = context;
    struct world *world = world_keeper_take(gateway->worlds);
    const struct document *document = documents_find(&world->documents, DOCUMENT_TARGET, name);
    struct credential_target target = {.name = name};
    if (document != NULL) {
        const struct target_document *spec = &document->target;
        /* For calls as well: where the adapter is one, so are the settings. */
        bool is_own = text_equal(adapter, spec->adapter);
        target = target_for_adapter(document);
        target.name = name;
        target.domain = arena_copy(arena, target.domain);
        target.audience = arena_copy(arena, target.audience);
        target.team = arena_copy(arena, target.team);
        target.assertion_audience = arena_copy(arena, target.assertion_audience);
        target.assertion_type = arena_copy(arena, target.assertion_type);
        copy_handed(arena, &target);
        target.settings = json_copy(arena, is_own ? target.settings : spec->egress.settings);
    }
    world_release(world);
    return target;
}
