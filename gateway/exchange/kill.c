/* Turns names into cutoffs. A kind is a row of the table with the function that knows its names. */
#include "exchange/kill.h"

/* Longer than anything we issue may live; whoever is ended by name and a root end foreign tokens, too, of any
 * age that an Issuer's maximumAge lets in. */
enum { KEPT_S = 31 * 86400, FOREIGN_KEPT_S = 400 * 86400 };

typedef enum fault resolver(struct arena *arena, const struct world *world, struct text name,
                            struct kill *kill);

static enum fault resolve_for_good(struct arena *arena, const struct world *world, struct text name,
                                   struct kill *kill)
{
    (void)arena, (void)world;
    kill->id = name;
    kill->is_for_good = true;
    return FAULT_NONE;
}

/* "ISSUER SUB", the issuer by its identifier or by the name of its document. */
static enum fault resolve_identity(struct arena *arena, const struct world *world, struct text name,
                                   struct kill *kill)
{
    struct text subject = name, issuer = text_cut(&subject, ' ');
    if (issuer.length == 0 || subject.length == 0)
        return FAULT_KILL_NAME;
    const struct document *document = documents_find(&world->documents, DOCUMENT_ISSUER, issuer);
    if (document != NULL)
        issuer = document->issuer.issuer;
    kill->id = identity_name(arena, &(struct identity){issuer, subject});
    return world_issuer(world, issuer) != NULL ? FAULT_NONE : FAULT_KILL_UNKNOWN;
}

/* A document of this kind by its name; kill keeps the name as given where there is none. */
static enum fault resolve_document(const struct world *world, enum document_kind kind, struct text name,
                                   struct kill *kill)
{
    const struct document *document = documents_find(&world->documents, kind, name);
    kill->id = name;
    if (document == NULL)
        return FAULT_KILL_UNKNOWN;
    kill->id = kill_names_of(document).names[0];
    return FAULT_NONE;
}

static enum fault resolve_client(struct arena *arena, const struct world *world, struct text name,
                                 struct kill *kill)
{
    (void)arena;
    kill->id = name;
    if (world_client(world, name) != NULL)
        return FAULT_NONE;
    if (resolve_document(world, DOCUMENT_CLIENT, name, kill) == FAULT_NONE)
        return FAULT_NONE;
    return resolve_document(world, DOCUMENT_AGENT_CLASS, name, kill);
}

static enum fault resolve_issuer(struct arena *arena, const struct world *world, struct text name,
                                 struct kill *kill)
{
    (void)arena;
    const struct issuer *issuer = world_issuer(world, name);
    kill->id = name;
    /* Ours is not one that can be ended: that is what revoking keys is for. */
    if (issuer != NULL)
        return issuer->is_self ? FAULT_KILL_UNKNOWN : FAULT_NONE;
    return resolve_document(world, DOCUMENT_ISSUER, name, kill);
}

/* By our own name, which nobody types by accident. */
static enum fault resolve_everything(struct arena *arena, const struct world *world, struct text name,
                                     struct kill *kill)
{
    (void)arena;
    kill->id = world->issuer;
    return text_equal(name, world->issuer) ? FAULT_NONE : FAULT_KILL_NAME_OF_ALL;
}

static enum fault resolve_target(struct arena *arena, const struct world *world, struct text name,
                                 struct kill *kill)
{
    (void)arena;
    const struct target *target = world_target(world, name);
    if (target != NULL) {
        kill->id = kill_names_of(target->document).names[0];
        return FAULT_NONE;
    }
    return resolve_document(world, DOCUMENT_TARGET, name, kill);
}

static enum fault resolve_team(struct arena *arena, const struct world *world, struct text name,
                               struct kill *kill)
{
    (void)arena;
    kill->id = name;
    if (documents_find(&world->documents, DOCUMENT_TEAM, name) != NULL)
        return FAULT_NONE;
    for (size_t i = 0; i < world->documents.count; i++)
        if (text_equal(world->documents.items[i]->team, name))
            return FAULT_NONE;
    return FAULT_KILL_UNKNOWN;
}

static bool is_built_in(struct text name)
{
    for (const char *const *adapter = adapters_built_in; *adapter != NULL; adapter++)
        if (text_is(name, *adapter))
            return true;
    return false;
}

static enum fault resolve_adapter(struct arena *arena, const struct world *world, struct text name,
                                  struct kill *kill)
{
    (void)arena;
    kill->id = name;
    bool is_known = is_built_in(name) || documents_find(&world->documents, DOCUMENT_ADAPTER, name) != NULL;
    return is_known ? FAULT_NONE : FAULT_KILL_UNKNOWN;
}

static const struct kind {
    const char *name;
    resolver *resolve;
} kinds[] = {
    {"root", resolve_for_good},         {"lease", resolve_for_good}, {"agent", resolve_identity},
    {"subject", resolve_identity},      {"client", resolve_client},  {"issuer", resolve_issuer},
    {"target", resolve_target},         {"team", resolve_team},      {"adapter", resolve_adapter},
    {"everything", resolve_everything},
};

enum fault kill_resolve(struct arena *arena, const struct world *world, struct text kind, struct text name,
                        struct kill *kill)
{
    *kill = (struct kill){.kind = kind, .id = name};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (text_is(kind, kinds[i].name))
            return name.length == 0 ? FAULT_KILL_UNKNOWN : kinds[i].resolve(arena, world, name, kill);
    return FAULT_KILL_KIND;
}

struct kill_names kill_names_of(const struct document *document)
{
    switch (document->kind) {
    case DOCUMENT_ISSUER:
        return (struct kill_names){TEXT("issuer"), &document->issuer.issuer, 1};
    case DOCUMENT_CLIENT:
        return (struct kill_names){TEXT("client"), &document->client.client_id, 1};
    case DOCUMENT_AGENT_CLASS: /* its name is the client_id of its agents */
        return (struct kill_names){TEXT("client"), &document->name, 1};
    case DOCUMENT_TARGET:
        return (struct kill_names){TEXT("target"), document->target.audiences.items,
                                   document->target.audiences.count};
    default:
        return (struct kill_names){0};
    }
}

static int64_t kept_s(const struct kill *kill)
{
    bool ends_foreign = text_is(kill->kind, "root") || text_is(kill->kind, "subject") ||
                        text_is(kill->kind, "agent") || text_is(kill->kind, "everything");
    bool may_be_consent = text_is(kill->kind, "lease"); /* which lives as long as that */
    return ends_foreign || may_be_consent ? FOREIGN_KEPT_S : KEPT_S;
}

/* To the end of its millisecond: a credential knows its own time to the millisecond, and what is issued in this
 * one must not be given out as alive and be dead when it is looked at. */
struct store_cutoff kill_cutoff(const struct kill *kill, int64_t at_us, bool is_past_only)
{
    at_us = at_us / 1000 * 1000 + 999;
    bool stands = !kill->is_for_good && !is_past_only;
    return (struct store_cutoff){.kind = kill->kind,
                                 .id = kill->id,
                                 .at_us = at_us,
                                 .expires_at_s = stands ? 0 : at_us / 1000000 + kept_s(kill),
                                 .stands = stands};
}

struct store_cutoff *kill_leases(struct arena *arena, const struct text *ids, size_t count, int64_t until_us,
                                 struct text record)
{
    struct store_cutoff *cutoffs = ARENA_ARRAY(arena, struct store_cutoff, count + 1);
    for (size_t i = 0; i < count; i++) {
        const struct kill kill = {TEXT("lease"), ids[i], true};
        cutoffs[i] = kill_cutoff(&kill, until_us, true);
        cutoffs[i].record = record;
    }
    return cutoffs;
}

struct store_cutoff kill_lift(const struct kill *kill, int64_t now_us)
{
    return (struct store_cutoff){
        .kind = kill->kind, .id = kill->id, .is_lift = true, .expires_at_s = now_us / 1000000 + kept_s(kill)};
}
