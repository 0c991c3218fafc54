/* The world: every document compiled into what one exchange needs, immutable, counted, swapped as a whole. Each
 * loop holds the current one in a slot of its own, so that taking it needs no lock; an exchange keeps the world
 * it began with. */
#ifndef EXCHANGE_WORLD_H
#define EXCHANGE_WORLD_H

#include <stdatomic.h>

#include "adapters/adapter_registry.h"
#include "config/documents.h"
#include "exchange/world_policies.h"
#include "keys/seal.h"
#include "lifecycle/budget.h"
#include "policy/scope.h"
#include "runtime/loop.h"
#include "trust/verification.h"

struct client {
    const struct document *document;
    struct key_source *keys; /* NULL without private_key_jwt */
    unsigned char secret_hash[DIGEST_SIZE];
    bool has_secret;
    struct text account; /* budget account: "client/NAME" */
    struct budget_limits limits;
};

struct agent_class {
    const struct document *document;
    const struct issuer *issuer;
    struct text account; /* "agent-class/NAME" */
    struct budget_limits limits;
};

struct target {
    const struct document *document;
    struct scope_set scopes;
    enum algorithm algorithm;
    const struct adapter *adapter;
    const struct adapter *egress_adapter; /* NULL: there is no egress */
    bool is_domain_enabled, is_adapter_enabled;
};

struct target_name {
    struct text name; /* an audience or a resource */
    const struct target *target;
};

struct team_account {
    struct text team, account; /* "team/NAME" */
    struct budget_limits limits;
};

/* What documents are compiled with. */
struct world_services {
    const struct sealer *sealer;
    struct key_keeper *keeper;
    const struct adapter_registry *adapters;
};

struct world {
    _Atomic long references;
    struct arena *arena; /* everything below, the documents included */
    struct documents documents;
    const struct gateway_document *gateway;
    const struct adapter_registry *adapters;
    struct text issuer;      /* our identifier: the iss of what is issued, and where our keys are found by it */
    struct text service_url; /* where clients reach us; without a slash at its end, see world_url */
    struct text token_endpoint;
    int64_t generation;         /* of the stored documents */
    struct text documents_name; /* another one for other documents, the same on every gateway that has them */
    struct issuer self;
    struct issuer *issuers;
    const struct issuer **issuers_by_identifier; /* sorted; self included */
    size_t issuer_count;
    struct client *clients; /* sorted by client_id */
    size_t client_count;
    struct agent_class *agent_classes;
    size_t agent_class_count;
    struct target *targets;
    size_t target_count;
    struct target_name *target_names; /* sorted */
    size_t target_name_count;
    struct text_list details_types; /* of authorization details that some target offers, sorted, each once */
    struct team_account *teams;
    size_t team_count;
    struct world_policies policies;
};

/* Compiles documents that have been read and checked (arena and documents become the world's). mistakes are
 * added to documents->mistakes; then the result is DOCUMENT_INVALID and the arena is still the caller's. */
MUST_USE enum fault world_compile(struct arena *arena, struct documents *documents,
                                  const struct world_services *services, int64_t generation,
                                  struct world **world);
/* What documents_name is, once policies are compiled. */
struct text world_documents_name(struct arena *arena, const struct world *world);
void world_retain(struct world *world);
void world_release(struct world *world);

/* Of a client that belongs to a class, the class (client_class.h). */
const struct client *world_client(const struct world *world, struct text client_id);
/* Whether any of them may send people to /authorize. */
bool world_has_browser_clients(const struct world *world);
/* Where clients reach a path of ours, such as "/token": the one place that says so, whatever we call ourselves
 * and whatever a request says it was sent to. */
struct text world_url(const struct world *world, struct arena *arena, struct text path);
const struct issuer *world_issuer(const struct world *world, struct text identifier);
const struct target *world_target(const struct world *world, struct text audience_or_resource);
/* By metadata.name. */
const struct target *world_target_named(const struct world *world, struct text name);
const struct agent_class *world_agent_class(const struct world *world, struct text name);
const struct team_account *world_team(const struct world *world, struct text team);
/* Whether identities of one domain may leave for another (its own always). false for a disabled one.
 * *decided_by is the Domain document that said so, or NULL for the implicit one. */
bool world_domain_lets_leave(const struct world *world, struct text from, struct text to,
                             const struct document **decided_by);

/* What a Target's document says of it, as its adapter is told; borrowed from the document. */
struct credential_target target_for_adapter(const struct document *target);
/* What accounts and secrets are handed over to, and what it is told: where a target has two adapters that take
 * something, the one that puts it into calls. Its connect may be NULL. */
const struct adapter *target_connecting_adapter(const struct target *target, struct credential_target *told);

/* The current world of every loop. */
struct world_keeper;
struct world_keeper *world_keeper_create(struct loop *const *loops, size_t count, struct world *first);
/* When no loop runs any more, and after the loops. */
void world_keeper_close(struct world_keeper *keeper);
void world_keeper_destroy(struct world_keeper *keeper);
/* Of the calling loop; retained, give back with world_release. */
struct world *world_keeper_take(struct world_keeper *keeper);
/* How often the calling loop's has been replaced. */
int64_t world_keeper_swaps(const struct world_keeper *keeper);
/* From a loop: hands the new world to every loop; the caller's reference goes with it. When each has it, done
 * runs on the calling one with true; with false, on any, when the keeper was closed meanwhile. */
void world_keeper_swap(struct world_keeper *keeper, struct world *next,
                       void (*done)(void *context, bool is_everywhere), void *context);

#endif
