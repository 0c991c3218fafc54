/* What documents say about each other: names that must exist, identifiers that must be one document's alone.
 * Runs once all sources are read. A document that was refused still counts as being there, so that one mistake
 * stays one. */
#include <string.h>

#include "document_fields.h"
#include "mcp/document_mcp.h"
#include "mistake.h"
#include "rules/document_hand_over.h"
#include "tree.h"

/* The names of one or more kinds, for looking up and for "did you mean". */
struct name_set {
    struct text *names;
    size_t count;
};

struct check {
    struct documents *documents;
    struct document **all; /* the good ones, then the refused ones: what could be read of them is checked too */
    size_t count;
    struct name_set domains, issuers, accepted_issuers, clients, callers, teams, targets, adapters;
};

static bool names_have(const struct name_set *set, struct text name)
{
    for (size_t i = 0; i < set->count; i++)
        if (text_equal(set->names[i], name))
            return true;
    return false;
}

static void names_add(struct name_set *set, struct text name)
{
    if (name.length != 0 && !names_have(set, name))
        set->names[set->count++] = name;
}

static void names_add_kind(struct name_set *set, const struct check *check, enum document_kind kind)
{
    for (size_t i = 0; i < check->count; i++)
        if (check->all[i]->kind == kind)
            names_add(set, check->all[i]->name);
}

static const struct tree_node *item_at(const struct tree_node *node, size_t item)
{
    if (node->kind != TREE_LIST)
        return node;
    const struct tree_node *child = node->first;
    while (item-- != 0 && child != NULL)
        child = child->next;
    return child != NULL ? child : node;
}

/* The value at a path, or the item of the list there; the document itself where it is a default. */
static const struct tree_node *node_at(const struct document *document, const char *path, size_t item)
{
    return item_at(tree_nearest(document->tree, path), item);
}

#define ADD_AT(check, document, node, ...)                                                                     \
    mistake_add((check)->documents, (document)->source, (node)->line, (node)->column, __VA_ARGS__)

static void need_name_at(struct check *check, const struct document *document, const struct tree_node *node,
                         const char *path, struct text name, const struct name_set *known, const char *kind)
{
    /* Of a stream that broke off nobody knows what it would have named. */
    if (name.length == 0 || check->documents->is_incomplete || names_have(known, name))
        return;
    struct arena *arena = check->documents->arena;
    struct text nearest = mistake_nearest(arena, name, known->names, known->count);
    ADD_AT(check, document, node, "%s: there is no %s named %.*s%.*s", path, kind,
           TEXT_ARGUMENTS(mistake_quote(arena, name)), TEXT_ARGUMENTS(nearest));
}

static void need_name(struct check *check, const struct document *document, const char *path, size_t item,
                      struct text name, const struct name_set *known, const char *kind)
{
    need_name_at(check, document, node_at(document, path, item), path, name, known, kind);
}

static void need_names(struct check *check, const struct document *document, const char *path,
                       const struct text_list *list, const struct name_set *known, const char *kind)
{
    for (size_t i = 0; i < list->count; i++)
        need_name(check, document, path, i, list->items[i], known, kind);
}

/* CLIENT, AGENT-CLASS, or ISSUER/SUBJECT. */
static void check_actors(struct check *check, const struct document *document)
{
    const struct text_list *actors = &document->target.actors;
    for (size_t i = 0; i < actors->count; i++) {
        struct text subject = actors->items[i], first = text_cut(&subject, '/');
        bool is_pair = subject.base != NULL;
        need_name(check, document, "spec.accepts.actors", i, first,
                  is_pair ? &check->accepted_issuers : &check->callers,
                  is_pair ? "Issuer" : "Client or AgentClass");
    }
}

/* One that is there, and that the target's team may use. */
static void need_adapter(struct check *check, const struct document *document, const char *path,
                         struct text name)
{
    need_name(check, document, path, 0, name, &check->adapters, "Adapter");
    const struct document *adapter = documents_find(check->documents, DOCUMENT_ADAPTER, name);
    const struct name_set teams =
        adapter == NULL ? (struct name_set){0}
                        : (struct name_set){adapter->adapter.teams.items, adapter->adapter.teams.count};
    if (teams.count == 0 || names_have(&teams, document->team))
        return;
    ADD_AT(check, document, node_at(document, path, 0), "%s: the Adapter \"%.*s\" is not for targets of %s%.*s",
           path, TEXT_ARGUMENTS(name), document->team.length == 0 ? "no team" : "team ",
           TEXT_ARGUMENTS(document->team));
}

static void check_target(struct check *check, const struct document *document)
{
    const struct target_document *target = &document->target;
    need_name(check, document, "spec.domain", 0, target->domain, &check->domains, "Domain");
    need_names(check, document, "spec.accepts.issuers", &target->issuers, &check->accepted_issuers, "Issuer");
    need_names(check, document, "spec.accepts.clients", &target->clients, &check->callers,
               "Client or AgentClass");
    check_actors(check, document);
    need_adapter(check, document, "spec.adapter", target->adapter);
    if (target->egress.upstream.length != 0)
        need_adapter(check, document, "spec.egress.adapter", target->egress.adapter);
    need_name(check, document, "spec.resourceServer", 0, target->resource_server, &check->clients, "Client");
}

static void check_agent_class(struct check *check, const struct document *document)
{
    struct text name = document->agent_class.issuer;
    need_name(check, document, "spec.issuer", 0, name, &check->issuers, "Issuer");
    const struct document *issuer = documents_find(check->documents, DOCUMENT_ISSUER, name);
    if (issuer != NULL && !issuer->issuer.is_platform)
        ADD_AT(
            check, document, node_at(document, "spec.issuer", 0),
            "spec.issuer: the Issuer \"%.*s\" (%.*s:%u) does not authenticate agents; it needs platform: true",
            TEXT_ARGUMENTS(name), TEXT_ARGUMENTS(issuer->source), issuer->line);
}

/* Whether a credential for this target could be one that has the right. */
static bool could_give(const struct combination_right *right, const struct document *target)
{
    const struct name_set targets = {right->targets.items, right->targets.count};
    const struct name_set domains = {right->domains.items, right->domains.count};
    return target->kind == DOCUMENT_TARGET && (targets.count == 0 || names_have(&targets, target->name)) &&
           (domains.count == 0 || names_have(&domains, target->target.domain));
}

/* What the targets that could give a right offer. false: of some of them nobody knows. */
static bool gather_scopes(const struct check *check, const struct combination_right *right,
                          struct name_set *offered)
{
    size_t most = 0;
    for (size_t i = 0; i < right->targets.count; i++)
        if (!names_have(&check->targets, right->targets.items[i]))
            return false; /* already a mistake */
    for (size_t i = 0; i < check->count; i++)
        if (check->all[i]->kind == DOCUMENT_TARGET)
            most += check->all[i]->target.scopes.count;
    offered->names = ARENA_ARRAY(check->documents->arena, struct text, most + 1);
    for (size_t i = 0; i < check->count; i++) {
        const struct document *target = check->all[i];
        if (!could_give(right, target))
            continue;
        if (i >= check->documents->count)
            return false; /* refused, so perhaps half read */
        for (size_t scope = 0; scope < target->target.scopes.count; scope++)
            names_add(offered, target->target.scopes.items[scope]);
    }
    return true;
}

/* A scope that no target offers would make a rule that never applies, in silence. */
static void check_right(struct check *check, const struct document *document,
                        const struct combination_right *right, const struct tree_node *node)
{
    struct name_set offered = {0};
    const struct tree_node *targets = tree_nearest(node, "targets"), *domains = tree_nearest(node, "domains"),
                           *scopes = tree_nearest(node, "scopes");
    for (size_t i = 0; i < right->targets.count; i++)
        need_name_at(check, document, item_at(targets, i), "spec.rights.targets", right->targets.items[i],
                     &check->targets, "Target");
    for (size_t i = 0; i < right->domains.count; i++)
        need_name_at(check, document, item_at(domains, i), "spec.rights.domains", right->domains.items[i],
                     &check->domains, "Domain");
    if (check->documents->is_incomplete || !gather_scopes(check, right, &offered))
        return;
    for (size_t i = 0; i < right->scopes.count; i++) {
        struct text scope = right->scopes.items[i];
        if (scope.length == 0 || names_have(&offered, scope))
            continue;
        struct arena *arena = check->documents->arena;
        struct text nearest = mistake_nearest(arena, scope, offered.names, offered.count);
        ADD_AT(check, document, item_at(scopes, i),
               "spec.rights.scopes: no target of this right offers %.*s%.*s",
               TEXT_ARGUMENTS(mistake_quote(arena, scope)), TEXT_ARGUMENTS(nearest));
    }
}

static void check_combination(struct check *check, const struct document *document)
{
    const struct combination_right *rights = document->combination.rights.items;
    const struct tree_node *list = tree_nearest(document->tree, "spec.rights");
    for (size_t i = 0; i < document->combination.rights.count; i++)
        check_right(check, document, &rights[i], item_at(list, i));
}

static void check_team(struct check *check, const struct document *document)
{
    const struct team_member *members = document->owner.members.items;
    const struct tree_node *list = tree_nearest(document->tree, "spec.members");
    for (size_t i = 0; i < document->owner.members.count; i++)
        need_name_at(check, document, item_at(list, i), "spec.members.issuer", members[i].issuer,
                     &check->issuers, "Issuer");
}

static void check_names(struct check *check, const struct document *document)
{
    if (check->teams.count != 0)
        need_name(check, document, "metadata.team", 0, document->team, &check->teams, "Team");
    switch (document->kind) {
    case DOCUMENT_DOMAIN:
        need_names(check, document, "spec.leavesFor", &document->domain.leaves_for, &check->domains, "Domain");
        break;
    case DOCUMENT_ISSUER:
        need_name(check, document, "spec.domain", 0, document->issuer.domain, &check->domains, "Domain");
        need_names(check, document, "spec.handsTokensTo", &document->issuer.hands_tokens_to, &check->targets,
                   "Target");
        break;
    case DOCUMENT_AGENT_CLASS:
        check_agent_class(check, document);
        break;
    case DOCUMENT_TARGET:
        check_target(check, document);
        break;
    case DOCUMENT_COMBINATION:
        check_combination(check, document);
        break;
    case DOCUMENT_ADAPTER:
        need_names(check, document, "spec.teams", &document->adapter.teams, &check->teams, "Team");
        break;
    case DOCUMENT_TEAM:
        check_team(check, document);
        break;
    default:
        break;
    }
}

/* Something only one document may say: a claim on a value, with where it was made. */
struct claim {
    struct text value;
    const struct document *document;
    const char *what; /* "issuer identifier" */
};

struct claims {
    struct claim *items;
    size_t count;
};

static void claim_value(struct check *check, struct claims *claims, struct claim claim, const char *path,
                        size_t item)
{
    if (claim.value.length == 0)
        return; /* it could not be read */
    for (size_t i = 0; i < claims->count; i++) {
        const struct claim *other = &claims->items[i];
        if (!text_equal(other->value, claim.value) ||
            (other->document == claim.document && claim.document->kind == DOCUMENT_TARGET))
            continue;
        struct text value = mistake_quote(check->documents->arena, claim.value);
        ADD_AT(check, claim.document, node_at(claim.document, path, item),
               "%s: %.*s is already the %s of %s \"%.*s\" (%.*s:%u)", path, TEXT_ARGUMENTS(value), other->what,
               document_kind_name(other->document->kind), TEXT_ARGUMENTS(other->document->name),
               TEXT_ARGUMENTS(other->document->source), other->document->line);
        return;
    }
    claims->items[claims->count++] = claim;
}

/* Issuer identifiers and client ids share one space: both stand in iss (private_key_jwt, RFC 7523 section 3),
 * and a client that is named like an issuer would make it unclear whose token that is. Our own identifier comes
 * first, whatever the order of the documents. */
static void check_identifiers(struct check *check)
{
    static const enum document_kind order[] = {DOCUMENT_GATEWAY, DOCUMENT_ISSUER, DOCUMENT_CLIENT,
                                               DOCUMENT_AGENT_CLASS};
    struct claims claims = {ARENA_ARRAY(check->documents->arena, struct claim, check->count + 1), 0};
    for (size_t kind = 0; kind < sizeof(order) / sizeof(order[0]); kind++)
        for (size_t i = 0; i < check->count; i++) {
            const struct document *document = check->all[i];
            if (document->kind != order[kind])
                continue;
            if (document->kind == DOCUMENT_GATEWAY)
                claim_value(check, &claims,
                            (struct claim){document->gateway.issuer, document, "issuer identifier"},
                            "spec.issuer", 0);
            else if (document->kind == DOCUMENT_ISSUER)
                claim_value(check, &claims,
                            (struct claim){document->issuer.issuer, document, "issuer identifier"},
                            "spec.issuer", 0);
            else if (document->kind == DOCUMENT_AGENT_CLASS) /* its name is the client_id of its agents */
                claim_value(check, &claims, (struct claim){document->name, document, "client identifier"},
                            "metadata.name", 0);
            else
                claim_value(check, &claims,
                            (struct claim){document->client.client_id, document, "client identifier"},
                            "spec.clientId", 0);
        }
}

/* audience and resource find a target by one table, so that each name is one target's alone. */
static void check_target_names(struct check *check)
{
    size_t most = 0;
    for (size_t i = 0; i < check->count; i++)
        if (check->all[i]->kind == DOCUMENT_TARGET)
            most += check->all[i]->target.audiences.count + check->all[i]->target.resources.count;
    struct claims claims = {ARENA_ARRAY(check->documents->arena, struct claim, most + 1), 0};
    for (size_t i = 0; i < check->count; i++) {
        const struct document *document = check->all[i];
        if (document->kind != DOCUMENT_TARGET)
            continue;
        const struct target_document *target = &document->target;
        for (size_t item = 0; item < target->audiences.count; item++)
            claim_value(check, &claims, (struct claim){target->audiences.items[item], document, "audience"},
                        "spec.audiences", item);
        for (size_t item = 0; item < target->resources.count; item++)
            claim_value(check, &claims, (struct claim){target->resources.items[item], document, "resource"},
                        "spec.resources", item);
    }
}

/* Whose a client is must not depend on which document is read first. */
static void claim_clients(struct check *check, struct claims *claims, const struct document *document)
{
    const struct client_document *client = &document->client;
    for (size_t i = 0; i < client->metadata_urls.count; i++)
        claim_value(check, claims, (struct claim){client->metadata_urls.items[i], document, "class by URL"},
                    "spec.clientMetadataDocuments.urls", i);
    for (size_t i = 0; i < client->metadata_hosts.count; i++)
        claim_value(check, claims, (struct claim){client->metadata_hosts.items[i], document, "class by host"},
                    "spec.clientMetadataDocuments.hosts", i);
    if (client->has_registered)
        claim_value(check, claims,
                    (struct claim){TEXT(REGISTERED_CLIENT_PREFIX), document, "class of registered clients"},
                    "spec.registered", 0);
}

static void check_client_classes(struct check *check)
{
    size_t most = 0;
    for (size_t i = 0; i < check->count; i++)
        if (check->all[i]->kind == DOCUMENT_CLIENT)
            most += check->all[i]->client.metadata_urls.count + check->all[i]->client.metadata_hosts.count + 1;
    struct claims claims = {ARENA_ARRAY(check->documents->arena, struct claim, most + 1), 0};
    for (size_t i = 0; i < check->count; i++)
        if (check->all[i]->kind == DOCUMENT_CLIENT)
            claim_clients(check, &claims, check->all[i]);
}

static bool is_caller(enum document_kind kind)
{
    return kind == DOCUMENT_CLIENT || kind == DOCUMENT_AGENT_CLASS;
}

/* Names are unique within a kind; Client and AgentClass share theirs, since accepts.clients names either. */
static void check_doubled_names(struct check *check)
{
    for (size_t i = 0; i < check->count; i++)
        for (size_t before = 0; before < i; before++) {
            const struct document *document = check->all[i], *other = check->all[before];
            bool shares =
                document->kind == other->kind || (is_caller(document->kind) && is_caller(other->kind));
            if (!shares || document->name.length == 0 || !text_equal(document->name, other->name))
                continue;
            ADD_AT(check, document, node_at(document, "metadata.name", 0),
                   "metadata.name: %s \"%.*s\" already stands in %.*s:%u", document_kind_name(other->kind),
                   TEXT_ARGUMENTS(document->name), TEXT_ARGUMENTS(other->source), other->line);
            break;
        }
}

static void check_gateways(struct check *check)
{
    const struct document *first = NULL;
    size_t count = 0;
    for (size_t i = 0; i < check->count; i++) {
        const struct document *document = check->all[i];
        if (document->kind != DOCUMENT_GATEWAY)
            continue;
        if (count++ == 0)
            first = document;
        else if (!text_equal(document->name, first->name)) /* else already a doubled name */
            ADD_AT(check, document, document->tree,
                   "only one Gateway document is allowed; the first is in %.*s:%u",
                   TEXT_ARGUMENTS(first->source), first->line);
    }
    if (count == 0 && !check->documents->is_incomplete)
        mistake_add(check->documents, TEXT_NONE, 0, 0, "there is no document of kind Gateway");
}

static void gather(struct check *check)
{
    struct documents *documents = check->documents;
    check->all =
        ARENA_ARRAY(documents->arena, struct document *, documents->count + documents->refused_count + 1);
    for (size_t i = 0; i < documents->count; i++)
        check->all[check->count++] = documents->items[i];
    for (size_t i = 0; i < documents->refused_count; i++)
        check->all[check->count++] = documents->refused[i];
}

static void make_names(struct check *check)
{
    struct name_set *const sets[] = {&check->domains, &check->issuers, &check->accepted_issuers,
                                     &check->clients, &check->callers, &check->teams,
                                     &check->targets, &check->adapters};
    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
        sets[i]->names = ARENA_ARRAY(check->documents->arena, struct text, check->count + 8);
    names_add(&check->domains, TEXT("local"));
    names_add_kind(&check->domains, check, DOCUMENT_DOMAIN);
    names_add_kind(&check->issuers, check, DOCUMENT_ISSUER);
    names_add(&check->accepted_issuers, TEXT("self"));
    names_add_kind(&check->accepted_issuers, check, DOCUMENT_ISSUER);
    names_add_kind(&check->clients, check, DOCUMENT_CLIENT);
    names_add_kind(&check->callers, check, DOCUMENT_CLIENT);
    names_add_kind(&check->callers, check, DOCUMENT_AGENT_CLASS);
    names_add_kind(&check->teams, check, DOCUMENT_TEAM);
    names_add_kind(&check->targets, check, DOCUMENT_TARGET);
    for (size_t i = 0; adapters_built_in[i] != NULL; i++)
        names_add(&check->adapters, text_of(adapters_built_in[i]));
    names_add_kind(&check->adapters, check, DOCUMENT_ADAPTER);
}

void documents_check_references(struct documents *documents)
{
    struct check check = {.documents = documents};
    gather(&check);
    make_names(&check);
    check_gateways(&check);
    check_doubled_names(&check);
    for (size_t i = 0; i < check.count; i++)
        check_names(&check, check.all[i]);
    check_identifiers(&check);
    check_target_names(&check);
    check_client_classes(&check);
    document_hand_over_check(documents);
    document_mcp_check_reached(documents);
    mistake_sort(documents, 0);
}
