/* From documents of kind Policy and Combination to what one exchange asks. Policies are refused as a whole
 * where one of them has a mistake, like every other document. */
#include "exchange/world_policies.h"

#include "exchange/world.h"

struct sources {
    const struct document **documents; /* of each */
    struct policy_source *items;
    size_t count;
};

struct telling {
    struct documents *documents;
    const struct sources *sources;
};

/* A text of policies has its own lines, which the mistake is told in. */
static void tell(void *context, size_t source, const struct cedar_mistake *mistake)
{
    struct telling *telling = context;
    unsigned line, column;
    cedar_position(mistake->source, mistake->span.offset, &line, &column);
    struct text sentence = mistake->sentence;
    if (mistake->suggestion.length != 0) {
        const struct text parts[] = {sentence, TEXT("; "), mistake->suggestion};
        sentence = arena_join(telling->documents->arena, parts, 3);
    }
    documents_add_policy_mistake(telling->documents, telling->sources->documents[source], line, column,
                                 sentence);
}

static struct sources find_sources(struct world *world)
{
    const struct documents *documents = &world->documents;
    struct sources sources = {ARENA_ARRAY(world->arena, const struct document *, documents->count + 1),
                              ARENA_ARRAY(world->arena, struct policy_source, documents->count + 1), 0};
    for (size_t i = 0; i < documents->count; i++) {
        const struct document *document = documents->items[i];
        if (document->kind != DOCUMENT_POLICY || !document->policy.is_enabled)
            continue;
        sources.documents[sources.count] = document;
        sources.items[sources.count++] = (struct policy_source){
            document->name, document->label, document->policy.policies, document->policy.is_report};
    }
    return sources;
}

static void add_principals(const struct world *world, struct policy_base *base)
{
    for (size_t i = 0; i < world->issuer_count; i++) {
        const struct document *document = world->issuers_by_identifier[i]->document;
        policy_base_add_issuer(base, document->name, document->issuer.issuer, document->issuer.domain,
                               document->issuer.is_platform, document->issuer.risk);
    }
    for (size_t i = 0; i < world->client_count; i++)
        policy_base_add_principal(base, "Client", world->clients[i].document->name,
                                  world->clients[i].document->team, 0);
    for (size_t i = 0; i < world->agent_class_count; i++) {
        const struct document *document = world->agent_classes[i].document;
        policy_base_add_principal(base, "AgentClass", document->name, document->team,
                                  document->agent_class.risk);
    }
}

static struct policy_base *make_base(const struct world *world)
{
    struct policy_base *base = policy_base_create(world->arena);
    add_principals(world, base);
    for (size_t i = 0; i < world->target_count; i++) {
        const struct document *document = world->targets[i].document;
        policy_base_add_target(base, document->name, document->target.domain, document->team,
                               document->target.audiences.items[0], document->target.adapter,
                               &world->targets[i].scopes);
    }
    policy_base_seal(base);
    return base;
}

static struct combined_names names_of(const struct text_list *list)
{
    return (struct combined_names){list->items, list->count};
}

static void compile_combination(struct world *world, const struct document *document,
                                struct combination *combination)
{
    static const enum policy_holder holders[] = {[COMBINATION_SUBJECT] = POLICY_HOLDER_SUBJECT,
                                                 [COMBINATION_TREE] = POLICY_HOLDER_TREE,
                                                 [COMBINATION_AGENT] = POLICY_HOLDER_AGENT};
    const struct combination_document *spec = &document->combination;
    const struct combination_right *written = spec->rights.items;
    struct combined_right *rights = ARENA_ARRAY(world->arena, struct combined_right, spec->rights.count);
    for (size_t i = 0; i < spec->rights.count; i++)
        rights[i] = (struct combined_right){written[i].name, names_of(&written[i].targets),
                                            names_of(&written[i].domains), names_of(&written[i].scopes)};
    *combination = (struct combination){.name = document->name,
                                        .label = document->label,
                                        .holder = holders[spec->holder],
                                        .within_s = spec->within_s,
                                        .narrows = spec->narrows,
                                        .rights = rights,
                                        .right_count = spec->rights.count};
}

static void compile_combinations(struct world *world)
{
    struct world_policies *policies = &world->policies;
    struct combination *combinations =
        ARENA_ARRAY(world->arena, struct combination, world->documents.count + 1);
    for (size_t i = 0; i < world->documents.count; i++) {
        const struct document *document = world->documents.items[i];
        if (document->kind != DOCUMENT_COMBINATION || !document->combination.is_enabled)
            continue;
        struct combination *combination = &combinations[policies->combination_count++];
        compile_combination(world, document, combination);
        int64_t *kept_s = &policies->kept_s[combination->holder];
        *kept_s = combination->within_s > *kept_s ? combination->within_s : *kept_s;
    }
    policies->combinations = combinations;
}

static void note_what_is_read(struct world_policies *policies)
{
    static const char *const held[POLICY_HOLDER_COUNT] = {[POLICY_HOLDER_SUBJECT] = "held_by_subject",
                                                          [POLICY_HOLDER_AGENT] = "held_by_agent",
                                                          [POLICY_HOLDER_TREE] = "held_in_tree"};
    static const char *const exchanges[POLICY_HOLDER_COUNT] = {
        [POLICY_HOLDER_AGENT] = "exchanges_by_agent", [POLICY_HOLDER_TREE] = "exchanges_in_tree"};
    for (int holder = 0; holder < POLICY_HOLDER_COUNT; holder++) {
        policies->reads_held[holder] = policy_book_reads(policies->book, held[holder]);
        policies->reads_exchanges[holder] =
            exchanges[holder] != NULL && policy_book_reads(policies->book, exchanges[holder]);
    }
}

enum fault world_policies_compile(struct world *world, struct documents *documents)
{
    struct world_policies *policies = &world->policies;
    struct sources sources = find_sources(world);
    struct telling telling = {documents, &sources};
    const struct policy_mistakes mistakes = {tell, &telling};
    if (policy_book_compile(world->arena, sources.items, sources.count, &mistakes, &policies->book) !=
        FAULT_NONE)
        return FAULT_DOCUMENT_INVALID;
    size_t enforced = policy_book_enforced_count(policies->book);
    policies->base = make_base(world);
    /* Without any policy the other documents decide alone (decision 0033). */
    policies->rules =
        (struct policy_rules){.is_permit_required = enforced != 0 || world->gateway->policy.is_required,
                              .work = (size_t)world->gateway->policy.work};
    policies->is_in_force = policies->rules.is_permit_required || policy_book_count(policies->book) != 0;
    compile_combinations(world);
    note_what_is_read(policies);
    return FAULT_NONE;
}
