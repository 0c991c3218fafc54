/* The current world is let go before the answer is used, so what is needed of it is copied. */
#include "exchange/adapter_lookup.h"

#include "json/json_writer.h"

const struct adapter *adapter_lookup(void *context, struct text name)
{
    const struct gateway *gateway = context;
    return adapter_registry_find(gateway->adapters, name);
}

/* Through its own text: what was written from a tree is read back as the same tree. */
static const struct json_value *copy_settings(struct arena *arena, const struct json_value *settings)
{
    const struct json_value *copy = NULL;
    if (settings == NULL)
        return NULL;
    struct buffer json = buffer_in(arena, 512);
    struct json_writer writer = json_writer_on(&json);
    json_write_value(&writer, settings);
    INVARIANT(json_parse(arena, buffer_text(&json), &json_limits_document, &copy) == FAULT_NONE);
    return copy;
}

struct credential_target adapter_lookup_target(void *context, struct arena *arena, struct text name,
                                               struct text adapter)
{
    const struct gateway *gateway = context;
    struct world *world = world_keeper_take(gateway->worlds);
    const struct document *document = documents_find(&world->documents, DOCUMENT_TARGET, name);
    struct credential_target target = {.name = name};
    if (document != NULL) {
        const struct credential_target found = target_for_adapter(document);
        target.domain = arena_copy(arena, found.domain);
        target.audience = arena_copy(arena, found.audience);
        target.team = arena_copy(arena, found.team);
        const struct target_document *spec = &document->target;
        bool is_own = text_equal(adapter, spec->adapter);
        target.settings = copy_settings(arena, is_own ? found.settings : spec->egress.settings);
    }
    world_release(world);
    return target;
}
