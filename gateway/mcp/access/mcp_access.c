/* The decision about one message, or one entry of a list, in its order: the target's rules, the policies, the
 * catalog of definitions. Policies are asked also where scopes are missing: with those that it takes, since
 * what they would not permit even then cannot be obtained, and must look as if it was not there. */
#include "mcp_access.h"

#include "mcp_catalog.h"
#include "mcp_rules.h"
#include "relay/call_policy.h"

struct deciding {
    struct relayed_call *x;
    const struct mcp_access_question *question;
    struct mcp_access *access;
    const struct mcp_document *server;
    struct mcp_definition definition;
    struct scope_set more; /* held and needed, where not all are held */
    bool is_aside;         /* nothing of x is changed */
    struct text detail;    /* why, for the ladder */
};

static const struct {
    const char *action;
    const char *server_request; /* what the target has to allow; NULL: nothing */
} rows[] = {
    [MCP_ACCESS_SERVER] = {"use_server", NULL},
    [MCP_ACCESS_TOOL] = {"call_tool", NULL},
    [MCP_ACCESS_RESOURCE] = {"read_resource", NULL},
    [MCP_ACCESS_PROMPT] = {"get_prompt", NULL},
    [MCP_ACCESS_SAMPLING] = {"ask_sampling", "sampling"},
    [MCP_ACCESS_ELICITATION] = {"ask_elicitation", "elicitation"},
    [MCP_ACCESS_ROOTS] = {"ask_roots", "roots"},
};

static enum fault decide(struct deciding *d, enum mcp_verdict verdict, enum fault fault)
{
    d->access->verdict = verdict;
    d->access->fault = fault;
    return fault;
}

/* -- the target's rules */

static const struct mapping_list *rules_of(const struct deciding *d)
{
    switch (d->question->kind) {
    case MCP_ACCESS_TOOL:
        return &d->server->tools;
    case MCP_ACCESS_RESOURCE:
        return &d->server->resources;
    case MCP_ACCESS_PROMPT:
        return &d->server->prompts;
    default:
        return NULL;
    }
}

static bool is_plain(const struct mcp_access_question *question)
{
    return question->kind == MCP_ACCESS_RESOURCE ? mcp_uri_is_plain(question->name)
                                                 : mcp_name_is_plain(question->name);
}

static enum fault deny_by_rules(struct deciding *d, struct text detail)
{
    struct call *call = &d->x->call;
    (void)decide(d, MCP_DENIED, FAULT_MCP_NAME_UNKNOWN);
    if (d->is_aside)
        return FAULT_MCP_NAME_UNKNOWN;
    return ladder_fail(&call->ladder, "mcp_rules", FAULT_MCP_NAME_UNKNOWN,
                       document_label(d->x->target->document), detail);
}

static enum fault ask_rules(struct deciding *d)
{
    const char *server_request = rows[d->question->kind].server_request;
    const struct mapping_list *rules = rules_of(d);
    if (server_request != NULL && !text_list_has(&d->server->server_requests, text_of(server_request)))
        return deny_by_rules(d, TEXT("spec.mcp.serverRequests has no such request"));
    if (rules == NULL)
        return FAULT_NONE;
    if (!is_plain(d->question))
        return deny_by_rules(d, TEXT("the name can be read in more than one way, or is too long"));
    d->access->rule = mcp_rules_find(rules, d->question->name);
    if (d->access->rule == NULL)
        return deny_by_rules(d, TEXT("no rule of spec.mcp fits"));
    return FAULT_NONE;
}

/* -- the policies */

/* With a method in any case: facts without one are about something else. */
static struct policy_mcp message_of(const struct deciding *d)
{
    const struct mcp_access_question *question = d->question;
    bool has_method = question->method.length != 0;
    return (struct policy_mcp){.method = has_method ? question->method : text_of(rows[question->kind].action),
                               .generation = question->generation,
                               .name = rules_of(d) == NULL ? TEXT_NONE : question->name,
                               .definition = d->definition.digest,
                               .is_listing = question->is_listing};
}

/* All arguments for an outside decision point, which is asked about a call and not about what is aside. */
static enum fault gather(struct deciding *d, struct policy_facts *facts, struct text *mistake)
{
    const struct policy_book *book = d->x->call.world->policies.set.book;
    bool takes_all = !d->is_aside && d->x->call.gateway->pdps != NULL;
    if (d->question->is_listing)
        return FAULT_NONE;
    return policy_mcp_gather(d->x->call.arena, book, d->question->arguments, takes_all, &facts->mcp, mistake);
}

/* The facts of this question: the call's own, or a copy of those that were described for the call. */
static enum fault describe(struct deciding *d, struct policy_facts *facts)
{
    struct relayed_call *x = d->x;
    struct text mistake = TEXT_NONE;
    *facts = x->facts;
    facts->action = rows[d->question->kind].action;
    facts->call = (struct policy_call){.method = TEXT_NONE};
    facts->mcp = message_of(d);
    enum fault fault = gather(d, facts, &mistake);
    if (d->is_aside) /* over the facts that were described when the call as a whole was asked about */
        return fault == FAULT_NONE && facts->subject.subject.length == 0 ? FAULT_CALL_FACTS : fault;
    x->facts = *facts;
    enum fault unread = call_policy_describe(x);
    if (unread != FAULT_NONE)
        return ladder_fail(&x->call.ladder, "policy", unread, TEXT_NONE, TEXT_NONE);
    call_policy_note_facts(x);
    *facts = x->facts;
    return fault == FAULT_NONE ? FAULT_NONE : ladder_fail(&x->call.ladder, "policy", fault, TEXT_NONE, mistake);
}

/* What a policy that denies would tell is not told: it must look as if there was no such thing. */
static void keep_silent(struct deciding *d)
{
    struct call *call = &d->x->call;
    if (d->is_aside || rules_of(d) == NULL)
        return;
    call->public_reason = call->acr_values = TEXT_NONE;
    call->maximum_age_s = 0;
}

static enum fault refuse_by_policy(struct deciding *d, const struct call_policy *policy)
{
    const struct policy_decision *decision = &policy->decisions[policy->count - 1];
    struct relayed_call *x = d->x;
    enum fault fault = policy->fault;
    if (fault == FAULT_STEP_UP_REQUIRED)
        return decide(d, MCP_LOGIN, fault);
    if (fault == FAULT_POLICY_DENIED && decision->approval.length != 0) {
        d->access->approval = decision->approval;
        (void)decide(d, MCP_APPROVAL, FAULT_MCP_APPROVAL);
        return d->is_aside ? FAULT_MCP_APPROVAL
                           : ladder_fail(&x->call.ladder, "mcp_approval", FAULT_MCP_APPROVAL,
                                         decision->document, decision->approval);
    }
    keep_silent(d);
    return decide(d, MCP_DENIED, fault);
}

static bool is_short_of_scopes(const struct deciding *d)
{
    return d->access->rule != NULL && !mcp_rule_is_met(d->access->rule, &d->x->scopes);
}

static enum fault ask_policies(struct deciding *d)
{
    struct relayed_call *x = d->x;
    struct policy_facts facts;
    struct call_policy policy;
    if (!call_policy_is_asked(x))
        return FAULT_NONE;
    enum fault fault = describe(d, &facts);
    if (fault != FAULT_NONE)
        return decide(d, MCP_DENIED, fault);
    if (is_short_of_scopes(d))
        facts.scopes = &d->more;
    call_policy_decide(x, &facts, &policy);
    d->access->has_effects = policy.has_effects;
    enum fault refused = d->is_aside ? policy.fault : call_policy_note(x, &policy);
    return refused == FAULT_NONE ? FAULT_NONE : refuse_by_policy(d, &policy);
}

/* -- the definition of a tool */

static void look_up(struct deciding *d)
{
    const struct mcp_access_question *question = d->question;
    struct relayed_call *x = d->x;
    struct mcp_catalog *catalog = x->call.gateway->definitions;
    if (question->kind != MCP_ACCESS_TOOL)
        return;
    if (question->definition != NULL)
        mcp_catalog_note(catalog, x->call.arena, x->target->document->name, question->definition,
                         d->server->is_definition_confirmed, &d->definition);
    else
        mcp_catalog_find(catalog, x->call.arena, x->target->document->name, question->name, &d->definition);
}

static enum fault check_definition(struct deciding *d)
{
    struct call *call = &d->x->call;
    enum mcp_definition_state state = d->definition.state;
    if (d->question->kind != MCP_ACCESS_TOOL || state == MCP_DEFINITION_CONFIRMED)
        return FAULT_NONE;
    enum fault fault = state == MCP_DEFINITION_UNSEEN ? FAULT_MCP_NAME_UNKNOWN : FAULT_MCP_NAME_SUSPENDED;
    (void)decide(d, state == MCP_DEFINITION_UNSEEN ? MCP_DENIED : MCP_SUSPENDED, fault);
    if (d->is_aside)
        return fault;
    return ladder_fail(&call->ladder, "mcp_definition", fault, document_label(d->x->target->document),
                       state == MCP_DEFINITION_UNSEEN ? TEXT("it was in no list of the server")
                       : state == MCP_DEFINITION_UNCONFIRMED
                           ? TEXT("nobody has confirmed it yet")
                           : TEXT("it has changed, and waits to be confirmed"));
}

/* -- the scopes */

/* Scopes that the target does not offer nobody can get. */
static enum fault find_scopes(struct deciding *d)
{
    const struct text_list *offered = &d->x->target->document->target.scopes;
    if (is_short_of_scopes(d) && !mcp_rule_step_up(d->access->rule, offered, &d->x->scopes, &d->more))
        return deny_by_rules(d, TEXT("it takes scopes that the target does not offer"));
    return FAULT_NONE;
}

static enum fault check_scopes(struct deciding *d)
{
    struct relayed_call *x = d->x;
    if (!is_short_of_scopes(d))
        return FAULT_NONE;
    const struct text_list *scopes = &d->access->rule->scopes;
    d->access->scopes = scopes_text(x->call.arena, scopes->items, scopes->count);
    (void)decide(d, MCP_STEP_UP, FAULT_CALL_SCOPE);
    if (d->is_aside)
        return FAULT_CALL_SCOPE;
    x->needed_scopes = d->access->scopes;
    return ladder_fail(&x->call.ladder, "mcp_rules", FAULT_CALL_SCOPE, document_label(x->target->document),
                       d->access->scopes);
}

/* -- all of it */

static enum fault walk(struct deciding *d)
{
    TRY(ask_rules(d));
    TRY(find_scopes(d));
    if (!d->is_aside && d->access->rule != NULL && !is_short_of_scopes(d))
        ladder_pass(&d->x->call.ladder, "mcp_rules", document_label(d->x->target->document), TEXT_NONE);
    look_up(d);
    TRY(ask_policies(d));
    TRY(check_definition(d));
    return check_scopes(d);
}

static struct deciding begin(struct relayed_call *x, const struct mcp_access_question *question,
                             struct mcp_access *access, bool is_aside)
{
    *access = (struct mcp_access){.verdict = MCP_ALLOWED};
    return (struct deciding){.x = x,
                             .question = question,
                             .access = access,
                             .server = &x->target->document->target.mcp,
                             .is_aside = is_aside};
}

enum fault mcp_access_ask(struct relayed_call *x, const struct mcp_access_question *question,
                          struct mcp_access *access)
{
    struct deciding d = begin(x, question, access, false);
    return walk(&d);
}

void mcp_access_look(struct relayed_call *x, const struct mcp_access_question *question,
                     struct mcp_access *access)
{
    struct deciding d = begin(x, question, access, true);
    (void)walk(&d);
}
