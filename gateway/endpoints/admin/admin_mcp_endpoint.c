/* /v1/mcp/SERVER/tools: what the tools of an MCP server say of themselves. GET lists them with their state,
 * with ?tool=NAME also the definitions that are kept of one; POST .../confirm lets those be called that
 * somebody has looked at, each by the digest that was shown: what has changed since is not confirmed with it.
 */
#include <string.h>

#include "admin_call.h"
#include "mcp/mcp_catalog_keeper.h"
#include "mcp/mcp_definition.h"

enum { CONFIRMED_AT_ONCE = 256, STATES_PER_TOOL = 2 };

struct definitions_call {
    struct admin_call call; /* first; find: rows of the tools */
    const struct document *target;
    struct text asked; /* one tool, or TEXT_NONE */
    struct store_query head, seen_text, confirmed_text;
    struct flow_wait head_wait, seen_wait, confirmed_wait;
    struct mcp_tool_row *rows;
    size_t count;
    const struct json_value *confirmed, *seen; /* definitions of the one that is asked for; NULL: not kept */
    const struct json_value *body;
    struct buffer change;
    struct store_state *states;
    size_t state_count;
};

/* -- which */

/* "SERVER/tools" or "SERVER/tools/confirm". */
static enum fault resolve_path(struct definitions_call *x, bool is_change)
{
    struct admin_call *call = &x->call;
    struct text rest = admin_call_rest(call, "/v1/mcp"), name = text_cut(&rest, '/');
    if (!text_is(rest, is_change ? "tools/confirm" : "tools"))
        return FAULT_REQUEST_PATH;
    x->target = documents_find(&call->world->documents, DOCUMENT_TARGET, name);
    if (x->target == NULL || !x->target->target.mcp.is_server)
        return FAULT_DOCUMENT_UNKNOWN;
    return FAULT_NONE;
}

static enum fault resolve_as(struct definitions_call *x, enum admin_right right)
{
    struct admin_call *call = &x->call;
    TRY(resolve_path(x, right == ADMIN_RIGHT_APPLY));
    bool may = right == ADMIN_RIGHT_READ ? admin_call_may_document(call, x->target, right)
                                         : admin_call_may_change(call, x->target, right);
    if (may)
        return FAULT_NONE;
    return admin_call_refuse_right(call, right,
                                   arena_print(call->arena, "Target/%.*s", TEXT_ARGUMENTS(x->target->name)));
}

static enum flow_step_result resolve_reading(struct flow *flow)
{
    struct definitions_call *x = (struct definitions_call *)flow;
    x->asked = form_value(&x->call.query, "tool");
    return admin_call_proceed(&x->call, resolve_as(x, ADMIN_RIGHT_READ));
}

static enum flow_step_result resolve_change(struct flow *flow)
{
    struct definitions_call *x = (struct definitions_call *)flow;
    return admin_call_proceed(&x->call, resolve_as(x, ADMIN_RIGHT_APPLY));
}

/* -- rows */

static void start_finding(struct definitions_call *x)
{
    x->call.find = (struct store_query){.adapter = TEXT(MCP_DEFINITIONS_OWNER),
                                        .id = mcp_definition_tool_prefix(x->call.arena, x->target->name),
                                        .limit = MCP_CATALOG_TOOLS_MAX};
    admin_call_find(&x->call, STORE_QUERY_STATES);
}

static enum fault read_rows(struct definitions_call *x)
{
    const struct store_query *find = &x->call.find;
    TRY(find->fault);
    x->rows = ARENA_ARRAY(x->call.arena, struct mcp_tool_row, find->state_count + 1);
    for (size_t i = 0; i < find->state_count; i++)
        TRY(mcp_definition_read_tool(x->call.gateway->sealer, x->call.arena, &find->states[i],
                                     &x->rows[x->count++]));
    return FAULT_NONE;
}

static enum flow_step_result find_rows(struct flow *flow)
{
    struct definitions_call *x = (struct definitions_call *)flow;
    FLOW_AWAIT(flow, &x->call.find_wait, start_finding(x));
    return admin_call_proceed(&x->call, read_rows(x));
}

static struct mcp_tool_row *find_row(const struct definitions_call *x, struct text tool)
{
    for (size_t i = 0; i < x->count; i++)
        if (text_equal(x->rows[i].tool, tool))
            return &x->rows[i];
    return NULL;
}

/* -- the definitions of one */

static void find_text(struct definitions_call *x, struct store_query *query, struct flow_wait *wait,
                      bool is_wanted, const unsigned char *digest)
{
    if (!is_wanted) {
        flow_wait_done(wait);
        return;
    }
    *query = (struct store_query){.kind = STORE_QUERY_STATE,
                                  .adapter = TEXT(MCP_DEFINITIONS_OWNER),
                                  .id = mcp_definition_text_key(x->call.arena, x->target->name, digest),
                                  .limit = 1};
    admin_call_ask(&x->call, query, wait);
}

static enum fault read_text(struct definitions_call *x, const struct store_query *query,
                            const struct json_value **definition)
{
    *definition = NULL;
    TRY(query->fault);
    if (query->state_count == 0 || query->states[0].value.base == NULL)
        return FAULT_NONE;
    return mcp_definition_read_text(x->call.gateway->sealer, x->call.arena, &query->states[0], definition);
}

static enum flow_step_result find_seen(struct flow *flow)
{
    struct definitions_call *x = (struct definitions_call *)flow;
    const struct mcp_tool_row *row = x->asked.length == 0 ? NULL : find_row(x, x->asked);
    FLOW_AWAIT(
        flow, &x->seen_wait,
        find_text(x, &x->seen_text, &x->seen_wait, row != NULL, row == NULL ? NULL : row->standing.seen));
    return admin_call_proceed(&x->call, read_text(x, &x->seen_text, &x->seen));
}

static enum flow_step_result find_confirmed(struct flow *flow)
{
    struct definitions_call *x = (struct definitions_call *)flow;
    const struct mcp_tool_row *row = x->asked.length == 0 ? NULL : find_row(x, x->asked);
    bool is_wanted = row != NULL && row->standing.is_confirmed;
    FLOW_AWAIT(flow, &x->confirmed_wait,
               find_text(x, &x->confirmed_text, &x->confirmed_wait, is_wanted,
                         is_wanted ? row->standing.confirmed : NULL));
    return admin_call_proceed(&x->call, read_text(x, &x->confirmed_text, &x->confirmed));
}

/* -- the answer */

static void write_digest(struct json_writer *writer, const char *name, const unsigned char *digest)
{
    char hex[2 * DIGEST_SIZE + 1];
    digest_hex(digest, hex);
    json_member_text(writer, name, text_of(hex));
}

static void write_definition(struct json_writer *writer, const char *name, const struct json_value *definition)
{
    if (definition == NULL)
        return;
    json_name(writer, text_of(name));
    json_write_value(writer, definition);
}

static void write_row(struct json_writer *writer, const struct definitions_call *x,
                      const struct mcp_tool_row *row)
{
    const struct mcp_standing *standing = &row->standing;
    json_begin_object(writer);
    json_member_text(writer, "tool", row->tool);
    json_member_text(writer, "state", text_of(mcp_definition_state_name(mcp_standing_state(standing))));
    write_digest(writer, "digest", standing->seen);
    json_member_integer(writer, "first_seen", standing->first_seen_s);
    json_member_integer(writer, "changed", standing->changed_s);
    if (row->parameters.is_mistaken)
        json_member_boolean(writer, "headers_mistaken", true);
    if (standing->is_confirmed) {
        write_digest(writer, "confirmed_digest", standing->confirmed);
        json_member_integer(writer, "confirmed_at", standing->confirmed_s);
    }
    if (x->asked.length != 0) {
        write_definition(writer, "definition", x->seen);
        write_definition(writer, "confirmed_definition", x->confirmed);
    }
    json_end_object(writer);
}

static enum flow_step_result respond(struct flow *flow)
{
    struct definitions_call *x = (struct definitions_call *)flow;
    SCOPED_BUFFER body = {0};
    struct json_writer writer = json_writer_on(&body);
    if (x->call.fault != FAULT_NONE) {
        admin_call_answer_fault(&x->call);
        return FLOW_NEXT;
    }
    json_begin_object(&writer);
    json_member_text(&writer, "server", x->target->name);
    json_name(&writer, TEXT("tools"));
    json_begin_array(&writer);
    for (size_t i = 0; i < x->count; i++)
        if (x->asked.length == 0 || text_equal(x->rows[i].tool, x->asked))
            write_row(&writer, x, &x->rows[i]);
    json_end_array(&writer);
    if (x->state_count != 0)
        json_member_text(&writer, "record", x->call.id);
    json_end_object(&writer);
    admin_call_answer(&x->call, buffer_text(&body));
    return FLOW_NEXT;
}

/* -- confirming */

static enum fault complain(struct definitions_call *x, struct text detail)
{
    x->call.detail = detail;
    return FAULT_PARAMETER_INVALID;
}

static enum flow_step_result read_body(struct flow *flow)
{
    struct definitions_call *x = (struct definitions_call *)flow;
    struct admin_call *call = &x->call;
    const struct json_value *body = NULL;
    if (request_body_is_too_large(call->request))
        return admin_call_proceed(call, FAULT_REQUEST_TOO_LARGE);
    if (json_parse(call->arena, request_body(call->request), &json_limits_document, &body) != FAULT_NONE)
        return admin_call_proceed(call, FAULT_JSON_INVALID);
    x->body = json_member(body, TEXT("tools"));
    bool is_good = x->body != NULL && x->body->kind == JSON_ARRAY && x->body->count >= 1 &&
                   x->body->count <= CONFIRMED_AT_ONCE;
    return admin_call_proceed(
        call, is_good ? FAULT_NONE
                      : complain(x, TEXT("Expected {\"tools\":[{\"tool\":NAME,\"digest\":HEX}]}, at most 256 "
                                         "of them; GET says which there are.")));
}

static void start_finding_head(struct definitions_call *x)
{
    x->head = (struct store_query){.kind = STORE_QUERY_STATE,
                                   .adapter = TEXT(MCP_DEFINITIONS_OWNER),
                                   .id = mcp_definition_head_key(x->call.arena, x->target->name),
                                   .limit = 1};
    admin_call_ask(&x->call, &x->head, &x->head_wait);
}

/* Before the rows, so that a change between the two is met by its version. */
static enum flow_step_result find_head(struct flow *flow)
{
    struct definitions_call *x = (struct definitions_call *)flow;
    FLOW_AWAIT(flow, &x->head_wait, start_finding_head(x));
    return admin_call_proceed(&x->call, x->head.fault);
}

/* What was confirmed before is nobody's to compare with any more. */
static void put(struct definitions_call *x, struct mcp_tool_row *row)
{
    const struct sealer *sealer = x->call.gateway->sealer;
    struct mcp_standing *standing = &row->standing;
    bool has_old = standing->is_confirmed && memcmp(standing->confirmed, standing->seen, DIGEST_SIZE) != 0;
    if (has_old)
        mcp_definition_put_text(sealer, x->call.arena, x->target->name, standing->confirmed, TEXT_NONE,
                                &x->states[x->state_count++]);
    mcp_standing_confirm(standing, x->call.now_us / 1000000);
    mcp_definition_put_tool(sealer, x->call.arena, x->target->name, row, &x->states[x->state_count++]);
}

static enum fault confirm(struct definitions_call *x, const struct json_value *asked,
                          struct json_writer *writer)
{
    struct text tool = json_text_of(asked, "tool"), digest = json_text_of(asked, "digest");
    struct mcp_tool_row *row = find_row(x, tool);
    char seen[2 * DIGEST_SIZE + 1];
    if (row == NULL)
        return complain(x, arena_print(x->call.arena, "There is no tool \"%.*s\" of this server.",
                                       TEXT_ARGUMENTS(text_beginning(tool, MCP_CATALOG_NAME_MAX))));
    digest_hex(row->standing.seen, seen);
    if (!text_is(digest, seen))
        return complain(x, arena_print(x->call.arena,
                                       "The tool \"%.*s\" says something else by now; look at it again.",
                                       TEXT_ARGUMENTS(tool)));
    json_begin_object(writer);
    json_member_text(writer, "tool", tool);
    json_member_text(writer, "seen", TEXT("confirmed"));
    json_member_text(writer, "digest", digest);
    json_member_text(writer, "was", text_of(mcp_definition_state_name(mcp_standing_state(&row->standing))));
    json_end_object(writer);
    put(x, row);
    return FAULT_NONE;
}

static enum fault plan(struct definitions_call *x)
{
    const struct store_query *head = &x->head;
    struct json_writer writer = json_writer_on(&x->change);
    int64_t version =
        head->state_count == 0 || head->states[0].value.base == NULL ? 0 : head->states[0].version;
    x->states = ARENA_ARRAY(x->call.arena, struct store_state, 1 + STATES_PER_TOOL * (size_t)CONFIRMED_AT_ONCE);
    mcp_definition_put_head(x->call.gateway->sealer, x->call.arena, x->target->name, version,
                            x->call.now_us / 1000000, &x->states[x->state_count++]);
    json_begin_object(&writer);
    json_member_text(&writer, "server", x->target->name);
    json_name(&writer, TEXT("tools"));
    json_begin_array(&writer);
    for (const struct json_value *one = x->body->first; one != NULL; one = one->next)
        TRY(confirm(x, one, &writer));
    json_end_array(&writer);
    json_end_object(&writer);
    return FAULT_NONE;
}

static enum flow_step_result plan_change(struct flow *flow)
{
    struct definitions_call *x = (struct definitions_call *)flow;
    x->change = buffer_in(x->call.arena, 1024);
    return admin_call_proceed(&x->call, plan(x));
}

static void start_storing(struct definitions_call *x)
{
    struct admin_call *call = &x->call;
    struct record record = admin_call_describe(call, TEXT("definition"), buffer_text(&x->change));
    record.target = x->target->name;
    record.target_team = x->target->team;
    admin_call_begin_entry_of(call, &record);
    call->entry.transaction.states = x->states;
    call->entry.transaction.state_count = x->state_count;
    ledger_append(call->gateway->store, &call->entry);
}

static enum flow_step_result store_change(struct flow *flow)
{
    struct definitions_call *x = (struct definitions_call *)flow;
    FLOW_AWAIT(flow, &x->call.entry.wait, start_storing(x));
    enum fault fault = admin_call_stored(&x->call);
    if (fault == FAULT_NONE)
        mcp_catalog_refresh(x->call.gateway->definitions);
    return admin_call_proceed(&x->call, fault);
}

static const struct flow_step show_steps[] = {
    FLOW_STEP(resolve_reading),
    FLOW_STEP(find_rows),                        /* waits: store */
    FLOW_STEP(find_seen),                        /* waits: store */
    FLOW_STEP(find_confirmed),                   /* waits: store */
    FLOW_STEP_ALWAYS(admin_call_record_refusal), /* waits: commit */
    FLOW_STEP_ALWAYS(respond),
    FLOW_STEP_LAST,
};

static const struct flow_step confirm_steps[] = {
    FLOW_STEP(resolve_change),
    FLOW_STEP(read_body),
    FLOW_STEP(find_head), /* waits: store */
    FLOW_STEP(find_rows), /* waits: store */
    FLOW_STEP(plan_change),
    FLOW_STEP(store_change),                     /* waits: commit */
    FLOW_STEP_ALWAYS(admin_call_record_refusal), /* waits: commit */
    FLOW_STEP_ALWAYS(respond),
    FLOW_STEP_LAST,
};

void admin_mcp_endpoint(struct gateway *gateway, struct request *request)
{
    size_t size = sizeof(struct definitions_call);
    if (text_is(request_method(request), "GET"))
        admin_call_start(gateway, request, size, show_steps, ADMIN_RIGHT_READ);
    else
        admin_call_start(gateway, request, size, confirm_steps, ADMIN_RIGHT_APPLY);
}
