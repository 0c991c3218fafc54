/* A walk over heads and expressions of policies for entities that documents make; see policy_names.h. */
#include "policy_names.h"

#include <string.h>

static const struct {
    const char *type;
    enum document_kind kind;
} types[] = {{"Target", DOCUMENT_TARGET},          {"Domain", DOCUMENT_DOMAIN}, {"Client", DOCUMENT_CLIENT},
             {"AgentClass", DOCUMENT_AGENT_CLASS}, {"Issuer", DOCUMENT_ISSUER}, {"Team", DOCUMENT_TEAM},
             {"Server", DOCUMENT_TARGET}};

/* -- the names that there are */

struct asked {
    struct text name;
    bool is_there;
    struct text nearest;
    unsigned distance;
};

static void meet(struct asked *asked, struct text known)
{
    unsigned distance = text_distance(asked->name, known);
    if (known.length == 0)
        return;
    asked->is_there |= text_equal(asked->name, known);
    if (distance < asked->distance && distance <= 3 && distance < asked->name.length) {
        asked->distance = distance;
        asked->nearest = known;
    }
}

/* What a document names beside itself: domains and teams need no document of their own. */
static void meet_mentioned(struct asked *asked, enum document_kind kind, const struct document *document)
{
    if (kind == DOCUMENT_TEAM)
        meet(asked, document->team);
    if (kind != DOCUMENT_DOMAIN)
        return;
    if (document->kind == DOCUMENT_ISSUER)
        meet(asked, document->issuer.domain);
    if (document->kind == DOCUMENT_TARGET)
        meet(asked, document->target.domain);
    for (size_t i = 0; document->kind == DOCUMENT_DOMAIN && i < document->domain.leaves_for.count; i++)
        meet(asked, document->domain.leaves_for.items[i]);
}

static void meet_all(struct asked *asked, const struct documents *documents, enum document_kind kind)
{
    if (kind == DOCUMENT_DOMAIN)
        meet(asked, TEXT("local"));
    if (kind == DOCUMENT_ISSUER)
        meet(asked, TEXT("self"));
    for (size_t i = 0; i < documents->count; i++) {
        if (documents->items[i]->kind == kind)
            meet(asked, documents->items[i]->name);
        meet_mentioned(asked, kind, documents->items[i]);
    }
}

/* false: no document makes entities of this type. */
static bool look_up(const struct documents *documents, struct text type, struct text name, struct asked *asked)
{
    *asked = (struct asked){.name = name, .distance = 1000};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (text_is(type, types[i].type)) {
            meet_all(asked, documents, types[i].kind);
            return true;
        }
    return false;
}

bool policy_names_has(const struct documents *documents, const char *type, struct text name)
{
    struct asked asked;
    return look_up(documents, text_of(type), name, &asked) && asked.is_there;
}

struct text policy_names_nearest(const struct documents *documents, const char *type, struct text name)
{
    struct asked asked;
    return look_up(documents, text_of(type), name, &asked) ? asked.nearest : TEXT_NONE;
}

bool policy_names_are_known(const struct documents *documents)
{
    for (size_t i = 0; i < documents->count; i++)
        if (documents->items[i]->kind != DOCUMENT_POLICY && documents->items[i]->kind != DOCUMENT_COMBINATION)
            return true;
    return false;
}

/* -- the names that policies use */

struct walk {
    struct arena *arena;
    const struct documents *documents;
    const struct policy_names_found *found;
    const struct cedar_policy *policy;
    size_t position;
};

static struct text suggest(const struct walk *walk, const struct asked *asked)
{
    return asked->nearest.length == 0
               ? TEXT_NONE
               : arena_print(walk->arena, "Did you mean \"%.*s\"?", TEXT_ARGUMENTS(asked->nearest));
}

static void check_uid(const struct walk *walk, const struct cedar_uid *uid, struct cedar_span span)
{
    struct asked asked;
    if (!look_up(walk->documents, uid->type, uid->id, &asked) || asked.is_there)
        return;
    const struct cedar_mistake mistake = {.source = walk->policy->source,
                                          .span = span,
                                          .sentence =
                                              arena_print(walk->arena, "no document is %.*s \"%.*s\"",
                                                          TEXT_ARGUMENTS(uid->type), TEXT_ARGUMENTS(uid->id)),
                                          .suggestion = suggest(walk, &asked)};
    walk->found->add(walk->found->context, walk->position, &mistake);
}

static void check_value(const struct walk *walk, const struct cedar_value *value, struct cedar_span span)
{
    if (value->kind == CEDAR_ENTITY)
        check_uid(walk, value->entity, span);
    for (size_t i = 0; value->kind == CEDAR_SET && i < value->set->count; i++)
        check_value(walk, &value->set->items[i], span);
}

/* Arguments of a call are tags as well, by pointers that no document knows. */
static bool is_pointer(struct text name)
{
    return text_starts_with(name, TEXT("/"));
}

/* A tag that no issuer's document makes is never there: the condition that asks for it decides nothing, in
 * silence. getTag needs no look, since the validator wants hasTag before it. */
static void check_tag(const struct walk *walk, const struct cedar_expression *name)
{
    if (name->operation != CEDAR_LITERAL || name->literal.kind != CEDAR_STRING ||
        is_pointer(name->literal.string))
        return;
    struct asked asked = {.name = name->literal.string, .distance = 1000};
    bool are_known = false;
    for (size_t i = 0; i < walk->documents->count; i++) {
        const struct document *document = walk->documents->items[i];
        if (document->kind != DOCUMENT_ISSUER)
            continue;
        are_known = true;
        for (size_t each = 0; each < document->issuer.attributes.count; each++)
            meet(&asked, document->issuer.attributes.items[each].name);
    }
    if (!are_known || asked.is_there)
        return;
    const struct cedar_mistake mistake = {
        .source = walk->policy->source,
        .span = name->span,
        .sentence = arena_print(walk->arena, "no Issuer maps an attribute \"%.*s\" (spec.claims.attributes)",
                                TEXT_ARGUMENTS(asked.name)),
        .suggestion = suggest(walk, &asked)};
    walk->found->add(walk->found->context, walk->position, &mistake);
}

/* No deeper than the parser lets it be. */
static void check_expression(const struct walk *walk, const struct cedar_expression *expression)
{
    if (expression->operation == CEDAR_LITERAL)
        check_value(walk, &expression->literal, expression->span);
    if (expression->operation == CEDAR_HAS_TAG)
        check_tag(walk, expression->operands[1]);
    for (size_t i = 0; i < expression->operand_count; i++)
        check_expression(walk, expression->operands[i]);
}

static void check_scope(const struct walk *walk, const struct cedar_scope *scope)
{
    for (size_t i = 0; i < scope->uid_count; i++)
        check_uid(walk, &scope->uids[i], scope->span);
}

void policy_names_check(struct arena *arena, const struct documents *documents, const struct policy_book *book,
                        const struct policy_names_found *found)
{
    for (size_t position = 0; position < policy_book_count(book); position++) {
        const struct cedar_policy *policy = policy_book_policy(book, position);
        const struct walk walk = {arena, documents, found, policy, position};
        check_scope(&walk, &policy->principal);
        check_scope(&walk, &policy->resource);
        for (size_t i = 0; i < policy->condition_count; i++)
            check_expression(&walk, policy->conditions[i].expression);
    }
}
