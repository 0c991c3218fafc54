/* Compiles documents into a world. Looks nothing up at exchange time that can be resolved here: secrets become
 * keyed hashes, names become pointers, scopes become sets. */
#include "exchange/world.h"
#include "exchange/client_class.h"

#include <stdlib.h>
#include <string.h>

struct compilation {
    struct world *world;
    struct documents *documents;
    const struct world_services *services;
};

static enum fault mistake_add(struct compilation *compilation, const struct document *document,
                              const char *field, struct text sentence)
{
    documents_add_mistake(compilation->documents, document, field, sentence);
    return FAULT_DOCUMENT_INVALID;
}

static struct budget_limits limits_of(const struct budget_document *budget)
{
    return (struct budget_limits){.exchanges_per_second = budget->exchanges_per_second,
                                  .live_credentials = budget->live_credentials,
                                  .records_per_hour = budget->records_per_hour};
}

static struct text account_name(struct arena *arena, const char *kind, struct text name)
{
    return arena_print(arena, "%s/%.*s", kind, TEXT_ARGUMENTS(name));
}

/* RSA keys without "alg" get the one RSA algorithm their owner is configured for, RS256 when there are several.
 */
static enum algorithm rsa_algorithm_of(const struct text_list *names)
{
    enum algorithm found = ALGORITHM_NONE_KNOWN;
    for (size_t i = 0; i < names->count; i++) {
        enum algorithm algorithm = algorithm_parse(names->items[i]);
        if (algorithm < ALGORITHM_RS256 || algorithm > ALGORITHM_PS512)
            continue;
        if (found != ALGORITHM_NONE_KNOWN)
            return ALGORITHM_RS256;
        found = algorithm;
    }
    return found == ALGORITHM_NONE_KNOWN ? ALGORITHM_RS256 : found;
}

static enum fault refuse_secret_file(struct compilation *compilation, const struct document *document,
                                     const char *field)
{
    return mistake_add(
        compilation, document, field,
        arena_print(compilation->world->arena,
                    "secretFile %.*s cannot be read; it must be a regular file, no symbolic "
                    "link but of root's, readable by its owner alone (chmod 600); one that only stored "
                    "documents name must stand in the Gateway's spec.confinement.readable",
                    TEXT_ARGUMENTS(document_secret_file(document))));
}

/* Kept as it is: it is shown to the issuer where somebody logs in. */
static enum fault read_login_secret(struct compilation *compilation, const struct document *document,
                                    struct issuer *issuer)
{
    struct text path = document->issuer.login.secret_file;
    if (path.length == 0)
        return FAULT_NONE;
    bool is_read = secret_read_file(path.base, &issuer->login_secret) == FAULT_NONE;
    if (!is_read || secret_length(issuer->login_secret) == 0)
        return refuse_secret_file(compilation, document, "spec.login.secretFile");
    return FAULT_NONE;
}

static enum fault compile_issuer(struct compilation *compilation, const struct document *document,
                                 struct issuer *issuer)
{
    const struct issuer_document *spec = &document->issuer;
    issuer->document = document;
    for (size_t i = 0; i < spec->algorithms.count; i++)
        issuer->algorithms |= 1u << algorithm_parse(spec->algorithms.items[i]);
    struct text url = spec->keys_source == ISSUER_KEYS_DISCOVERY ? spec->issuer : spec->jwks_uri;
    /* A disabled issuer is never spoken to: off means off. */
    if (!spec->is_enabled)
        return FAULT_NONE;
    issuer->keys = key_source_acquire(compilation->services->keeper, spec->keys_source, url, spec->jwks,
                                      rsa_algorithm_of(&spec->algorithms));
    return read_login_secret(compilation, document, issuer);
}

/* Reads a client's secret from its owner-only file and keeps only its keyed hash. */
static enum fault read_secret_file(struct compilation *compilation, const struct document *document,
                                   struct client *client)
{
    struct arena *arena = compilation->world->arena;
    struct text path = document->client.secret_file;
    SCOPED_SECRET secret = NULL;
    if (secret_read_file(path.base, &secret) != FAULT_NONE)
        return refuse_secret_file(compilation, document, "spec.authentication.secretFile");
    size_t length = secret_length(secret);
    if (length < 32 || length >= 512)
        return mistake_add(
            compilation, document, "spec.authentication.secretFile",
            arena_print(arena, "the secret in %.*s has %zu characters; 32 to 511 random ones are needed",
                        TEXT_ARGUMENTS(path), length));
    sealer_keyed_hash(compilation->services->sealer, "client-secret",
                      (struct text){(const char *)secret_bytes(secret), length}, client->secret_hash);
    client->has_secret = true;
    return FAULT_NONE;
}

static bool parse_hash(struct text hexadecimal, unsigned char out[DIGEST_SIZE])
{
    if (hexadecimal.length != 2 * DIGEST_SIZE)
        return false;
    for (size_t i = 0; i < DIGEST_SIZE; i++) {
        char pair[3] = {hexadecimal.base[2 * i], hexadecimal.base[2 * i + 1], '\0'};
        char *end;
        out[i] = (unsigned char)strtoul(pair, &end, 16);
        if (end != pair + 2)
            return false;
    }
    return true;
}

static enum fault compile_client(struct compilation *compilation, const struct document *document,
                                 struct client *client)
{
    const struct client_document *spec = &document->client;
    client->document = document;
    client->account = account_name(compilation->world->arena, "client", document->name);
    client->limits = limits_of(&spec->budget);
    if (spec->is_enabled && (spec->methods & CLIENT_PRIVATE_KEY_JWT) != 0)
        client->keys = key_source_acquire(compilation->services->keeper,
                                          spec->jwks != NULL ? ISSUER_KEYS_INLINE : ISSUER_KEYS_JWKS_URI,
                                          spec->jwks_uri, spec->jwks, ALGORITHM_RS256);
    if (spec->secret_file.length != 0)
        return read_secret_file(compilation, document, client);
    if (spec->secret_hash.length != 0) {
        client->has_secret = parse_hash(spec->secret_hash, client->secret_hash);
        if (!client->has_secret)
            return mistake_add(compilation, document, "spec.authentication.secretHash",
                               TEXT("secretHash must be 64 hexadecimal digits"));
    }
    return FAULT_NONE;
}

static enum fault compile_agent_class(struct compilation *compilation, const struct document *document,
                                      struct agent_class *class)
{
    struct world *world = compilation->world;
    class->document = document;
    class->account = account_name(world->arena, "agent-class", document->name);
    class->limits = limits_of(&document->agent_class.budget);
    for (size_t i = 0; i < world->issuer_count; i++)
        if (world->issuers_by_identifier[i]->document != NULL &&
            text_equal(world->issuers_by_identifier[i]->document->name, document->agent_class.issuer))
            class->issuer = world->issuers_by_identifier[i];
    if (class->issuer == NULL)
        return mistake_add(compilation, document, "spec.issuer",
                           TEXT("the issuer of this agent class does not exist"));
    return FAULT_NONE;
}

static bool gateway_signs(const struct world *world, struct text algorithm)
{
    const struct text_list *algorithms = &world->gateway->signing_algorithms;
    return text_list_has(algorithms, algorithm);
}

static const struct adapter *find_adapter(const struct compilation *compilation, struct target *target,
                                          const char *field, struct text name)
{
    const struct world *world = compilation->world;
    const struct adapter *adapter = adapter_registry_find(world->adapters, name);
    const struct document *program = documents_find(&world->documents, DOCUMENT_ADAPTER, name);
    target->is_adapter_enabled &= program == NULL || program->adapter.is_enabled;
    if (adapter == NULL)
        documents_add_mistake(compilation->documents, target->document, field,
                              arena_print(world->arena, "there is no adapter \"%.*s\"", TEXT_ARGUMENTS(name)));
    return adapter;
}

/* What calls through egress show is a credential of ours: what the target's own adapter makes, or a key for
 * calls (decision 0043), of which there is none where that adapter gives others' keys by the same type. */
static enum fault find_adapters(struct compilation *compilation, struct target *target)
{
    const struct target_document *spec = &target->document->target;
    target->is_adapter_enabled = true;
    target->adapter = find_adapter(compilation, target, "spec.adapter", spec->adapter);
    if (target->adapter == NULL)
        return FAULT_DOCUMENT_INVALID;
    if (spec->egress.upstream.length == 0)
        return FAULT_NONE;
    if (text_is(spec->adapter, "vault"))
        return mistake_add(
            compilation, target->document, "spec.adapter",
            TEXT("spec.adapter: calls through egress are made with a credential of ours: expected jwt, "
                 "api-key or an Adapter; what is put into them is spec.egress.adapter's to make"));
    target->egress_adapter = find_adapter(compilation, target, "spec.egress.adapter", spec->egress.adapter);
    return target->egress_adapter == NULL ? FAULT_DOCUMENT_INVALID : FAULT_NONE;
}

static enum fault compile_target(struct compilation *compilation, const struct document *document,
                                 struct target *target)
{
    struct world *world = compilation->world;
    target->document = document;
    target->algorithm = algorithm_parse(document->target.algorithm);
    for (size_t i = 0; i < document->target.scopes.count; i++) {
        struct scope_set one;
        if (target->scopes.count == SCOPES_MAX ||
            scope_set_parse(document->target.scopes.items[i], &one) != FAULT_NONE || one.count != 1)
            return mistake_add(compilation, document, "spec.scopes",
                               arena_print(world->arena,
                                           "scope \"%.*s\" is not one scope token, or there are more than %d",
                                           TEXT_ARGUMENTS(document->target.scopes.items[i]), SCOPES_MAX));
        target->scopes.scopes[target->scopes.count++] = one.scopes[0];
    }
    TRY(find_adapters(compilation, target));
    if (!gateway_signs(world, document->target.algorithm))
        return mistake_add(compilation, document, "spec.token.algorithm",
                           arena_print(world->arena,
                                       "the token algorithm %.*s is not among the gateway's signing.algorithms",
                                       TEXT_ARGUMENTS(document->target.algorithm)));
    const struct document *domain = documents_find(&world->documents, DOCUMENT_DOMAIN, document->target.domain);
    target->is_domain_enabled = domain == NULL || domain->domain.is_enabled;
    return FAULT_NONE;
}

static size_t count_kind(const struct documents *documents, enum document_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < documents->count; i++)
        count += documents->items[i]->kind == kind;
    return count;
}

static int compare_issuers(const void *a, const void *b)
{
    const struct issuer *const *left = a, *const *right = b;
    return text_compare((*left)->document->issuer.issuer, (*right)->document->issuer.issuer);
}

static int compare_clients(const void *a, const void *b)
{
    const struct client *left = a, *right = b;
    return text_compare(left->document->client.client_id, right->document->client.client_id);
}

static int compare_target_names(const void *a, const void *b)
{
    const struct target_name *left = a, *right = b;
    return text_compare(left->name, right->name);
}

/* Our own tokens are believed like an issuer's, under a document of their own making. */
static void compile_self(struct world *world)
{
    struct document *document = ARENA_NEW(world->arena, struct document);
    static const struct text names[] = {TEXT("access_token"), TEXT("jwt")};
    *document = (struct document){.kind = DOCUMENT_ISSUER, .name = TEXT("self"), .source = TEXT("built in")};
    document->issuer = (struct issuer_document){.domain = TEXT("local"),
                                                .issuer = world->issuer,
                                                .token_types = {(struct text *)names, 2},
                                                .maximum_age_s = 86400,
                                                .leeway_s = 5,
                                                .subject_claim = TEXT("sub"),
                                                .is_enabled = true};
    world->self = (struct issuer){.document = document, .is_self = true};
    for (size_t i = 0; i < world->gateway->signing_algorithms.count; i++)
        world->self.algorithms |= 1u << algorithm_parse(world->gateway->signing_algorithms.items[i]);
}

static void allocate_tables(struct world *world)
{
    const struct documents *documents = &world->documents;
    struct arena *arena = world->arena;
    size_t issuers = count_kind(documents, DOCUMENT_ISSUER);
    world->issuers = ARENA_ARRAY(arena, struct issuer, issuers + 1);
    world->issuers_by_identifier = ARENA_ARRAY(arena, const struct issuer *, issuers + 1);
    world->clients = ARENA_ARRAY(arena, struct client, count_kind(documents, DOCUMENT_CLIENT) + 1);
    world->agent_classes =
        ARENA_ARRAY(arena, struct agent_class, count_kind(documents, DOCUMENT_AGENT_CLASS) + 1);
    world->targets = ARENA_ARRAY(arena, struct target, count_kind(documents, DOCUMENT_TARGET) + 1);
    world->teams = ARENA_ARRAY(arena, struct team_account, count_kind(documents, DOCUMENT_TEAM) + 1);
}

static enum fault compile_issuers(struct compilation *compilation)
{
    struct world *world = compilation->world;
    enum fault worst = FAULT_NONE;
    for (size_t i = 0; i < world->documents.count; i++)
        if (world->documents.items[i]->kind == DOCUMENT_ISSUER) {
            struct issuer *issuer = &world->issuers[world->issuer_count];
            if (compile_issuer(compilation, world->documents.items[i], issuer) != FAULT_NONE)
                worst = FAULT_DOCUMENT_INVALID;
            world->issuers_by_identifier[world->issuer_count++] = issuer;
        }
    world->issuers_by_identifier[world->issuer_count++] = &world->self;
    qsort(world->issuers_by_identifier, world->issuer_count, sizeof(world->issuers_by_identifier[0]),
          compare_issuers);
    return worst;
}

static enum fault compile_principals_and_targets(struct compilation *compilation)
{
    struct world *world = compilation->world;
    enum fault worst = FAULT_NONE;
    for (size_t i = 0; i < world->documents.count; i++) {
        const struct document *document = world->documents.items[i];
        enum fault fault = FAULT_NONE;
        if (document->kind == DOCUMENT_CLIENT)
            fault = compile_client(compilation, document, &world->clients[world->client_count++]);
        else if (document->kind == DOCUMENT_AGENT_CLASS)
            fault =
                compile_agent_class(compilation, document, &world->agent_classes[world->agent_class_count++]);
        else if (document->kind == DOCUMENT_TARGET)
            fault = compile_target(compilation, document, &world->targets[world->target_count++]);
        else if (document->kind == DOCUMENT_TEAM)
            world->teams[world->team_count++] =
                (struct team_account){document->name, account_name(world->arena, "team", document->name),
                                      limits_of(&document->owner.budget)};
        if (fault != FAULT_NONE)
            worst = fault;
    }
    qsort(world->clients, world->client_count, sizeof(world->clients[0]), compare_clients);
    return worst;
}

static void index_target_names(struct world *world)
{
    size_t names = 0;
    for (size_t i = 0; i < world->target_count; i++)
        names += world->targets[i].document->target.audiences.count +
                 world->targets[i].document->target.resources.count;
    world->target_names = ARENA_ARRAY(world->arena, struct target_name, names + 1);
    for (size_t i = 0; i < world->target_count; i++) {
        const struct target *target = &world->targets[i];
        const struct text_list *lists[] = {&target->document->target.audiences,
                                           &target->document->target.resources};
        for (size_t list = 0; list < 2; list++)
            for (size_t item = 0; item < lists[list]->count; item++)
                world->target_names[world->target_name_count++] =
                    (struct target_name){lists[list]->items[item], target};
    }
    qsort(world->target_names, world->target_name_count, sizeof(world->target_names[0]), compare_target_names);
}

static int compare_texts(const void *a, const void *b)
{
    return text_compare(*(const struct text *)a, *(const struct text *)b);
}

static void collect_details_types(struct world *world)
{
    struct text_list *all = &world->details_types;
    size_t room = 1, kept = 0;
    for (size_t i = 0; i < world->target_count; i++)
        room += world->targets[i].document->target.authorization_details.count;
    all->items = ARENA_ARRAY(world->arena, struct text, room);
    for (size_t i = 0; i < world->target_count; i++) {
        const struct target_document *target = &world->targets[i].document->target;
        for (size_t type = 0; target->is_enabled && type < target->authorization_details.count; type++)
            all->items[all->count++] = target->authorization_details.items[type];
    }
    qsort(all->items, all->count, sizeof(all->items[0]), compare_texts);
    for (size_t i = 0; i < all->count; i++)
        if (kept == 0 || !text_equal(all->items[i], all->items[kept - 1]))
            all->items[kept++] = all->items[i];
    all->count = kept;
}

static void release_sources(struct world *world)
{
    for (size_t i = 0; i < world->issuer_count; i++) {
        if (world->issuers_by_identifier[i]->keys != NULL)
            key_source_release(world->issuers_by_identifier[i]->keys);
        secret_destroy(world->issuers_by_identifier[i]->login_secret);
    }
    for (size_t i = 0; i < world->client_count; i++)
        if (world->clients[i].keys != NULL)
            key_source_release(world->clients[i].keys);
}

struct text world_url(const struct world *world, struct arena *arena, struct text path)
{
    return arena_print(arena, "%.*s%.*s", TEXT_ARGUMENTS(world->service_url), TEXT_ARGUMENTS(path));
}

enum fault world_compile(struct arena *arena, struct documents *documents,
                         const struct world_services *services, int64_t generation, struct world **out)
{
    struct world *world = ARENA_NEW(arena, struct world);
    world->references = 1;
    world->arena = arena;
    world->documents = *documents;
    world->generation = generation;
    world->gateway = documents_gateway(documents);
    INVARIANT(world->gateway != NULL);
    world->adapters = services->adapters;
    world->issuer = world->gateway->issuer;
    world->service_url = world->gateway->service_url.length != 0 ? world->gateway->service_url : world->issuer;
    world->token_endpoint = world_url(world, arena, TEXT("/token"));
    struct compilation compilation = {world, documents, services};
    allocate_tables(world);
    compile_self(world);
    enum fault issuers = compile_issuers(&compilation), fault = compile_principals_and_targets(&compilation);
    fault = issuers != FAULT_NONE ? issuers : fault;
    index_target_names(world);
    collect_details_types(world);
    if (fault == FAULT_NONE)
        fault = world_policies_compile(world, documents);
    if (fault != FAULT_NONE) {
        release_sources(world);
        return fault;
    }
    world->documents_name = world_documents_name(arena, world);
    *out = world;
    return FAULT_NONE;
}

struct credential_target target_for_adapter(const struct document *target)
{
    const struct target_document *spec = &target->target;
    const struct hand_over_document *hand_over = &spec->hand_over;
    return (struct credential_target){
        .name = target->name,
        .domain = spec->domain,
        .audience = spec->audiences.items[0],
        .settings = spec->settings,
        .team = target->team,
        .assertion_audience = hand_over->assertion_audience,
        .assertion_algorithm = algorithm_parse(spec->algorithm),
        .assertion_type = spec->type,
        .is_subject_token_handed_over = hand_over->is_subject_token_wanted,
        .handed_attributes = hand_over->attributes.items,
        .handed_attribute_count = hand_over->attributes.count,
        .is_connected_by_people = spec->consent_s != 0,
    };
}

const struct adapter *target_connecting_adapter(const struct target *target, struct credential_target *told)
{
    const struct adapter *egress = target->egress_adapter;
    *told = target_for_adapter(target->document);
    if (egress == NULL || egress->connect == NULL)
        return target->adapter;
    told->settings = target->document->target.egress.settings;
    return egress;
}

void world_retain(struct world *world)
{
    atomic_fetch_add_explicit(&world->references, 1, memory_order_relaxed);
}

void world_release(struct world *world)
{
    if (atomic_fetch_sub_explicit(&world->references, 1, memory_order_acq_rel) != 1)
        return;
    release_sources(world);
    arena_destroy(world->arena);
}

static const struct client *client_of_document(const struct world *world, struct text client_id)
{
    size_t low = 0, high = world->client_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = text_compare(world->clients[middle].document->client.client_id, client_id);
        if (order == 0)
            return &world->clients[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct client *world_client(const struct world *world, struct text client_id)
{
    const struct client *client = client_of_document(world, client_id);
    return client != NULL ? client : client_class_find(world, client_id);
}

const struct issuer *world_issuer(const struct world *world, struct text identifier)
{
    return issuer_find(world->issuers_by_identifier, world->issuer_count, identifier);
}

const struct target *world_target(const struct world *world, struct text audience_or_resource)
{
    struct target_name key = {.name = audience_or_resource};
    const struct target_name *found = bsearch(&key, world->target_names, world->target_name_count,
                                              sizeof(world->target_names[0]), compare_target_names);
    return found == NULL ? NULL : found->target;
}

const struct target *world_target_named(const struct world *world, struct text name)
{
    for (size_t i = 0; i < world->target_count; i++)
        if (text_equal(world->targets[i].document->name, name))
            return &world->targets[i];
    return NULL;
}

const struct agent_class *world_agent_class(const struct world *world, struct text name)
{
    for (size_t i = 0; i < world->agent_class_count; i++)
        if (text_equal(world->agent_classes[i].document->name, name))
            return &world->agent_classes[i];
    return NULL;
}

const struct team_account *world_team(const struct world *world, struct text team)
{
    for (size_t i = 0; i < world->team_count; i++)
        if (text_equal(world->teams[i].team, team))
            return &world->teams[i];
    return NULL;
}

bool world_domain_lets_leave(const struct world *world, struct text from, struct text to,
                             const struct document **decided_by)
{
    *decided_by = documents_find(&world->documents, DOCUMENT_DOMAIN, from);
    if (*decided_by != NULL && !(*decided_by)->domain.is_enabled)
        return false;
    if (text_equal(from, to))
        return true;
    return *decided_by != NULL && text_list_has(&(*decided_by)->domain.leaves_for, to);
}
