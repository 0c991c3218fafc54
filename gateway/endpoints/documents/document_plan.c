/* Plans a change: which documents would be created, changed, left alone or removed, each held against what the
 * caller may do to it, before and after. */
#include "documents/document_change.h"

enum fault document_change_name(const struct admin_call *call, enum document_kind *kind, struct text *name)
{
    struct text rest = admin_call_rest(call, "/v1/documents");
    struct text kind_name = text_cut(&rest, '/');
    *name = rest;
    return rest.length != 0 && document_kind_parse(kind_name, kind) ? FAULT_NONE : FAULT_DOCUMENT_UNKNOWN;
}

static const struct store_document *stored_named(const struct store_query *query, enum document_kind kind,
                                                 struct text name)
{
    for (size_t i = 0; i < query->document_count; i++)
        if (text_is(query->documents[i].kind, document_kind_name(kind)) &&
            text_equal(query->documents[i].name, name))
            return &query->documents[i];
    return NULL;
}

/* Documents of files belong to their file: DOCUMENT_READ_ONLY names it. */
static enum fault check_not_from_file(struct document_change *x, enum document_kind kind, struct text name)
{
    const struct document *in_file = documents_find(x->call.gateway->file_documents, kind, name);
    if (in_file == NULL)
        return FAULT_NONE;
    x->call.detail =
        arena_print(x->call.arena, "%s/%.*s comes from %.*s:%u; change it there.", document_kind_name(kind),
                    TEXT_ARGUMENTS(name), TEXT_ARGUMENTS(in_file->source), in_file->line);
    return FAULT_DOCUMENT_READ_ONLY;
}

static enum fault refuse(struct document_change *x, enum document_kind kind, struct text name,
                         enum admin_right right, const char *why)
{
    struct text thing =
        arena_print(x->call.arena, "%s/%.*s%s", document_kind_name(kind), TEXT_ARGUMENTS(name), why);
    return admin_call_refuse_right(&x->call, right, thing);
}

/* Both as it is and as it would be: nobody takes over what another team owns, nor gives away. */
static enum fault check_right(struct document_change *x, const struct planned_change *change,
                              enum admin_right right)
{
    const struct admin_call *call = &x->call;
    bool is_unreadable =
        change->before == NULL && stored_named(&call->find, change->kind, change->name) != NULL;
    if (is_unreadable && !admin_call_is_operator(call, right))
        return refuse(x, change->kind, change->name, right, ", which only operators may repair");
    if (change->before != NULL && !admin_call_may_change(call, change->before, right))
        return refuse(x, change->kind, change->name, right, ", which none of its teams owns");
    if (change->document != NULL && !admin_call_may_change(call, change->document, right))
        return refuse(x, change->kind, change->name, right,
                      change->document->team.length == 0 ? ": metadata.team is missing"
                                                         : " with this team, kind or content");
    return FAULT_NONE;
}

static void add_row(struct document_change *x, const struct planned_change *change)
{
    const struct store_document *stored = stored_named(&x->call.find, change->kind, change->name);
    x->rows[x->row_count++] =
        (struct store_document){.kind = text_of(document_kind_name(change->kind)),
                                .name = change->name,
                                .team = change->document == NULL ? TEXT_NONE : change->document->team,
                                .body = change->document == NULL ? TEXT_NONE : change->document->body,
                                .expected_generation = stored == NULL ? 0 : stored->generation};
}

static void write_metadata(struct json_writer *writer, const struct json_value *metadata, struct text team)
{
    json_name(writer, TEXT("metadata"));
    json_begin_object(writer);
    for (const struct json_value *member = metadata->first; member != NULL; member = member->next) {
        json_name(writer, member->name);
        json_write_value(writer, member);
    }
    json_member_text(writer, "team", team);
    json_end_object(writer);
}

/* Who has one team alone need not name it. */
static void fill_in_team(struct document_change *x, struct document *document)
{
    const struct admin_call *call = &x->call;
    const struct json_value *body;
    struct text team = team_rights_only_team(&call->session.rights, ADMIN_RIGHT_APPLY);
    if (!call->session.is_open || document->team.length != 0 || team.length == 0 ||
        admin_call_is_operator(call, ADMIN_RIGHT_APPLY) ||
        json_parse(call->arena, document->body, &json_limits_document, &body) != FAULT_NONE)
        return;
    struct buffer out = buffer_in(call->arena, document->body.length + team.length + 16);
    struct json_writer writer = json_writer_on(&out);
    json_begin_object(&writer);
    for (const struct json_value *member = body->first; member != NULL; member = member->next) {
        if (text_is(member->name, "metadata")) {
            write_metadata(&writer, member, team);
            continue;
        }
        json_name(&writer, member->name);
        json_write_value(&writer, member);
    }
    json_end_object(&writer);
    document->team = team;
    document->body = buffer_text(&out);
}

static enum fault plan_one(struct document_change *x, struct document *document)
{
    const struct store_document *stored = stored_named(&x->call.find, document->kind, document->name);
    fill_in_team(x, document);
    struct planned_change *change = &x->changes[x->change_count++];
    *change = (struct planned_change){
        .document = document,
        .before = documents_find(&x->stored, document->kind, document->name),
        .kind = document->kind,
        .name = document->name,
        .change = stored == NULL                             ? "created"
                  : text_equal(stored->body, document->body) ? "unchanged"
                                                             : "changed",
    };
    TRY(check_right(x, change, ADMIN_RIGHT_APPLY));
    TRY(check_not_from_file(x, document->kind, document->name));
    if (!text_is(text_of(change->change), "unchanged"))
        add_row(x, change);
    return FAULT_NONE;
}

static void make_room(struct document_change *x, size_t count)
{
    x->changes = ARENA_ARRAY(x->call.arena, struct planned_change, count + 1);
    x->rows = ARENA_ARRAY(x->call.arena, struct store_document, count + 1);
}

static enum fault read_sent(struct document_change *x)
{
    struct admin_call *call = &x->call;
    if (request_body_is_too_large(call->request))
        return FAULT_REQUEST_TOO_LARGE;
    documents_read(&x->sent, TEXT("request"), request_body(call->request));
    call->mistakes = x->sent;
    if (x->sent.mistake_count != 0 || x->sent.count == 0)
        return FAULT_DOCUMENT_INVALID;
    make_room(x, x->sent.count + call->find.document_count);
    for (size_t i = 0; i < x->sent.count; i++) {
        if (x->sent.items[i]->kind == DOCUMENT_GATEWAY) {
            call->detail = TEXT("kind: Gateway belongs in a file; it cannot be stored.");
            return FAULT_DOCUMENT_INVALID;
        }
        TRY(plan_one(x, x->sent.items[i]));
    }
    return FAULT_NONE;
}

static enum fault plan_removal(struct document_change *x, enum document_kind kind, struct text name)
{
    struct planned_change *change = &x->changes[x->change_count++];
    *change = (struct planned_change){.before = documents_find(&x->stored, kind, name),
                                      .kind = kind,
                                      .name = arena_copy(x->call.arena, name),
                                      .change = "removed"};
    TRY(check_right(x, change, ADMIN_RIGHT_DELETE));
    add_row(x, change);
    return FAULT_NONE;
}

static enum fault read_deletion(struct document_change *x)
{
    enum document_kind kind;
    struct text name;
    TRY(document_change_name(&x->call, &kind, &name));
    make_room(x, 1);
    if (stored_named(&x->call.find, kind, name) == NULL) {
        const struct document *in_file = documents_find(x->call.gateway->file_documents, kind, name);
        bool may_know = in_file != NULL && admin_call_may(&x->call, in_file->team, ADMIN_RIGHT_READ);
        return may_know ? check_not_from_file(x, kind, name) : FAULT_DOCUMENT_UNKNOWN;
    }
    return plan_removal(x, kind, name);
}

/* What pruning may reach: documents of one team, or of all that the caller may delete for. Whoever may delete
 * everything says whose is meant. */
static enum fault read_scope(struct document_change *x, struct text *team)
{
    struct admin_call *call = &x->call;
    *team = form_value(&call->query, "team");
    bool is_all = admin_call_is_asked(call, "all");
    if (team->length != 0 && !admin_call_may(call, *team, ADMIN_RIGHT_DELETE))
        return admin_call_refuse_right(
            call, ADMIN_RIGHT_DELETE,
            arena_print(call->arena, "team %.*s", TEXT_ARGUMENTS(text_beginning(*team, 64))));
    if (team->length != 0 || is_all || !admin_call_is_operator(call, ADMIN_RIGHT_DELETE))
        return FAULT_NONE;
    call->detail =
        TEXT("Say whose documents are to be removed where the files do not hold them: one team's, or "
             "all there are.");
    return FAULT_PARAMETER_INVALID;
}

static bool is_sent(const struct document_change *x, enum document_kind kind, struct text name)
{
    return documents_find(&x->sent, kind, name) != NULL;
}

/* In the scope of who asks; what is another's is not touched and not spoken of. */
static bool is_in_scope(const struct document_change *x, const struct document *document, struct text team)
{
    return (team.length == 0 || text_equal(document->team, team)) &&
           admin_call_may_change(&x->call, document, ADMIN_RIGHT_DELETE);
}

static enum fault plan_prune(struct document_change *x)
{
    struct text team;
    const struct store_query *find = &x->call.find;
    TRY(read_scope(x, &team));
    for (size_t i = 0; i < find->document_count; i++) {
        enum document_kind kind;
        struct text name = find->documents[i].name;
        if (!document_kind_parse(find->documents[i].kind, &kind) || is_sent(x, kind, name))
            continue;
        const struct document *document = documents_find(&x->stored, kind, name);
        if (document != NULL && is_in_scope(x, document, team))
            TRY(plan_removal(x, kind, name));
    }
    return FAULT_NONE;
}

enum fault document_plan_make(struct document_change *x)
{
    if (x->is_unvalidated && !admin_call_is_operator(&x->call, ADMIN_RIGHT_APPLY))
        return admin_call_refuse_right(&x->call, ADMIN_RIGHT_APPLY,
                                       TEXT("anything without validation, which is for operators"));
    if (text_is(request_method(x->call.request), "DELETE"))
        return read_deletion(x);
    TRY(read_sent(x));
    return x->is_prune ? plan_prune(x) : FAULT_NONE;
}
