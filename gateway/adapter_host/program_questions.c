/* The rest of the surface: revoke, validate and the three of connecting, each a call with little to say. */
#include "adapter_protocol/numbers.h"
#include "base/outside_url.h"
#include "program_mint.h"

enum { MISTAKES_MAX = 64 };

static struct text copy_printable(struct arena *arena, struct text text, size_t most)
{
    struct text kept = text_beginning(text, most);
    if (kept.length == 0)
        return TEXT_NONE;
    return text_is_printable(kept) ? arena_copy(arena, kept) : TEXT("(not printable)");
}

/* --- revoke --- */

struct revocation {
    struct program_call call; /* first */
    struct credential_withdrawal *withdrawal;
};

static void revoked(struct program_call *call)
{
    struct credential_withdrawal *withdrawal = ((struct revocation *)call)->withdrawal;
    withdrawal->fault = call->fault;
    arena_destroy(call->answer);
    flow_wait_done(&withdrawal->wait);
}

void program_revoke(const struct adapter *adapter, struct credential_withdrawal *withdrawal)
{
    struct revocation *revocation = ARENA_NEW(withdrawal->arena, struct revocation);
    struct buffer params = buffer_in(withdrawal->arena, 512);
    struct json_writer writer = json_writer_on(&params);
    json_begin_object(&writer);
    json_member_text(&writer, "lease", withdrawal->lease);
    program_write_target(&writer, &withdrawal->target);
    json_member_text_if(&writer, "handle", withdrawal->handle);
    json_end_object(&writer);
    revocation->withdrawal = withdrawal;
    revocation->call = (struct program_call){
        .program = adapter->context, .method = "revoke", .params = buffer_text(&params), .done = revoked};
    program_submit(&revocation->call);
}

/* --- validate --- */

struct validation {
    struct program_call call; /* first */
    struct settings_validation *validation;
};

static enum judgement judge_mistakes(const struct program_call *call, const struct json_value *result,
                                     const char **mistake)
{
    const struct json_value *list = json_member(result, TEXT("mistakes"));
    (void)call;
    *mistake = "answered validate with mistakes that are no list of path and message";
    if (list == NULL || list->kind != JSON_ARRAY)
        return JUDGED_BROKEN;
    for (const struct json_value *item = list->first; item != NULL; item = item->next)
        if (item->kind != JSON_OBJECT || !json_is_string(json_member(item, TEXT("path"))) ||
            !json_is_string(json_member(item, TEXT("message"))))
            return JUDGED_BROKEN;
    return JUDGED_GOOD;
}

static void read_mistakes(struct settings_validation *validation, const struct json_value *list)
{
    size_t count = list->count < MISTAKES_MAX ? list->count : MISTAKES_MAX;
    const struct json_value *item = list->first;
    validation->mistakes = ARENA_ARRAY(validation->arena, struct settings_mistake, count + 1);
    for (; validation->mistake_count < count; item = item->next)
        validation->mistakes[validation->mistake_count++] = (struct settings_mistake){
            copy_printable(validation->arena, json_text_of(item, "path"), PROTOCOL_MESSAGE_MAX),
            copy_printable(validation->arena, json_text_of(item, "message"), PROTOCOL_MESSAGE_MAX)};
}

static void validated(struct program_call *call)
{
    struct settings_validation *validation = ((struct validation *)call)->validation;
    validation->fault = call->fault;
    validation->detail = copy_printable(validation->arena, call->detail, PROTOCOL_MESSAGE_MAX);
    if (call->fault == FAULT_NONE)
        read_mistakes(validation, json_member(call->result, TEXT("mistakes")));
    arena_destroy(call->answer);
    flow_wait_done(&validation->wait);
}

void program_validate(const struct adapter *adapter, struct settings_validation *validation)
{
    struct validation *own = ARENA_NEW(validation->arena, struct validation);
    struct buffer params = buffer_in(validation->arena, 512);
    struct json_writer writer = json_writer_on(&params);
    json_begin_object(&writer);
    program_write_target(&writer, &validation->target);
    json_end_object(&writer);
    own->validation = validation;
    own->call = (struct program_call){.program = adapter->context,
                                      .method = "validate",
                                      .params = buffer_text(&params),
                                      .judge = judge_mistakes,
                                      .done = validated};
    program_submit(&own->call);
}

/* --- confirm --- */

struct confirming {
    struct program_call call; /* first */
    struct credential_confirmation *confirmation;
};

static void confirmed(struct program_call *call)
{
    struct credential_confirmation *confirmation = ((struct confirming *)call)->confirmation;
    confirmation->fault = call->fault;
    confirmation->detail = copy_printable(confirmation->arena, call->detail, PROTOCOL_MESSAGE_MAX);
    arena_destroy(call->answer);
    flow_wait_done(&confirmation->wait);
}

void program_confirm(const struct adapter *adapter, struct credential_confirmation *confirmation)
{
    struct confirming *own = ARENA_NEW(confirmation->arena, struct confirming);
    struct buffer params = buffer_in(confirmation->arena, 512);
    struct json_writer writer = json_writer_on(&params);
    json_begin_object(&writer);
    program_write_target(&writer, &confirmation->target);
    json_member_text(&writer, "confirmation", confirmation->confirmation);
    json_name(&writer, TEXT("challenges"));
    json_begin_array(&writer);
    for (size_t i = 0; i < confirmation->challenge_count; i++)
        json_write_text(&writer, confirmation->challenges[i]);
    json_end_array(&writer);
    json_end_object(&writer);
    own->confirmation = confirmation;
    own->call = (struct program_call){
        .program = adapter->context, .method = "confirm", .params = buffer_text(&params), .done = confirmed};
    program_submit(&own->call);
}

/* --- connect --- */

struct connecting {
    struct program_call call; /* first */
    struct credential_connection *connection;
};

static void connected(struct program_call *call)
{
    struct credential_connection *connection = ((struct connecting *)call)->connection;
    connection->fault = call->fault;
    connection->detail = copy_printable(connection->arena, call->detail, PROTOCOL_MESSAGE_MAX);
    if (call->fault == FAULT_NONE) {
        connection->request = json_copy(connection->arena, call->result); /* the answer's arena goes */
        connection->fingerprint =
            program_read_fingerprint(connection->arena, json_member(call->result, TEXT("fingerprint")));
    }
    arena_destroy(call->answer);
    flow_wait_done(&connection->wait);
}

/* Where a person is sent is shown to nobody before it is looked at: a page of ours leads there. */
static enum judgement judge_go_to(const struct json_value *result, const char **mistake)
{
    const struct json_value *page = json_member(result, TEXT("go_to")),
                            *keep = json_member(result, TEXT("keep"));
    struct text go_to = json_string(page);
    *mistake = "asks questions of somebody who is at a browser";
    if (page == NULL && json_member(result, TEXT("ask")) != NULL)
        return JUDGED_FAILED; /* without either they are connected already */
    *mistake = "sends people to what is no https URL of at most 8 KiB";
    if (page != NULL && (go_to.length > PROTOCOL_GO_TO_MAX || !outside_url_is_usable(go_to)))
        return JUDGED_FAILED;
    *mistake = "wants kept what is no text of at most 4096 bytes";
    if (keep != NULL && (!json_is_string(keep) || json_string(keep).length > PROTOCOL_KEEP_MAX))
        return JUDGED_FAILED;
    return JUDGED_GOOD;
}

static enum judgement judge_connection(const struct program_call *call, const struct json_value *result,
                                       const char **mistake)
{
    const struct credential_connection *connection = ((const struct connecting *)call)->connection;
    const struct json_value *account = json_member(result, TEXT("account"));
    bool is_in_browser = connection->redirect_uri.base != NULL && !connection->is_end;
    *mistake = "does not say in its manifest that people connect in a browser";
    if (is_in_browser && call->program->manifest.connects != CONNECTS_BROWSER)
        return JUDGED_FAILED;
    if (is_in_browser && connection->answers == NULL)
        return judge_go_to(result, mistake);
    *mistake = "names an account that is no printable text of at most 256 bytes";
    if (account != NULL && (!json_is_string(account) || json_string(account).length > PROTOCOL_ACCOUNT_MAX ||
                            !text_is_printable(json_string(account))))
        return JUDGED_FAILED;
    return JUDGED_GOOD;
}

/* Why it is not asked at all, or NULL. */
static const char *unasked(struct program *program, const struct credential_connection *connection)
{
    pthread_mutex_lock(&program->mutex);
    bool is_known = program->has_manifest;
    enum manifest_connects connects = program->manifest.connects;
    pthread_mutex_unlock(&program->mutex);
    if (is_known && connects == CONNECTS_NONE)
        return "this adapter keeps nothing";
    if (is_known && connects != CONNECTS_BROWSER && connection->redirect_uri.base != NULL &&
        !connection->is_end)
        return "nobody connects to this adapter in a browser";
    return NULL;
}

/* What came back from the other side is a secret for a while: it lies in an arena, which is wiped. */
static void write_browser(struct json_writer *writer, const struct credential_connection *connection)
{
    if (connection->redirect_uri.base == NULL || connection->is_end)
        return;
    json_member_text(writer, "redirect_uri", connection->redirect_uri);
    json_member_text(writer, "state", connection->browser_state);
    if (connection->answers != NULL)
        json_member_text_if(writer, "keep", connection->keep);
    else
        json_member_text(writer, "scope", connection->scope);
}

static struct text write_connection(const struct credential_connection *connection)
{
    struct buffer params = buffer_in(connection->arena, 512);
    struct json_writer writer = json_writer_on(&params);
    json_begin_object(&writer);
    program_write_target(&writer, &connection->target);
    if (connection->subject.subject.base != NULL) {
        json_name(&writer, TEXT("subject"));
        program_write_identity(&writer, &connection->subject);
    }
    write_browser(&writer, connection);
    if (connection->answers != NULL && !connection->is_end) {
        json_name(&writer, TEXT("answers"));
        json_write_value(&writer, connection->answers);
    }
    json_end_object(&writer);
    return buffer_text(&params);
}

void program_connect(const struct adapter *adapter, struct credential_connection *connection)
{
    struct connecting *own = ARENA_NEW(connection->arena, struct connecting);
    const char *why = unasked(adapter->context, connection);
    if (why != NULL) {
        connection->fault = FAULT_ADAPTER_REFUSED;
        connection->detail = text_of(why);
        flow_wait_done(&connection->wait);
        return;
    }
    own->connection = connection;
    own->call = (struct program_call){.program = adapter->context,
                                      .method = connection->is_end            ? "disconnect"
                                                : connection->answers != NULL ? "connect_finish"
                                                                              : "connect_begin",
                                      .params = write_connection(connection),
                                      .judge = judge_connection,
                                      .done = connected};
    program_submit(&own->call);
}
