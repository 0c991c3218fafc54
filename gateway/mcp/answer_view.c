/* Decides nothing by itself: access/ says what may be used, message/ writes what is left. */
#include "answer_view.h"

#include "access/mcp_access.h"
#include "message/mcp_error.h"
#include "relay/call_settled.h"
#include "state_box.h"
#include "task_box.h"

enum { TTL_MS_MAX = 60000 };

/* -- what may be used */

/* Aside, and in an arena of its own: streams go on for hours. */
static bool is_listed(struct answer_view *view, struct arena *arena, const struct mcp_access_question *asked)
{
    struct relayed_call *x = view->call;
    relayed_call_recall(x, arena);
    struct arena *own = x->call.arena;
    struct mcp_access_question question = *asked;
    struct mcp_access access = {0};
    question.generation = view->version;
    question.is_listing = true;
    question.method = view->message != NULL ? view->message->method : TEXT("GET");
    x->call.arena = arena;
    mcp_access_look(x, &question, &access);
    x->call.arena = own;
    return mcp_access_is_listed(&access);
}

static enum mcp_access_kind kind_of(enum mcp_named named)
{
    return named == MCP_NAMED_TOOL     ? MCP_ACCESS_TOOL
           : named == MCP_NAMED_PROMPT ? MCP_ACCESS_PROMPT
                                       : MCP_ACCESS_RESOURCE;
}

struct listing {
    struct answer_view *view;
    struct arena *arena;
};

static bool keeps(void *context, enum mcp_named named, struct text name, const struct json_value *entry)
{
    const struct listing *listing = context;
    return is_listed(listing->view, listing->arena,
                     &(struct mcp_access_question){.kind = kind_of(named),
                                                   .name = name,
                                                   .definition = named == MCP_NAMED_TOOL ? entry : NULL});
}

static bool may_ask(struct answer_view *view, const char *what, enum mcp_access_kind kind)
{
    if (!text_list_has(&view->call->target->document->target.mcp.server_requests, text_of(what)))
        return false;
    SCOPED_ARENA arena = arena_create();
    bool is_permitted = is_listed(view, arena, &(struct mcp_access_question){.kind = kind});
    relayed_call_forget(view->call);
    return is_permitted;
}

const struct mcp_permitted *answer_view_permitted(struct answer_view *view)
{
    if (!view->is_permitted_known)
        view->permitted =
            (struct mcp_permitted){.sampling = may_ask(view, "sampling", MCP_ACCESS_SAMPLING),
                                   .elicitation = may_ask(view, "elicitation", MCP_ACCESS_ELICITATION),
                                   .roots = may_ask(view, "roots", MCP_ACCESS_ROOTS)};
    view->is_permitted_known = true;
    return &view->permitted;
}

bool answer_view_shows_resource(struct answer_view *view, struct text uri)
{
    SCOPED_ARENA arena = arena_create();
    return is_listed(view, arena, &(struct mcp_access_question){.kind = MCP_ACCESS_RESOURCE, .name = uri});
}

/* -- what is seen */

/* What a client keeps of a list is what its credential lets it use: no longer than that lives. */
static int64_t ttl_ms(const struct answer_view *view)
{
    const struct relayed_call *x = view->call;
    int64_t left_ms = (x->credential.claims.expires_at_s - x->call.now_s) * 1000;
    return left_ms < 0 ? 0 : left_ms < TTL_MS_MAX ? left_ms : TTL_MS_MAX;
}

/* Read back from a stream that is resumed, the answer to another request stands here by itself: what it shows
 * is told by what is in it. */
static struct text method_of(const struct answer_view *view, const struct mcp_answer *answer)
{
    static const char *const lists[] = {"tools/list", "prompts/list", "resources/list",
                                        "resources/templates/list"};
    if (view->message != NULL)
        return view->message->method;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        const struct json_value *entries =
            json_member(answer->result, text_of(mcp_list_member(text_of(lists[i]))));
        if (entries != NULL && entries->kind == JSON_ARRAY)
            return text_of(lists[i]);
    }
    return TEXT_NONE;
}

/* The server's own state stays ours: the client has a box that fits this one call of this one caller. */
static enum fault box_state(struct answer_view *view, struct arena *arena, const struct mcp_answer *answer,
                            struct text *text)
{
    struct relayed_call *x = view->call;
    struct text sealed;
    if (answer->request_state.base == NULL) {
        *text = mcp_answer_write(arena, answer);
        return FAULT_NONE;
    }
    relayed_call_recall(x, arena);
    TRY(state_box_seal(x, arena, view->message, view->arguments, answer->request_state, &sealed));
    const struct json_value value = message_edit_string(sealed);
    *text = mcp_answer_write_with(arena, answer, "requestState", &value);
    return FAULT_NONE;
}

/* What was begun is asked about by the same box, each time. */
static enum fault box_task(struct answer_view *view, struct arena *arena, const struct mcp_answer *answer,
                           struct text *text)
{
    const struct task_box task = {json_text_of(answer->result, "taskId"), view->message->name};
    struct text sealed = view->task;
    relayed_call_recall(view->call, arena);
    if (sealed.base == NULL)
        TRY(task_box_seal(view->call, arena, &task, &sealed));
    const struct json_value value = message_edit_string(sealed);
    *text = mcp_answer_write_with(arena, answer, "taskId", &value);
    return FAULT_NONE;
}

static bool is_task(const struct answer_view *view, const struct mcp_answer *answer)
{
    return view->generation == MCP_NEW && view->message != NULL &&
           (view->task.base != NULL || mcp_message_is(view->message, "tools/call")) &&
           json_text_of(answer->result, "taskId").base != NULL;
}

/* What a task wants stands in results that are complete. */
static bool may_be_asked(struct answer_view *view, const struct mcp_answer *answer)
{
    struct mcp_answer asking = *answer;
    const struct json_value *asked = json_member(answer->result, TEXT("inputRequests"));
    if (asked == NULL)
        return true;
    asking.input_requests = asked;
    return asked->kind == JSON_OBJECT && mcp_answer_is_permitted(&asking, answer_view_permitted(view), NULL);
}

static enum fault see_result(struct answer_view *view, struct arena *arena, const struct mcp_answer *answer,
                             struct text *text)
{
    static const char *const hidden[] = {"tasks", NULL}; /* whose tasks they are nobody here could tell */
    struct listing listing = {view, arena};
    const struct mcp_list_view lists = {view->generation, ttl_ms(view), keeps, &listing};
    struct text method = method_of(view, answer);
    if (!may_be_asked(view, answer))
        return FAULT_MCP_UPSTREAM_ANSWER;
    if (answer
            ->is_input_required) /* in the older protocol there is no call to repeat, and no box that fits it */
        return view->generation == MCP_NEW ? box_state(view, arena, answer, text) : FAULT_MCP_UPSTREAM_ANSWER;
    if (is_task(view, answer))
        return box_task(view, arena, answer, text);
    if (mcp_list_named(method) != MCP_NAMED_NOTHING)
        return mcp_list_write(arena, answer, method, &lists, text);
    if (text_is(method, "initialize") || text_is(method, "server/discover"))
        return mcp_list_write_description(arena, answer, &lists, hidden, text);
    /* Of what is left, what is read alone can be kept by who gets it; all else is none of ours. */
    *text = text_is(method, "resources/read") ? mcp_list_write_private(arena, answer, &lists)
                                              : mcp_answer_write(arena, answer);
    return FAULT_NONE;
}

/* A tool that is not there and one that is not for this caller answer the same. */
static bool is_of_unknown(const struct answer_view *view, const struct mcp_answer *answer)
{
    return view->message != NULL && mcp_answer_says_unknown(answer, view->message);
}

/* What the server asks reaches the client or is answered in its place, or the server would wait for ever. */
static enum fault see_request(struct answer_view *view, struct arena *arena, const struct mcp_answer *answer,
                              struct answer_seen *seen)
{
    if (view->generation == MCP_NEW)
        return FAULT_MCP_UPSTREAM_ANSWER;
    if (mcp_answer_is_permitted(answer, answer_view_permitted(view), NULL))
        seen->text = mcp_answer_write(arena, answer);
    else if (++view->refusals > ANSWER_VIEW_REFUSALS_MAX)
        return FAULT_MCP_UPSTREAM_ANSWER;
    else
        seen->refusal = mcp_answer_refuse(arena, answer);
    return FAULT_NONE;
}

static void see_notification(struct answer_view *view, struct arena *arena, const struct mcp_answer *answer,
                             struct answer_seen *seen)
{
    const struct mcp_access_question question = {.kind = MCP_ACCESS_RESOURCE,
                                                 .name = json_text_of(answer->params, "uri")};
    if (text_is(answer->method, "notifications/resources/updated") && !is_listed(view, arena, &question))
        return;
    seen->text = mcp_answer_write(arena, answer);
}

/* The older protocol's way to send a person to an address (2025-11-25, Elicitation, "URL Mode"): an error. */
static bool is_asking(const struct mcp_answer *answer)
{
    return answer->kind == MCP_ANSWER_ERROR && answer->code == MCP_CODE_ELICITATION;
}

/* An answer to something else has no place in the answer to this. */
static bool is_misplaced(const struct answer_view *view, const struct mcp_answer *answer)
{
    return view->message != NULL && answer->id != NULL && !mcp_answer_is_to(answer, view->message->id);
}

static enum fault take(struct answer_view *view, struct arena *arena, struct text body, size_t bytes,
                       struct answer_seen *seen)
{
    struct mcp_answer answer;
    *seen = (struct answer_seen){0};
    TRY(mcp_answer_read(arena, body, bytes, &answer));
    if (answer.kind == MCP_ANSWER_REQUEST)
        return see_request(view, arena, &answer, seen);
    if (answer.kind == MCP_ANSWER_NOTIFICATION) {
        see_notification(view, arena, &answer, seen);
        return FAULT_NONE;
    }
    if (is_misplaced(view, &answer) || (is_asking(&answer) && !answer_view_permitted(view)->elicitation))
        return FAULT_MCP_UPSTREAM_ANSWER;
    seen->is_final = view->message != NULL;
    seen->is_result = answer.kind == MCP_ANSWER_RESULT;
    if (is_of_unknown(view, &answer))
        seen->text = mcp_error_answer(arena, FAULT_MCP_NAME_UNKNOWN, view->message, &seen->status);
    else if (seen->is_result)
        return see_result(view, arena, &answer, &seen->text);
    else
        seen->text = mcp_answer_write(arena, &answer);
    return FAULT_NONE;
}

enum fault answer_view_take(struct answer_view *view, struct arena *arena, struct text body, size_t bytes,
                            struct answer_seen *seen)
{
    enum fault fault = take(view, arena, body, bytes, seen);
    relayed_call_forget(view->call);
    return fault;
}
