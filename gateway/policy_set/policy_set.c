/* From documents to what one exchange asks. One mistake in a policy refuses the whole set. */
#include "policy_set/policy_set.h"

struct sources {
    const struct document **documents; /* of each */
    struct policy_source *items;
    size_t count;
    const struct policy_set_mistakes *mistakes;
};

static void tell(void *context, size_t source, const struct cedar_mistake *mistake)
{
    const struct sources *sources = context;
    sources->mistakes->add(sources->mistakes->context, sources->documents[source], mistake);
}

static void find_sources(struct arena *arena, const struct documents *documents, struct sources *sources)
{
    sources->documents = ARENA_ARRAY(arena, const struct document *, documents->count + 1);
    sources->items = ARENA_ARRAY(arena, struct policy_source, documents->count + 1);
    for (size_t i = 0; i < documents->count; i++) {
        const struct document *document = documents->items[i];
        if (document->kind != DOCUMENT_POLICY || !document->policy.is_enabled)
            continue;
        sources->documents[sources->count] = document;
        sources->items[sources->count++] = (struct policy_source){
            document->name, document->label, document->policy.policies, document->policy.is_report};
    }
}

static void add_target(struct policy_base *base, const struct document *document)
{
    const struct target_document *target = &document->target;
    struct scope_set scopes = {.count = 0}, one;
    for (size_t i = 0; i < target->scopes.count && scopes.count < SCOPES_MAX; i++)
        if (scope_set_parse(target->scopes.items[i], &one) == FAULT_NONE && one.count == 1)
            scopes.scopes[scopes.count++] = one.scopes[0];
    policy_base_add_target(base, document->name, target->domain, document->team,
                           target->audiences.count == 0 ? TEXT("") : target->audiences.items[0],
                           target->adapter, &scopes);
    if (target->mcp.is_server)
        policy_base_add_server(base, document->name, target->domain, document->team);
}

static void add_document(struct policy_base *base, const struct document *document)
{
    switch (document->kind) {
    case DOCUMENT_ISSUER:
        policy_base_add_issuer(base, document->name, document->issuer.issuer, document->issuer.domain,
                               document->issuer.is_platform, document->issuer.risk);
        break;
    case DOCUMENT_CLIENT:
        policy_base_add_principal(base, "Client", document->name, document->team, 0);
        break;
    case DOCUMENT_AGENT_CLASS:
        policy_base_add_principal(base, "AgentClass", document->name, document->team,
                                  document->agent_class.risk);
        break;
    case DOCUMENT_TARGET:
        add_target(base, document);
        break;
    default:
        break;
    }
}

static struct policy_base *make_base(struct arena *arena, const struct documents *documents, struct text issuer)
{
    struct policy_base *base = policy_base_create(arena);
    for (size_t i = 0; i < documents->count; i++)
        add_document(base, documents->items[i]);
    policy_base_add_issuer(base, TEXT("self"), issuer, TEXT("local"), false, 0);
    policy_base_seal(base);
    return base;
}

static struct combined_names names_of(const struct text_list *list)
{
    return (struct combined_names){list->items, list->count};
}

static void compile_combination(struct arena *arena, const struct document *document,
                                struct combination *combination)
{
    static const enum policy_holder holders[] = {[COMBINATION_SUBJECT] = POLICY_HOLDER_SUBJECT,
                                                 [COMBINATION_TREE] = POLICY_HOLDER_TREE,
                                                 [COMBINATION_AGENT] = POLICY_HOLDER_AGENT};
    const struct combination_document *spec = &document->combination;
    const struct combination_right *written = spec->rights.items;
    struct combined_right *rights = ARENA_ARRAY(arena, struct combined_right, spec->rights.count + 1);
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

static void compile_combinations(struct arena *arena, const struct documents *documents, struct policy_set *set)
{
    struct combination *combinations = ARENA_ARRAY(arena, struct combination, documents->count + 1);
    for (size_t i = 0; i < documents->count; i++) {
        const struct document *document = documents->items[i];
        if (document->kind == DOCUMENT_COMBINATION && document->combination.is_enabled)
            compile_combination(arena, document, &combinations[set->combination_count++]);
    }
    set->combinations = combinations;
}

enum fault policy_set_compile(struct arena *arena, const struct documents *documents, struct text issuer,
                              const struct policy_set_mistakes *mistakes, struct policy_set *set)
{
    const struct gateway_document *gateway = documents_gateway(documents);
    struct sources *sources = ARENA_NEW(arena, struct sources);
    const struct policy_mistakes telling = {tell, sources};
    *set = (struct policy_set){0};
    sources->mistakes = mistakes;
    find_sources(arena, documents, sources);
    TRY(policy_book_compile(arena, sources->items, sources->count, &telling, &set->book));
    set->base = make_base(arena, documents, issuer);
    /* Without any policy the other documents decide alone (decision 0033). */
    set->rules =
        (struct policy_rules){.is_permit_required = policy_book_enforced_count(set->book) != 0 ||
                                                    (gateway != NULL && gateway->policy.is_required),
                              .work = gateway != NULL ? (size_t)gateway->policy.work : CEDAR_WORK_DEFAULT};
    compile_combinations(arena, documents, set);
    return FAULT_NONE;
}

bool policy_set_is_in_force(const struct policy_set *set)
{
    return set->rules.is_permit_required || policy_book_count(set->book) != 0;
}

void policy_set_ask(struct arena *arena, const struct policy_set *set, const struct policy_facts *facts,
                    struct policy_decision *decision)
{
    struct policy_rules rules = set->rules;
    rules.is_permit_required &= facts->subject.subject.length != 0;
    *decision = (struct policy_decision){.fault = FAULT_NONE};
    if (policy_set_is_in_force(set))
        policy_decide(arena, set->book, set->base, facts, &rules, decision);
}
