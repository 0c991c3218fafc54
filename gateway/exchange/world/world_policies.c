/* Documents are refused as a whole where a policy of theirs has a mistake, as for every other mistake. world.c
 * calls this. */
#include "exchange/world_policies.h"

#include "base/log.h"
#include "exchange/world.h"

/* A text of policies has its own lines, which the mistake is told in. */
static void tell(void *context, const struct document *document, const struct cedar_mistake *mistake)
{
    struct documents *documents = context;
    unsigned line, column;
    cedar_position(mistake->source, mistake->span.offset, &line, &column);
    struct text sentence = mistake->sentence;
    if (mistake->suggestion.length != 0) {
        const struct text parts[] = {sentence, TEXT("; "), mistake->suggestion};
        sentence = arena_join(documents->arena, parts, 3);
    }
    documents_add_policy_mistake(documents, document, line, column, sentence);
}

static void note_what_is_kept(struct world_policies *policies)
{
    for (size_t i = 0; i < policies->set.combination_count; i++) {
        const struct combination *combination = &policies->set.combinations[i];
        int64_t *kept_s = &policies->kept_s[combination->holder];
        *kept_s = combination->within_s > *kept_s ? combination->within_s : *kept_s;
    }
}

static void note_what_is_read(struct world_policies *policies)
{
    static const char *const held[POLICY_HOLDER_COUNT] = {[POLICY_HOLDER_SUBJECT] = "held_by_subject",
                                                          [POLICY_HOLDER_AGENT] = "held_by_agent",
                                                          [POLICY_HOLDER_TREE] = "held_in_tree"};
    static const char *const exchanges[POLICY_HOLDER_COUNT] = {
        [POLICY_HOLDER_AGENT] = "exchanges_by_agent", [POLICY_HOLDER_TREE] = "exchanges_in_tree"};
    for (int holder = 0; holder < POLICY_HOLDER_COUNT; holder++) {
        policies->reads_held[holder] = policy_book_reads(policies->set.book, held[holder]);
        policies->reads_exchanges[holder] =
            exchanges[holder] != NULL && policy_book_reads(policies->set.book, exchanges[holder]);
    }
}

bool world_policies_check(struct documents *documents)
{
    const struct gateway_document *gateway = documents_gateway(documents);
    const struct policy_set_mistakes mistakes = {tell, documents};
    struct policy_set set;
    struct text issuer = gateway != NULL ? gateway->issuer : TEXT("https://gateway.example");
    return policy_set_compile(documents->arena, documents, issuer, &mistakes, &set) == FAULT_NONE;
}

void world_policies_warn(const struct world *before, const struct world *world)
{
    if (before != NULL && before->policies.set.rules.is_permit_required &&
        !world->policies.set.rules.is_permit_required)
        LOG(LOG_WARNING, "policies_gone",
            log_text("effect",
                     TEXT("no permit is needed any more: what the other documents accept is allowed")));
    for (size_t i = 0; i < world->documents.count; i++) {
        const struct document *document = world->documents.items[i];
        if (document->kind == DOCUMENT_COMBINATION && !document->combination.is_enabled)
            LOG(LOG_WARNING, "combination_off", log_text("name", document->name),
                log_text("document", document->label));
    }
}

enum fault world_policies_compile(struct world *world, struct documents *documents)
{
    struct world_policies *policies = &world->policies;
    const struct policy_set_mistakes mistakes = {tell, documents};
    *policies = (struct world_policies){0};
    if (policy_set_compile(world->arena, &world->documents, world->issuer, &mistakes, &policies->set) !=
        FAULT_NONE)
        return FAULT_DOCUMENT_INVALID;
    note_what_is_kept(policies);
    note_what_is_read(policies);
    return FAULT_NONE;
}
