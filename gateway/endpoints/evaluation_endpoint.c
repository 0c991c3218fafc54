/* POST /access/v1/evaluation (AuthZEN Authorization API 1.0 section 6): what our policies say of something that
 * others are about to do, for clients whose document says that they may ask. Nothing is issued and nothing is
 * recorded one by one (decision 0034). What a question may have and what it means is policy/evaluation.c's. */
#include "endpoint.h"
#include "policy/evaluation.h"
#include "runtime/metrics.h"

enum { REQUEST_ID_BYTES_MAX = 128 };

struct evaluation {
    struct call call; /* first */
    struct policy_evaluation question;
    struct policy_decision decision;
};

/* -- the envelope */

/* Section 10.1 of the specification: whoever asks tells its questions apart by it. One that is no plain word is
 * not said back. */
static struct text read_request_id(const struct request *request)
{
    struct text id = request_header(request, "x-request-id", 0);
    for (size_t i = 0; i < id.length; i++)
        if (id.base[i] <= ' ' || id.base[i] > '~')
            return TEXT_NONE;
    return id.length <= REQUEST_ID_BYTES_MAX ? id : TEXT_NONE;
}

static enum flow_step_result read_envelope(struct flow *flow)
{
    struct call *call = (struct call *)flow;
    call->request_id = read_request_id(call->request);
    call->authentication.used_authorization_header = true; /* there is no other way in, so 401 names it */
    return call_read_no_form(flow);
}

static enum flow_step_result admit_evaluator(struct flow *flow)
{
    struct call *call = (struct call *)flow;
    const struct caller *caller = call->caller;
    bool may_ask = caller->client != NULL && caller->document->client.is_evaluator;
    return call_proceed(call, may_ask ? FAULT_NONE : FAULT_EVALUATION_NOT_ALLOWED);
}

/* What is wrong, in characters that may stand in an error_description (RFC 6749 section 5.2). */
static struct text describe_mistake(struct arena *arena, struct text mistake)
{
    struct text copy = arena_copy(arena, mistake);
    char *characters = (char *)copy.base;
    for (size_t i = 0; i < copy.length; i++) {
        char character = characters[i];
        if (character == '"')
            characters[i] = '\'';
        else if (character == '\\' || character < ' ' || character > '~')
            characters[i] = '?';
    }
    return copy;
}

static enum flow_step_result read_question(struct flow *flow)
{
    struct evaluation *evaluation = (struct evaluation *)flow;
    struct call *call = &evaluation->call;
    if (!text_is_media_type(request_header(call->request, "content-type", 0), TEXT("application/json")))
        return call_proceed(call, FAULT_EVALUATION_MEDIA_TYPE);
    evaluation->question.facts.proof = TEXT("");
    enum fault fault = policy_evaluation_read(call->arena, request_body(call->request), &evaluation->question);
    call->public_reason = describe_mistake(call->arena, evaluation->question.mistake);
    return call_proceed(call, fault);
}

/* -- what documents know */

static int64_t higher(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* NONE, or why somebody is nobody here: what is disabled does nothing. */
static enum fault describe_party(const struct world *world, struct policy_party *party,
                                 struct policy_facts *facts)
{
    const struct issuer *issuer = world_issuer(world, party->issuer);
    if (issuer == NULL)
        return FAULT_NONE;
    if (!issuer->is_self) {
        party->issuer_document = issuer->document->name;
        party->risk = higher(party->risk, issuer->document->issuer.risk);
        return issuer->document->issuer.is_enabled ? FAULT_NONE : FAULT_TOKEN_ISSUER_DISABLED;
    }
    const struct client *client = party->kind == POLICY_AGENT ? world_client(world, party->subject) : NULL;
    if (client == NULL)
        return FAULT_NONE;
    if (party == &facts->actor)
        facts->client = client->document->name;
    return client->document->client.is_enabled ? FAULT_NONE : FAULT_CLIENT_DISABLED;
}

/* Where the question does not say, all is asked that the target could give: so that what is permitted is so
 * whatever is taken of it. */
static enum fault describe_target(struct evaluation *evaluation)
{
    struct policy_evaluation *question = &evaluation->question;
    const struct target *target = world_target_named(evaluation->call.world, question->facts.target);
    if (target == NULL)
        return FAULT_TARGET_UNKNOWN;
    question->scopes = target->scopes;
    question->facts.issued_type = target->adapter->usual_type(target->adapter, evaluation->call.arena);
    question->facts.lifetime_s = target->document->target.maximum_lifetime_s;
    return target->document->target.is_enabled && target->is_domain_enabled ? FAULT_NONE
                                                                            : FAULT_TARGET_DISABLED;
}

static enum fault describe(struct evaluation *evaluation)
{
    const struct call *call = &evaluation->call;
    struct policy_facts *facts = &evaluation->question.facts;
    const struct issuer *origin = world_issuer(call->world, facts->subject.issuer);
    facts->subject_domain = origin == NULL ? TEXT("") : origin->document->issuer.domain;
    facts->root = call->id;
    facts->source = request_peer_address(call->request);
    facts->now_us = call->now_us;
    enum fault target = describe_target(evaluation), actor = describe_party(call->world, &facts->actor, facts);
    enum fault subject = describe_party(call->world, &facts->subject, facts);
    return target != FAULT_NONE ? target : actor != FAULT_NONE ? actor : subject;
}

/* -- the decision */

/* A permit must say yes, also where the gateway itself goes without policies (decision 0034). */
static enum flow_step_result decide(struct flow *flow)
{
    struct evaluation *evaluation = (struct evaluation *)flow;
    struct call *call = &evaluation->call;
    const struct world_policies *policies = &call->world->policies;
    struct policy_evaluation *question = &evaluation->question;
    const struct policy_rules rules = {.is_permit_required = true, .work = policies->set.rules.work};
    enum fault barred = describe(evaluation);
    enum fault fault = policy_evaluation_request(call->arena, policies->set.base,
                                                 policy_book_schema(policies->set.book), question);
    if (fault != FAULT_NONE) {
        call->public_reason = describe_mistake(call->arena, question->mistake);
        return call_proceed(call, fault);
    }
    if (barred != FAULT_NONE)
        evaluation->decision.fault = barred;
    else
        policy_decide_request(call->arena, policies->set.book, &question->request, question->entities,
                              &question->facts, &rules, &evaluation->decision);
    metric_add(
        evaluation->decision.fault == FAULT_NONE ? METRIC_EVALUATIONS_ALLOWED : METRIC_EVALUATIONS_DENIED, 1);
    return FLOW_NEXT;
}

/* -- the answer */

static void begin_obligation(struct json_writer *writer, const char *type)
{
    json_begin_object(writer);
    json_member_text(writer, "id", text_of(type));
    json_member_text(writer, "type", text_of(type));
    json_name(writer, TEXT("properties"));
    json_begin_object(writer);
}

static void end_obligation(struct json_writer *writer)
{
    json_end_object(writer);
    json_end_object(writer);
}

/* Only what asks for more than was asked about: who asked for less has nothing to do. */
static void write_obligations(const struct evaluation *evaluation, struct json_writer *writer)
{
    const struct policy_decision *decision = &evaluation->decision;
    const struct policy_facts *facts = &evaluation->question.facts;
    bool is_allowed = decision->fault == FAULT_NONE;
    if (is_allowed && decision->maximum_lifetime_s != 0 && decision->maximum_lifetime_s < facts->lifetime_s) {
        begin_obligation(writer, "max_lifetime");
        json_member_integer(writer, "seconds", decision->maximum_lifetime_s);
        end_obligation(writer);
    }
    if (is_allowed && decision->narrows_scopes && decision->scopes.count < facts->scopes->count) {
        begin_obligation(writer, "narrow_scopes");
        json_name(writer, TEXT("scopes"));
        json_begin_array(writer);
        for (size_t i = 0; i < decision->scopes.count; i++)
            json_write_text(writer, decision->scopes.scopes[i]);
        json_end_array(writer);
        end_obligation(writer);
    }
    if (decision->fault == FAULT_STEP_UP_REQUIRED) {
        begin_obligation(writer, "require_step_up");
        json_member_text_if(writer, "acr_values", decision->acr_values);
        if (decision->maximum_age_s != 0)
            json_member_integer(writer, "max_age", decision->maximum_age_s);
        end_obligation(writer);
    }
}

static void write_reason(const struct policy_decision *decision, struct json_writer *writer)
{
    if (decision->fault == FAULT_NONE)
        return;
    json_member_text(writer, "reason", text_of(fault_row(decision->fault)->reason));
    if (decision->public_reason.length == 0)
        return;
    json_name(writer, TEXT("reason_user"));
    json_begin_object(writer);
    json_member_text(writer, "en", decision->public_reason);
    json_end_object(writer);
}

static void write_answer(const struct evaluation *evaluation, struct json_writer *writer)
{
    const struct policy_decision *decision = &evaluation->decision;
    json_begin_object(writer);
    json_member_boolean(writer, "decision", decision->fault == FAULT_NONE);
    json_name(writer, TEXT("context"));
    json_begin_object(writer);
    write_reason(decision, writer);
    json_name(writer, TEXT("policies"));
    json_begin_array(writer);
    for (size_t i = 0; i < decision->policy_count; i++)
        json_write_text(writer, decision->policies[i]->id);
    json_end_array(writer);
    json_name(writer, TEXT("obligations"));
    json_begin_array(writer);
    write_obligations(evaluation, writer);
    json_end_array(writer);
    json_end_object(writer);
    json_end_object(writer);
}

static enum flow_step_result respond(struct flow *flow)
{
    struct evaluation *evaluation = (struct evaluation *)flow;
    struct call *call = &evaluation->call;
    if (call->fault != FAULT_NONE) {
        call_answer_fault(call);
        return FLOW_NEXT;
    }
    struct buffer body = buffer_in(call->arena, 256);
    struct json_writer writer = json_writer_on(&body);
    write_answer(evaluation, &writer);
    call_answer(call, 200, buffer_text(&body));
    return FLOW_NEXT;
}

static const struct flow_step evaluation_steps[] = {
    FLOW_STEP(read_envelope),
    FLOW_STEP(call_identify_client),
    FLOW_STEP(call_authenticate_client), /* never waits: a secret is compared */
    FLOW_STEP(call_take_rate),
    FLOW_STEP(admit_evaluator),
    FLOW_STEP(read_question),
    FLOW_STEP(decide),
    FLOW_STEP_ALWAYS(respond),
    FLOW_STEP_LAST,
};

void evaluation_endpoint(struct gateway *gateway, struct request *request)
{
    call_start(gateway, request, sizeof(struct evaluation), evaluation_steps, NULL);
}
