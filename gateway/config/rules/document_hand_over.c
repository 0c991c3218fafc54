/* A name that leads nowhere is document_references.c's to say. Documents that were refused count as being
 * there, but nothing is said of what could not be read of them. */
#include "rules/document_hand_over.h"

#include "mistake.h"
#include "tree.h"

static const struct tree_node *node_at(const struct document *document, const char *path, size_t item)
{
    const struct tree_node *node = tree_nearest(document->tree, path);
    const struct tree_node *child = node->kind == TREE_LIST ? node->first : NULL;
    while (item-- != 0 && child != NULL)
        child = child->next;
    return child != NULL ? child : node;
}

#define ADD_AT(documents, document, path, item, ...)                                                           \
    mistake_add((documents), (document)->source, node_at((document), (path), (item))->line,                    \
                node_at((document), (path), (item))->column, __VA_ARGS__)

/* --- subject tokens --- */

/* The owner of an issuer decides to whom the tokens of its people are handed; ours are for nobody's use. */
static void check_subject_token(struct documents *documents, const struct document *target)
{
    if (target->target.egress.upstream.length != 0)
        ADD_AT(
            documents, target, "spec.handOver.subjectToken", 0,
            "spec.handOver.subjectToken: calls through egress come with a credential of ours, so there is no "
            "subject token to hand over");
    const struct text_list *issuers = &target->target.issuers;
    for (size_t i = 0; i < issuers->count; i++) {
        const struct document *issuer = documents_find(documents, DOCUMENT_ISSUER, issuers->items[i]);
        if (text_is(issuers->items[i], "self"))
            ADD_AT(
                documents, target, "spec.accepts.issuers", i,
                "spec.accepts.issuers: \"self\" cannot stand here with handOver.subjectToken: tokens of this "
                "gateway are handed to no adapter");
        else if (issuer != NULL && !text_list_has(&issuer->issuer.hands_tokens_to, target->name))
            ADD_AT(documents, target, "spec.accepts.issuers", i,
                   "spec.accepts.issuers: handOver.subjectToken needs \"%.*s\" in spec.handsTokensTo of the "
                   "Issuer \"%.*s\" (%.*s:%u)",
                   TEXT_ARGUMENTS(target->name), TEXT_ARGUMENTS(issuer->name), TEXT_ARGUMENTS(issuer->source),
                   issuer->line);
    }
}

/* --- assertions --- */

static bool is_audience_of(const struct document *other, struct text audience)
{
    return text_list_has(&other->target.audiences, audience) ||
           text_list_has(&other->target.resources, audience) ||
           text_equal(other->target.hand_over.assertion_audience, audience);
}

/* Whoever is named as aud may take it for a token that was made for them. So it is nobody's here whose own
 * document would have had to agree, and not us. Nor is it one by which another team is known somewhere: with
 * the same aud and sub the other side could not tell whose target the assertion was made for, and whoever has
 * it by a target of their own could use it for the other's. */
static void check_assertion_audience(struct documents *documents, const struct document *target)
{
    static const char path[] = "spec.handOver.assertionAudience";
    struct text audience = target->target.hand_over.assertion_audience;
    const struct gateway_document *gateway = documents_gateway(documents);
    bool is_ours = gateway != NULL && text_equal(audience, gateway->issuer);
    if (is_ours || text_is(audience, ADMIN_AUDIENCE)) {
        ADD_AT(documents, target, path, 0,
               "%s: this names the gateway itself; name the other side, as it knows itself", path);
        return;
    }
    for (size_t i = 0; i < documents->count; i++) {
        const struct document *other = documents->items[i];
        if (other->kind == DOCUMENT_TARGET && other != target && !text_equal(other->team, target->team) &&
            is_audience_of(other, audience))
            ADD_AT(documents, target, path, 0,
                   "%s: \"%.*s\" is an audience of the Target \"%.*s\" (%.*s:%u) of another team", path,
                   TEXT_ARGUMENTS(audience), TEXT_ARGUMENTS(other->name), TEXT_ARGUMENTS(other->source),
                   other->line);
    }
}

static void check_assertion(struct documents *documents, const struct document *target)
{
    const struct hand_over_document *hand_over = &target->target.hand_over;
    if (hand_over->assertion_audience.length != 0)
        check_assertion_audience(documents, target);
    else if (hand_over->assertion_claims.count != 0)
        ADD_AT(documents, target, "spec.handOver.assertionClaims", 0,
               "spec.handOver.assertionClaims: there is no assertion without assertionAudience");
}

/* --- attributes --- */

static bool is_mapped(const struct document *issuer, struct text attribute)
{
    for (size_t i = 0; i < issuer->issuer.attributes.count; i++)
        if (text_equal(issuer->issuer.attributes.items[i].name, attribute))
            return true;
    return false;
}

/* Our own tokens may carry any. */
static bool may_come(const struct documents *documents, const struct text_list *issuers, struct text attribute)
{
    for (size_t i = 0; i < issuers->count; i++) {
        const struct document *issuer = documents_find(documents, DOCUMENT_ISSUER, issuers->items[i]);
        if (issuer == NULL || is_mapped(issuer, attribute)) /* one that is not there is a mistake already */
            return true;
    }
    return false;
}

static void check_attributes(struct documents *documents, const struct document *target)
{
    const struct text_list *attributes = &target->target.hand_over.attributes;
    for (size_t i = 0; i < attributes->count; i++)
        if (!may_come(documents, &target->target.issuers, attributes->items[i]))
            ADD_AT(documents, target, "spec.handOver.attributes", i,
                   "spec.handOver.attributes: none of the Issuers in spec.accepts.issuers maps an attribute "
                   "\"%.*s\" in spec.claims.attributes",
                   TEXT_ARGUMENTS(attributes->items[i]));
}

/* --- people --- */

static void check_connection(struct documents *documents, const struct document *target)
{
    const struct text_list *issuers = &target->target.issuers;
    for (size_t i = 0; i < issuers->count; i++) {
        const struct document *issuer = documents_find(documents, DOCUMENT_ISSUER, issuers->items[i]);
        bool is_unknown = issuer == NULL && !text_is(issuers->items[i], "self"); /* a mistake already */
        if (is_unknown || (issuer != NULL && issuer->issuer.login.client_id.length != 0))
            return;
    }
    ADD_AT(documents, target, "spec.connection.lifetime", 0,
           "spec.connection.lifetime: nobody could connect: none of the Issuers in spec.accepts.issuers has a "
           "login.clientId");
}

void document_hand_over_check(struct documents *documents)
{
    for (size_t i = 0; i < documents->count; i++) {
        const struct document *document = documents->items[i];
        if (document->kind != DOCUMENT_TARGET)
            continue;
        if (document->target.hand_over.is_subject_token_wanted)
            check_subject_token(documents, document);
        check_assertion(documents, document);
        check_attributes(documents, document);
        if (document->target.consent_s != 0)
            check_connection(documents, document);
    }
}
