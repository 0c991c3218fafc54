/* A question of others, from JSON to Cedar. Its context goes over what is known without it, member by member,
 * so that a small question can be asked and a whole one is decided as it stands. */
#include "policy/evaluation.h"

#include "cedar/document.h"
#include "cedar/schema.h"
#include "evaluation_party.h"

static enum fault refuse(struct policy_evaluation *evaluation, struct text sentence)
{
    evaluation->mistake = sentence;
    return FAULT_EVALUATION_MALFORMED;
}

/* -- reading: who, what, on what, for whom */

static enum fault read_action(const struct json_value *json, struct policy_evaluation *evaluation)
{
    /* Those that are done to a target in the context of an exchange. */
    static const char *const known[] = {"exchange", "redeem", "call"};
    struct text name = json_string(json_member(json, TEXT("name")));
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (text_is(name, known[i])) {
            evaluation->facts.action = known[i];
            return FAULT_NONE;
        }
    return refuse(evaluation, TEXT("action.name: exchange, redeem or call is expected."));
}

static enum fault read_resource(struct arena *arena, const struct json_value *json,
                                struct policy_evaluation *evaluation)
{
    struct text type;
    TRY(evaluation_read_name(arena, "resource", json, &type, &evaluation->facts.target, &evaluation->mistake));
    if (!text_is(type, "Target"))
        return refuse(evaluation, TEXT("resource.type: Target is expected."));
    return FAULT_NONE;
}

/* When the subject authenticated, as our own questions have it: an age would be another one every second. */
static enum fault read_authentication_time(struct policy_evaluation *evaluation)
{
    const struct json_value *time = json_member(evaluation->context, TEXT("auth_time"));
    int64_t *auth_time_s = &evaluation->facts.auth_time_s;
    if (time == NULL ||
        (json_integer(time, auth_time_s) && *auth_time_s > 0 && *auth_time_s < INT64_MAX / 2000))
        return FAULT_NONE;
    return refuse(evaluation, TEXT("context.auth_time: whole seconds since 1970 are expected."));
}

/* Whoever else it is done for; then the one who acts is the first of the chain. */
static enum fault read_principal(struct arena *arena, struct policy_evaluation *evaluation)
{
    static const struct {
        const char *name, *place;
        enum policy_party_kind kind;
    } rows[] = {{"user", "context.user", POLICY_USER}, {"workload", "context.workload", POLICY_WORKLOAD}};
    struct policy_facts *facts = &evaluation->facts;
    struct text proof = TEXT_NONE;
    facts->subject = facts->actor;
    facts->subject_is_actor = true;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct json_value *json = json_member(evaluation->context, text_of(rows[i].name));
        if (json == NULL)
            continue;
        if (!facts->subject_is_actor)
            return refuse(evaluation, TEXT("context: user and workload do not stand together."));
        facts->subject = (struct policy_party){0};
        TRY(evaluation_read_party(arena, rows[i].place, json, &facts->subject, &proof, &evaluation->mistake));
        if (facts->subject.kind != rows[i].kind)
            return refuse(evaluation, arena_print(arena, "%s.type: this is another type.", rows[i].place));
        facts->subject_is_actor = facts->subject.kind == facts->actor.kind &&
                                  text_equal(facts->subject.issuer, facts->actor.issuer) &&
                                  text_equal(facts->subject.subject, facts->actor.subject);
    }
    if (facts->subject_is_actor)
        return FAULT_NONE;
    struct policy_identity *chain = ARENA_NEW(arena, struct policy_identity);
    *chain = (struct policy_identity){facts->actor.issuer, facts->actor.subject};
    facts->chain = chain;
    facts->chain_length = 1;
    return FAULT_NONE;
}

enum fault policy_evaluation_read(struct arena *arena, struct text body, struct policy_evaluation *evaluation)
{
    struct policy_facts *facts = &evaluation->facts;
    const struct json_value *question;
    const char *wrong;
    size_t offset;
    facts->scopes = &evaluation->scopes;
    if (json_parse_or_say(arena, body, &json_limits_token, &question, &wrong, &offset) != FAULT_NONE)
        return refuse(evaluation, arena_print(arena, "Byte %zu: %s", offset, wrong));
    TRY(evaluation_read_party(arena, "subject", json_member(question, TEXT("subject")), &facts->actor,
                              &facts->proof, &evaluation->mistake));
    TRY(read_action(json_member(question, TEXT("action")), evaluation));
    TRY(read_resource(arena, json_member(question, TEXT("resource")), evaluation));
    evaluation->context = json_member(question, TEXT("context"));
    if (evaluation->context != NULL && evaluation->context->kind != JSON_OBJECT)
        return refuse(evaluation, TEXT("context: an object is expected."));
    TRY(read_authentication_time(evaluation));
    return read_principal(arena, evaluation);
}

/* -- the context */

/* Whole seconds are a duration, too, as they are in the questions that we ask (question.c). */
static void write_seconds(struct arena *arena, struct json_value *value)
{
    int64_t seconds;
    if (value->kind != JSON_NUMBER || !json_integer(value, &seconds))
        return;
    value->kind = JSON_STRING;
    value->text = arena_print(arena, "%llds", (long long)seconds);
}

static void append(struct json_value *object, struct json_value *copy, struct json_value **last)
{
    copy->next = NULL;
    if (*last == NULL)
        object->first = copy;
    else
        (*last)->next = copy;
    *last = copy;
    object->count++;
}

/* Nobody is less of a risk than documents say. */
static bool is_low_risk(const struct json_value *member, const struct policy_facts *facts)
{
    int64_t risk;
    return text_is(member->name, "risk") && json_integer(member, &risk) && risk < policy_facts_risk(facts);
}

static bool is_in_facts(struct text name)
{
    return text_is(name, "user") || text_is(name, "workload") || text_is(name, "auth_time");
}

/* A copy in which the durations are durations, and without whatever is in the facts already. */
static struct json_value *prepare(struct arena *arena, const struct json_value *object,
                                  const struct policy_facts *facts, bool is_inner)
{
    struct json_value *prepared = ARENA_NEW(arena, struct json_value), *last = NULL;
    *prepared = (struct json_value){.kind = JSON_OBJECT, .name = object->name};
    for (const struct json_value *member = object->first; member != NULL; member = member->next) {
        struct json_value *copy = ARENA_NEW(arena, struct json_value);
        *copy = *member;
        if (is_inner && text_is(member->name, "age")) {
            write_seconds(arena, copy);
        } else if (!is_inner) {
            if (is_in_facts(member->name) || is_low_risk(member, facts))
                continue;
            if (text_is(member->name, "lifetime"))
                write_seconds(arena, copy);
            else if (text_is(member->name, "authentication") && member->kind == JSON_OBJECT)
                copy = prepare(arena, member, facts, true);
        }
        append(prepared, copy, &last);
    }
    return prepared;
}

/* What is said over what is known. */
static const struct cedar_record *merge(struct arena *arena, const struct cedar_record *known,
                                        const struct cedar_record *said)
{
    struct cedar_attribute *merged = ARENA_ARRAY(arena, struct cedar_attribute, known->count + said->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < known->count; i++)
        if (cedar_record_find(said, known->attributes[i].name) == NULL)
            merged[count++] = known->attributes[i];
    for (size_t i = 0; i < said->count; i++) {
        const struct cedar_value *below = cedar_record_find(known, said->attributes[i].name);
        struct cedar_attribute *attribute = &merged[count++];
        *attribute = said->attributes[i];
        if (below != NULL && below->kind == CEDAR_RECORD && attribute->value.kind == CEDAR_RECORD)
            attribute->value.record = merge(arena, below->record, attribute->value.record);
    }
    struct cedar_value value;
    INVARIANT(cedar_record_value(arena, merged, count, &value)); /* no name was in both */
    return value.record;
}

static enum fault take_scopes(const struct cedar_set *scopes, struct policy_evaluation *evaluation)
{
    struct scope_set one, *all = &evaluation->scopes;
    all->count = 0;
    for (size_t i = 0; i < scopes->count; i++) {
        struct text scope = scopes->items[i].string;
        if (all->count == SCOPES_MAX || scope_set_parse(scope, &one) != FAULT_NONE || one.count != 1 ||
            one.scopes[0].length != scope.length)
            return refuse(evaluation, TEXT("context.scopes: at most 64 scope tokens are expected."));
        all->scopes[all->count++] = scope;
    }
    return FAULT_NONE;
}

/* What obligations are held against. The context is what the model says, so all of it is there. */
static enum fault take_back(struct policy_evaluation *evaluation)
{
    struct policy_facts *facts = &evaluation->facts;
    const struct cedar_record *context = evaluation->request.context;
    const struct cedar_record *authentication = cedar_record_find(context, TEXT("authentication"))->record;
    const struct cedar_value *acr = cedar_record_find(authentication, TEXT("acr"));
    const struct cedar_value *age = cedar_record_find(authentication, TEXT("age"));
    facts->lifetime_s = cedar_record_find(context, TEXT("lifetime"))->integer / 1000;
    if (acr != NULL)
        facts->acr = acr->string;
    if (age != NULL)
        facts->auth_time_s = facts->now_us / 1000000 - age->integer / 1000;
    return take_scopes(cedar_record_find(context, TEXT("scopes"))->set, evaluation);
}

enum fault policy_evaluation_request(struct arena *arena, const struct policy_base *base,
                                     const struct cedar_schema *schema, struct policy_evaluation *evaluation)
{
    const struct cedar_record *said;
    struct cedar_request *request = &evaluation->request;
    policy_facts_request(arena, base, &evaluation->facts, request, &evaluation->entities);
    if (evaluation->context != NULL) {
        const struct json_value *prepared = prepare(arena, evaluation->context, &evaluation->facts, false);
        if (cedar_context_read(arena, prepared, schema, &request->action, &said, &evaluation->mistake) !=
            FAULT_NONE)
            return FAULT_EVALUATION_MALFORMED;
        request->context = merge(arena, request->context, said);
    }
    if (cedar_request_validate(arena, schema, request, &evaluation->mistake) != FAULT_NONE ||
        cedar_entities_validate(arena, schema, evaluation->entities, &evaluation->mistake) != FAULT_NONE)
        return FAULT_EVALUATION_MALFORMED;
    return take_back(evaluation);
}
