/* One short function a method. Each returns how the call ended; where that is ADAPTER_DONE it has answered. */
#include "methods.h"

#include "adapter_protocol/numbers.h"
#include "answer.h"
#include "dragoman/adapter_tools.h"
#include "mistakes.h"
#include "params.h"

/* What a method makes of a call whose params are not what they should be. */
enum { PARAMS_WRONG = -1 };

static void answer_empty(struct adapter_call *call)
{
    answer_result(call->program, call->message.id, TEXT("{}"));
}

static int done_empty(struct adapter_call *call, enum adapter_outcome outcome)
{
    if (outcome == ADAPTER_DONE)
        answer_empty(call);
    return (int)outcome;
}

static bool is_offered(const struct adapter_definition *definition, struct text type)
{
    for (size_t i = 0; i < definition->kind_count; i++) {
        if (text_is(type, definition->kinds[i].type))
            return true;
    }
    return false;
}

static int run_mint(struct adapter_call *call, const struct adapter_definition *definition)
{
    struct adapter_order order;
    if (!params_order(call->arena, call->message.params, &order) ||
        (order.type.base != NULL && !is_offered(definition, order.type)))
        return PARAMS_WRONG;
    struct adapter_credential made = {
        .type = order.type.base != NULL ? order.type : text_of(definition->kinds[0].type),
        .expires_at_s = order.expires_at_s,
        .scopes = order.scopes,
        .scope_count = order.scope_count,
    };
    enum adapter_outcome outcome = definition->mint(call, &order, &made);
    if (outcome == ADAPTER_DONE && !answer_credential(call, &order, &made))
        return ADAPTER_FAILED;
    return (int)outcome;
}

static int run_revoke(struct adapter_call *call, const struct adapter_definition *definition)
{
    struct adapter_lease lease;
    if (!params_lease(call->message.params, &lease))
        return PARAMS_WRONG;
    return done_empty(call, definition->revoke != NULL ? definition->revoke(call, &lease) : ADAPTER_DONE);
}

static int run_renew(struct adapter_call *call, const struct adapter_definition *definition)
{
    struct adapter_lease lease;
    if (!params_renewal(call->message.params, &lease))
        return PARAMS_WRONG;
    int64_t expires_at_s = lease.expires_at_s;
    enum adapter_outcome outcome = definition->renew(call, &lease, &expires_at_s);
    if (outcome == ADAPTER_DONE && expires_at_s > lease.expires_at_s)
        return (int)adapter_fail(call, "the adapter renewed for longer than was decided");
    if (outcome == ADAPTER_DONE)
        answer_result(call->program, call->message.id,
                      arena_print(call->arena, "{\"expires_at\":%lld}", (long long)expires_at_s));
    return (int)outcome;
}

static int run_validate(struct adapter_call *call, const struct adapter_definition *definition)
{
    struct adapter_target target;
    if (!params_target(call->message.params, &target))
        return PARAMS_WRONG;
    struct adapter_mistakes *mistakes = adapter_mistakes_begin(call);
    if (definition->validate != NULL) {
        enum adapter_outcome outcome = definition->validate(call, &target, mistakes);
        if (outcome != ADAPTER_DONE)
            return (int)outcome;
    }
    struct buffer out = buffer_in(call->arena, 256);
    mistakes_write(mistakes, &out);
    answer_result(call->program, call->message.id, buffer_text(&out));
    return ADAPTER_DONE;
}

static int begin_in_browser(struct adapter_call *call, const struct adapter_definition *definition,
                            const struct adapter_connection *connection)
{
    struct adapter_interaction interaction = {0};
    enum adapter_outcome outcome = definition->connect_begin(call, connection, &interaction);
    if (outcome == ADAPTER_DONE && !answer_interaction(call, &interaction))
        return ADAPTER_FAILED;
    return (int)outcome;
}

static int ask_questions(struct adapter_call *call, const struct adapter_definition *definition,
                         const struct adapter_target *target)
{
    bool *is_asked = ARENA_ARRAY(call->arena, bool, definition->question_count + 1);
    for (size_t i = 0; i < definition->question_count; i++)
        is_asked[i] = definition->choose_questions == NULL;
    enum adapter_outcome outcome = definition->choose_questions != NULL
                                       ? definition->choose_questions(call, target, is_asked)
                                       : ADAPTER_DONE;
    if (outcome != ADAPTER_DONE)
        return (int)outcome;
    struct buffer out = buffer_in(call->arena, 256);
    struct json_writer writer = json_writer_on(&out);
    json_begin_object(&writer);
    json_name(&writer, TEXT("ask"));
    json_begin_array(&writer);
    for (size_t i = 0; i < definition->question_count; i++) {
        if (!is_asked[i])
            continue;
        json_begin_object(&writer);
        json_member_text(&writer, "name", text_of(definition->questions[i].name));
        json_member_text(&writer, "label", text_of(definition->questions[i].label));
        json_member_boolean(&writer, "secret", definition->questions[i].is_secret);
        json_end_object(&writer);
    }
    json_end_array(&writer);
    json_end_object(&writer);
    answer_result(call->program, call->message.id, buffer_text(&out));
    return ADAPTER_DONE;
}

static int run_connect_begin(struct adapter_call *call, const struct adapter_definition *definition)
{
    struct adapter_connection connection;
    if (!params_connection(call->message.params, false, &connection))
        return PARAMS_WRONG;
    if (connection.redirect_uri.base != NULL && definition->connect_begin != NULL)
        return connection.state.length != 0 ? begin_in_browser(call, definition, &connection) : PARAMS_WRONG;
    return ask_questions(call, definition, &connection.target);
}

static int run_connect_finish(struct adapter_call *call, const struct adapter_definition *definition)
{
    struct adapter_connection connection;
    if (!params_connection(call->message.params, true, &connection))
        return PARAMS_WRONG;
    enum adapter_outcome outcome = definition->connect_finish(call, &connection);
    if (outcome != ADAPTER_DONE)
        return (int)outcome;
    struct buffer out = buffer_in(call->arena, 256);
    struct json_writer writer = json_writer_on(&out);
    json_begin_object(&writer);
    json_member_text_if(&writer, "account", call->account);
    json_end_object(&writer);
    answer_result(call->program, call->message.id, buffer_text(&out));
    return ADAPTER_DONE;
}

static int run_disconnect(struct adapter_call *call, const struct adapter_definition *definition)
{
    struct adapter_connection connection;
    if (!params_connection(call->message.params, false, &connection))
        return PARAMS_WRONG;
    enum adapter_outcome outcome = definition->disconnect(call, &connection);
    if (outcome != ADAPTER_DONE || !call->is_revoked_there)
        return done_empty(call, outcome);
    answer_result(call->program, call->message.id, TEXT("{\"revoked\":true}"));
    return ADAPTER_DONE;
}

static int run_confirm(struct adapter_call *call, const struct adapter_definition *definition)
{
    struct adapter_confirmation confirmation;
    if (!params_confirmation(call->arena, call->message.params, &confirmation))
        return PARAMS_WRONG;
    return done_empty(call, definition->confirm(call, &confirmation));
}

static int answer_health(struct adapter_call *call, enum adapter_outcome outcome)
{
    if (outcome == ADAPTER_CANCELLED)
        return (int)outcome;
    const char *status = outcome == ADAPTER_DONE ? "good" : outcome == ADAPTER_UNAVAILABLE ? "degraded" : "bad";
    struct buffer out = buffer_in(call->arena, 256);
    struct json_writer writer = json_writer_on(&out);
    json_begin_object(&writer);
    json_member_text(&writer, "status", text_of(status));
    if (outcome != ADAPTER_DONE)
        json_member_text_if(&writer, "message", call->said);
    json_end_object(&writer);
    answer_result(call->program, call->message.id, buffer_text(&out));
    return ADAPTER_DONE;
}

static int run_health(struct adapter_call *call, const struct adapter_definition *definition)
{
    struct adapter_target target;
    bool has_target = json_member(call->message.params, TEXT("target")) != NULL;
    if (has_target && !params_target(call->message.params, &target))
        return PARAMS_WRONG;
    return answer_health(call, definition->health != NULL
                                   ? definition->health(call, has_target ? &target : NULL)
                                   : ADAPTER_DONE);
}

/* --- the table --- */

struct method {
    const char *name;
    int (*run)(struct adapter_call *call, const struct adapter_definition *definition);
};

static const struct method methods[] = {
    {"mint", run_mint},
    {"revoke", run_revoke},
    {"renew", run_renew},
    {"validate", run_validate},
    {"connect_begin", run_connect_begin},
    {"connect_finish", run_connect_finish},
    {"disconnect", run_disconnect},
    {"confirm", run_confirm},
    {"health", run_health},
};

static const struct method *find(struct text name)
{
    for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
        if (text_is(name, methods[i].name))
            return &methods[i];
    }
    return NULL;
}

bool method_is_known(const struct adapter_definition *definition, struct text name)
{
    const struct method *method = find(name);
    if (method == NULL)
        return false;
    if (method->run == run_renew)
        return definition->renew != NULL;
    if (method->run == run_confirm)
        return definition->confirm != NULL;
    if (method->run == run_connect_begin || method->run == run_connect_finish || method->run == run_disconnect)
        return definition->questions != NULL || definition->connect_begin != NULL;
    return true;
}

void method_run(struct adapter_call *call)
{
    const struct method *method = find(call->message.method);
    int outcome = ADAPTER_CANCELLED;
    if (!adapter_is_over(call))
        outcome = (int)opening_settle(call);
    if (outcome == ADAPTER_DONE)
        outcome = method->run(call, call->program->definition);
    else if (method->run == run_health) /* how it is is answered also where it is no good */
        outcome = answer_health(call, (enum adapter_outcome)outcome);
    if (outcome == PARAMS_WRONG)
        answer_error(call->program, call->message.id, PROTOCOL_PARAMS_INVALID,
                     "the params are not what they should be");
    else if (outcome != ADAPTER_DONE)
        answer_outcome(call, (enum adapter_outcome)outcome);
}
