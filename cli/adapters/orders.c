/* Params of requests; see orders.h. */
#include "orders.h"

#include "base/clock.h"
#include "base/random.h"

enum { LIFETIME_S = 300 };

struct text order_lease(struct trial *trial)
{
    char id[IDENTIFIER_SIZE];
    identifier_make(clock_wall_us(), id);
    return arena_copy(trial->arena, text_of(id));
}

struct order order_plain(struct trial *trial)
{
    int64_t now = clock_wall_s();
    return (struct order){
        .deadline_ms = trial->kit->timeout_ms,
        .lease = order_lease(trial),
        .subject = trial->kit->subject,
        .scopes = trial->kit->scopes,
        .actors = TEXT("[{\"issuer\":\"https://gateway.example\",\"subject\":\"planner\"}]"),
        .settings = trial->kit->settings,
        .type = json_text_of(json_at(trial->kit->manifest, TEXT("credentials")) != NULL
                                 ? json_at(trial->kit->manifest, TEXT("credentials"))->first
                                 : NULL,
                             "type"),
        .details = TEXT("[]"),
        .issued_at = now,
        .expires_at = now + LIFETIME_S,
        .target_more = trial->kit->target_more,
        .handed_over = trial->kit->order_more,
        .more = "",
        .subject_more = "",
    };
}

static struct text target_with(struct trial *trial, struct text settings, struct text more)
{
    return arena_print(trial->arena, "{\"name\":\"kit\",\"domain\":\"local\",\"audience\":\"%.*s\"%s%.*s%.*s}",
                       TEXT_ARGUMENTS(trial->kit->audience), settings.base != NULL ? ",\"settings\":" : "",
                       TEXT_ARGUMENTS(settings), TEXT_ARGUMENTS(more));
}

struct text order_target(struct trial *trial, struct text settings)
{
    return target_with(trial, settings, trial->kit->target_more);
}

static struct text member_if(struct trial *trial, const char *name, struct text json)
{
    return json.base == NULL ? TEXT("") : arena_print(trial->arena, ",\"%s\":%.*s", name, TEXT_ARGUMENTS(json));
}

struct text order_mint(struct trial *trial, const struct order *order)
{
    struct text type = order->type.base == NULL
                           ? TEXT("")
                           : arena_print(trial->arena, ",\"type\":\"%.*s\"", TEXT_ARGUMENTS(order->type));
    return arena_print(
        trial->arena,
        "{\"deadline_ms\":%lld,\"lease\":\"%.*s\",\"root\":\"kit-root\",\"fresh\":%s,\"target\":%.*s,"
        "\"subject\":{\"issuer\":\"https://"
        "idp.example\",\"subject\":\"%.*s\"%s},\"actors\":%.*s,\"client\":\"planner\"%.*s,"
        "\"scopes\":%.*s%.*s,\"issued_at\":%lld,\"expires_at\":%lld%s%.*s%s}",
        (long long)order->deadline_ms, TEXT_ARGUMENTS(order->lease), order->is_fresh ? "true" : "false",
        TEXT_ARGUMENTS(target_with(trial, order->settings, order->target_more)), TEXT_ARGUMENTS(order->subject),
        order->subject_more, TEXT_ARGUMENTS(order->actors), TEXT_ARGUMENTS(type), TEXT_ARGUMENTS(order->scopes),
        TEXT_ARGUMENTS(member_if(trial, "authorization_details", order->details)), (long long)order->issued_at,
        (long long)order->expires_at,
        order->is_bare ? "" : ",\"task\":\"kit-task\",\"purpose\":\"conformance\"",
        TEXT_ARGUMENTS(order->handed_over), order->more);
}

struct text order_initialize(struct trial *trial, int lowest, int highest, const char *more)
{
    return arena_print(trial->arena,
                       "{\"protocol\":{\"lowest\":%d,\"highest\":%d},\"gateway\":\"0.1.0\",\"adapter\":\"kit\","
                       "\"in_parallel\":%d,\"deadline_ms\":%lld%s}",
                       lowest, highest, KIT_IN_PARALLEL, (long long)trial->kit->timeout_ms, more);
}

struct text order_validate(struct trial *trial, struct text settings)
{
    return order_validate_with(trial, settings, trial->kit->target_more);
}

struct text order_validate_with(struct trial *trial, struct text settings, struct text target_more)
{
    return arena_print(trial->arena, "{\"deadline_ms\":%lld,\"target\":%.*s}",
                       (long long)trial->kit->timeout_ms,
                       TEXT_ARGUMENTS(target_with(trial, settings, target_more)));
}

static struct text handle_member(struct trial *trial, const struct json_value *handle)
{
    struct buffer out = buffer_in(trial->arena, 64);
    struct json_writer writer = json_writer_on(&out);
    if (!json_is_string(handle))
        return TEXT("");
    json_write_text(&writer, json_string(handle));
    return member_if(trial, "handle", buffer_text(&out));
}

struct text order_revoke(struct trial *trial, struct text lease, const struct json_value *handle,
                         struct text settings)
{
    return arena_print(trial->arena, "{\"deadline_ms\":%lld,\"lease\":\"%.*s\",\"target\":%.*s%.*s}",
                       (long long)trial->kit->timeout_ms, TEXT_ARGUMENTS(lease),
                       TEXT_ARGUMENTS(order_target(trial, settings)),
                       TEXT_ARGUMENTS(handle_member(trial, handle)));
}

struct text order_renew(struct trial *trial, struct text lease, const struct json_value *handle,
                        int64_t expires_at)
{
    return arena_print(trial->arena,
                       "{\"deadline_ms\":%lld,\"lease\":\"%.*s\",\"target\":%.*s%.*s,\"expires_at\":%lld}",
                       (long long)trial->kit->timeout_ms, TEXT_ARGUMENTS(lease),
                       TEXT_ARGUMENTS(order_target(trial, trial->kit->settings)),
                       TEXT_ARGUMENTS(handle_member(trial, handle)), (long long)expires_at);
}

/* Without its closing brace. */
static struct text connection_members(struct trial *trial, bool has_subject)
{
    return arena_print(
        trial->arena, "{\"deadline_ms\":%lld,\"target\":%.*s%s", (long long)trial->kit->timeout_ms,
        TEXT_ARGUMENTS(order_target(trial, trial->kit->settings)),
        has_subject ? ",\"subject\":{\"issuer\":\"https://idp.example\",\"subject\":\"kit-user\"}" : "");
}

struct text order_connection(struct trial *trial, bool has_subject)
{
    return arena_print(trial->arena, "%.*s}", TEXT_ARGUMENTS(connection_members(trial, has_subject)));
}

static struct text random_answer(struct trial *trial)
{
    char id[IDENTIFIER_SIZE];
    identifier_make(clock_wall_us(), id);
    return arena_print(trial->arena, "kit-secret-%s", id);
}

struct text order_answers(struct trial *trial, const struct json_value *ask, bool has_subject)
{
    struct buffer out = buffer_in(trial->arena, 256);
    struct json_writer writer = json_writer_on(&out);
    json_begin_object(&writer);
    for (const struct json_value *asked = ask != NULL ? ask->first : NULL; asked != NULL; asked = asked->next) {
        struct text name = json_text_of(asked, "name");
        struct text answer = json_string(json_member(trial->kit->answers, name));
        if (answer.base == NULL)
            answer = random_answer(trial);
        if (trial->connected_secret.base == NULL && json_is_true(json_member(asked, TEXT("secret"))))
            trial->connected_secret = answer;
        if (name.base != NULL)
            json_write_member(&writer, name, answer);
    }
    json_end_object(&writer);
    return arena_print(trial->arena, "%.*s,\"answers\":%.*s}",
                       TEXT_ARGUMENTS(connection_members(trial, has_subject)),
                       TEXT_ARGUMENTS(buffer_text(&out)));
}

/* --- a person at a browser --- */

const char order_redirect_uri[] = "https://gateway.example/connect/callback/kit";

/* Without its closing brace. */
static struct text browser_members(struct trial *trial, struct text subject)
{
    bool has_accounts = (trial->kit->seen & ONLY_ACCOUNTS) != 0 && trial->kit->target_more.length == 0;
    struct text more = has_accounts ? TEXT(",\"connects\":true") : trial->kit->target_more;
    return arena_print(trial->arena,
                       "{\"deadline_ms\":%lld,\"target\":%.*s,\"subject\":{\"issuer\":\"https://idp.example\","
                       "\"subject\":\"%.*s\"},\"redirect_uri\":\"%s\"",
                       (long long)trial->kit->timeout_ms,
                       TEXT_ARGUMENTS(target_with(trial, trial->kit->settings, more)), TEXT_ARGUMENTS(subject),
                       order_redirect_uri);
}

static void write_scope(struct json_writer *writer, struct trial *trial)
{
    const struct json_value *list = NULL;
    struct buffer joined = buffer_in(trial->arena, 64);
    if (json_parse(trial->arena, trial->kit->scopes, &json_limits_document, &list) == FAULT_NONE)
        for (const struct json_value *scope = list->first; scope != NULL; scope = scope->next) {
            buffer_append(&joined, joined.length != 0 ? TEXT(" ") : TEXT(""));
            buffer_append(&joined, json_string(scope));
        }
    json_write_text(writer, joined.length != 0 ? buffer_text(&joined) : TEXT(""));
}

struct text order_browser(struct trial *trial, struct text subject, struct text state)
{
    struct buffer scope = buffer_in(trial->arena, 64);
    struct json_writer writer = json_writer_on(&scope);
    write_scope(&writer, trial);
    return arena_print(trial->arena, "%.*s,\"state\":\"%.*s\",\"scope\":%.*s}",
                       TEXT_ARGUMENTS(browser_members(trial, subject)), TEXT_ARGUMENTS(state),
                       TEXT_ARGUMENTS(buffer_text(&scope)));
}

struct text order_back(struct trial *trial, struct text subject, struct text keep, const char *answers)
{
    struct buffer kept = buffer_in(trial->arena, 256);
    struct json_writer writer = json_writer_on(&kept);
    if (keep.base != NULL)
        json_write_text(&writer, keep);
    struct text member = keep.base != NULL ? buffer_text(&kept) : TEXT_NONE;
    return arena_print(trial->arena, "%.*s%.*s,\"answers\":%s}",
                       TEXT_ARGUMENTS(browser_members(trial, subject)),
                       TEXT_ARGUMENTS(member_if(trial, "keep", member)), answers);
}

struct text order_health(struct trial *trial, bool has_target)
{
    struct text target = has_target ? order_target(trial, trial->kit->settings) : TEXT_NONE;
    return arena_print(trial->arena, "{\"deadline_ms\":%lld%.*s}", (long long)trial->kit->timeout_ms,
                       TEXT_ARGUMENTS(member_if(trial, "target", target)));
}
