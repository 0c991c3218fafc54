/* The methods: settings and secrets are read, the grant does its part, what came is narrowed to the order and
 * what revoke will need is remembered. */
#include "saas_oauth.h"

#include "browser.h"
#include "client_authentication.h"
#include "connected.h"
#include "discovery/discovery.h"
#include "grant_steps.h"
#include "revocation.h"

/* How long after its end somebody may still ask what became of a lease. */
enum { NOTE_BEYOND_S = 24 * 3600, SHOWN_SCOPES_MAX = 1024 };

/* --- settings and secrets --- */

static enum adapter_outcome begin(struct adapter_call *call, const struct adapter_target *target, bool is_fresh,
                                  struct oauth_settings *settings, struct grant_run *run)
{
    struct kept_secrets kept;
    *run = (struct grant_run){.call = call, .settings = settings};
    ADAPTER_TRY(settings_of(call, target->settings, settings));
    ADAPTER_TRY(secrets_read(call, target->name, &kept));
    ADAPTER_TRY(secrets_for(call, &kept, settings->origin, target->team, &run->secrets));
    ADAPTER_TRY(secrets_note_settings(call, target, &kept));
    return discovery_fill(call, target, is_fresh, settings);
}

/* What a token was got with. */
struct source {
    struct text origin, team;
};

/* The same for what was made for a target that may have gone, or be another team's by now: then by the settings
 * as they last were. Whoever changes the host, or takes the name of a target that has gone, is not sent its
 * tokens. */
static enum adapter_outcome begin_revocation(struct adapter_call *call, const struct adapter_target *target,
                                             const struct source *source, struct oauth_settings *settings,
                                             struct grant_run *run)
{
    struct kept_secrets kept;
    *run = (struct grant_run){.call = call, .settings = settings};
    ADAPTER_TRY(secrets_read(call, target->name, &kept));
    bool is_its_own = target->settings != NULL && text_equal(target->team, source->team);
    if (!is_its_own && !text_equal(kept.team, source->team))
        return adapter_misconfigured(call, NULL, "the token was another team's: it has to be ended there");
    ADAPTER_TRY(settings_of(call, is_its_own ? target->settings : kept.settings, settings));
    if (!text_equal_ignoring_case(settings->origin, source->origin))
        return adapter_misconfigured(call, "/tokenEndpoint",
                                     "the token came from another host than the settings name: it has to be "
                                     "ended there");
    ADAPTER_TRY(secrets_for(call, &kept, settings->origin, source->team, &run->secrets));
    return discovery_fill_revocation(call, target, settings);
}

static enum adapter_outcome validate(struct adapter_call *call, const struct adapter_target *target,
                                     struct adapter_mistakes *mistakes)
{
    struct oauth_settings settings;
    settings_read(mistakes, target->settings, adapter_arena(call), &settings);
    grant_check_target(&settings, target, mistakes);
    return ADAPTER_DONE;
}

/* --- mint --- */

/* What is decided is the order's; a token that can more would be a right nobody decided on. */
static enum adapter_outcome check_width(const struct grant_run *run, struct text asked, struct text granted)
{
    if (scopes_have(asked, scopes_of_rights(adapter_arena(run->call), granted)))
        return ADAPTER_DONE;
    if (!run->settings->takes_wider)
        return adapter_misconfigured(
            run->call, "/widerScopes",
            "the other side's token has scopes that were not asked for; if that is how it is "
            "there, set widerScopes: accept");
    /* An answer to the gateway has no scopes but the order's (PROTOCOL.md, mint): what there is besides is said
     * here. */
    struct text shown = text_beginning(granted, SHOWN_SCOPES_MAX);
    adapter_log(run->call, ADAPTER_LOG_INFO, "the token of lease %.*s has more than was asked for: %.*s",
                TEXT_ARGUMENTS(run->order->lease), TEXT_ARGUMENTS(shown));
    return ADAPTER_DONE;
}

/* asked and granted are theirs. */
static enum adapter_outcome narrow(const struct grant_run *run, struct text asked, struct text granted,
                                   struct adapter_credential *made)
{
    const struct adapter_order *order = run->order;
    struct arena *arena = adapter_arena(run->call);
    if (granted.base == NULL || asked.length == 0)
        return ADAPTER_DONE;
    ADAPTER_TRY(check_width(run, asked, granted));
    if (order->scope_count == 0)
        return ADAPTER_DONE;
    struct text *ours = ARENA_ARRAY(arena, struct text, order->scope_count);
    made->scope_count = scopes_ours(run->settings, granted, order->scopes, order->scope_count, ours);
    made->scopes = ours;
    if (made->scope_count == 0)
        return adapter_refuse(run->call, "The other side grants none of these scopes.",
                              "the other side's token has none of the scopes that were asked for");
    return ADAPTER_DONE;
}

static void show(struct adapter_credential *made, struct text credential, int64_t end_s)
{
    made->credential = credential;
    made->lives_until_s = end_s;
    if (end_s < made->expires_at_s)
        made->expires_at_s = end_s;
}

static int64_t note_end(const struct grant_run *run, int64_t end_s)
{
    return (end_s > run->order->expires_at_s ? end_s : run->order->expires_at_s) + NOTE_BEYOND_S;
}

static bool is_revocable(const struct oauth_settings *settings)
{
    return settings->revokes_access_tokens && revocation_is_known(settings);
}

/* What is made is written down before: a crash after it must not leave a token that no kill finds. */
static enum adapter_outcome mint_connected(const struct grant_run *run, struct adapter_credential *made)
{
    const struct adapter_order *order = run->order;
    struct connection_token token = {0};
    struct text asked;
    struct lease_note note = {.connection = connection_key(run->call, &order->target, &order->subject),
                              .origin = run->settings->origin,
                              .team = order->target.team};
    ADAPTER_TRY(lease_note_put(run->call, order->lease, &note, note_end(run, 0)));
    ADAPTER_TRY(connected_token(run, &token, &asked));
    show(made, token.access_token, token.expires_at_s);
    ADAPTER_TRY(narrow(run, asked, token.scope, made));
    if (!text_equal(token.lease, order->lease)) {
        made->made_for = token.lease;
        return ADAPTER_DONE;
    }
    note.access_token = token.access_token;
    return lease_note_handle(run->call, order->lease, &note, note_end(run, token.expires_at_s), &made->handle);
}

static enum adapter_outcome mint_by_grant(const struct grant_run *run, struct adapter_credential *made)
{
    const struct adapter_order *order = run->order;
    struct token token = {0};
    struct text asked =
        scopes_theirs(run->settings, adapter_arena(run->call), order->scopes, order->scope_count);
    ADAPTER_TRY(run->settings->grant->run(run, &token));
    show(made, token.credential, token.expires_at_s);
    if (token.type.base != NULL)
        made->type = token.type;
    if (token.header.base != NULL) {
        made->header = token.header;
        made->scheme = token.scheme;
    }
    struct lease_note note = {
        .access_token = token.credential, .origin = run->settings->origin, .team = run->order->target.team};
    if (is_revocable(run->settings))
        ADAPTER_TRY(lease_note_handle(run->call, run->order->lease, &note, note_end(run, token.expires_at_s),
                                      &made->handle));
    enum adapter_outcome outcome = narrow(run, asked, token.scope, made);
    if (outcome != ADAPTER_DONE && is_revocable(run->settings) &&
        revocation_run(run, token.credential, "access_token") != ADAPTER_DONE)
        adapter_log(run->call, ADAPTER_LOG_WARNING, "a token that was not handed out could not be revoked");
    return outcome == ADAPTER_DONE ? outcome : narrow(run, asked, token.scope, made); /* said anew */
}

static enum adapter_outcome mint(struct adapter_call *call, const struct adapter_order *order,
                                 struct adapter_credential *made)
{
    struct oauth_settings settings;
    struct grant_run run;
    ADAPTER_TRY(begin(call, &order->target, order->is_fresh, &settings, &run));
    run.order = order;
    struct text type = text_of(settings.grant->type);
    if (order->type.base != NULL && !text_equal(order->type, type))
        return adapter_refuse(call, "This target gives another type of credential.",
                              "the order is for a type that %s does not make", settings.grant->name);
    ADAPTER_TRY(adapter_refuse_details(call, order));
    if (settings.grant->run != NULL) /* that of a connected account: connected.c, where it needs any */
        ADAPTER_TRY(needed_secrets_check(&run, order->target.name));
    made->type = type;
    if (text_is(type, TYPE_ACCESS_TOKEN)) { /* others are not shown as they are */
        made->header = TEXT("authorization");
        made->scheme = TEXT("Bearer");
    }
    return settings.grant->run == NULL ? mint_connected(&run, made) : mint_by_grant(&run, made);
}

/* --- revoke --- */

/* Nobody is to be given it again before it is made worthless; and before it is taken out it is written down,
 * since making it so may have to be tried again. */
static enum adapter_outcome take_from(struct adapter_call *call, struct text lease, struct connection *kept,
                                      struct lease_note *note)
{
    struct connection_token token;
    ADAPTER_TRY(connection_read(call, kept->key, kept));
    if (!connection_take_token(kept, lease, &token))
        return ADAPTER_DONE;
    if (note->access_token.base == NULL) {
        note->access_token = token.access_token;
        ADAPTER_TRY(lease_note_put(call, lease, note, token.expires_at_s + NOTE_BEYOND_S));
    }
    return connection_put(call, kept);
}

static enum adapter_outcome take_from_connection(struct adapter_call *call, struct text lease,
                                                 struct lease_note *note)
{
    struct connection kept = {.key = note->connection};
    ADAPTER_TRY(connection_claim(call, kept.key, &kept.fence));
    enum adapter_outcome outcome = take_from(call, lease, &kept, note);
    connection_release(call, kept.key, kept.fence);
    return outcome == ADAPTER_CONFLICT ? adapter_unavailable(call, 1, "the account is being changed") : outcome;
}

static enum adapter_outcome revoke(struct adapter_call *call, const struct adapter_lease *lease)
{
    struct oauth_settings settings;
    struct grant_run run;
    struct lease_note note;
    bool is_there;
    ADAPTER_TRY(lease_note_find(call, lease->lease, lease->handle, &note, &is_there));
    if (!is_there)
        return ADAPTER_DONE; /* nothing was made, or nothing that can be taken back: it ends by itself */
    if (note.connection.base != NULL)
        ADAPTER_TRY(take_from_connection(call, lease->lease, &note));
    if (note.access_token.base == NULL)
        return lease_note_forget(call, lease->lease);
    const struct source source = {note.origin, note.team};
    ADAPTER_TRY(begin_revocation(call, &lease->target, &source, &settings, &run));
    if (is_revocable(&settings))
        ADAPTER_TRY(revocation_run(&run, note.access_token, "access_token"));
    return lease_note_forget(call, lease->lease);
}

/* --- people --- */

static bool is_in_browser(const struct adapter_connection *connection)
{
    return connection->redirect_uri.base != NULL;
}

/* Whether this is a target at which each subject connects an account. */
static enum adapter_outcome begin_connection(struct adapter_call *call,
                                             const struct adapter_connection *connection,
                                             struct oauth_settings *settings, struct grant_run *run)
{
    ADAPTER_TRY(begin(call, &connection->target, false, settings, run));
    if (settings->grant->run != NULL || connection->subject.subject.base == NULL)
        return adapter_misconfigured(call, "/grant", "at this target nobody connects an account");
    return ADAPTER_DONE;
}

static enum adapter_outcome choose_questions(struct adapter_call *call, const struct adapter_target *target,
                                             bool *is_asked)
{
    struct oauth_settings settings;
    ADAPTER_TRY(settings_of(call, target->settings, &settings));
    for (size_t i = 0; i < SECRET_QUESTIONS; i++)
        is_asked[i] = secret_is_needed(&settings, i);
    return ADAPTER_DONE;
}

static enum adapter_outcome connect_begin(struct adapter_call *call,
                                          const struct adapter_connection *connection,
                                          struct adapter_interaction *interaction)
{
    struct oauth_settings settings;
    struct grant_run run;
    ADAPTER_TRY(begin_connection(call, connection, &settings, &run));
    /* Nobody is to agree and log in there for what could not be redeemed afterwards. */
    ADAPTER_TRY(needed_secrets_check(&run, connection->target.name));
    return browser_begin(&run, connection, interaction);
}

static enum adapter_outcome connect_finish(struct adapter_call *call,
                                           const struct adapter_connection *connection)
{
    struct oauth_settings settings;
    struct grant_run run;
    struct text account;
    if (is_in_browser(connection)) {
        ADAPTER_TRY(begin_connection(call, connection, &settings, &run));
        ADAPTER_TRY(browser_finish(&run, connection, &account));
        adapter_connect_account(call, account);
        return ADAPTER_DONE;
    }
    if (connection->subject.subject.base != NULL)
        return adapter_refuse(call, "Secrets are kept for the target, not for one subject.",
                              "secrets were handed over for a subject");
    ADAPTER_TRY(settings_of(call, connection->target.settings, &settings));
    ADAPTER_TRY(needed_secrets_check_key(call, &settings, json_text_of(connection->answers, "private_key")));
    return secrets_keep(call, &connection->target, settings.origin, connection->answers);
}

static enum adapter_outcome revoke_account(struct adapter_call *call,
                                           const struct adapter_connection *connection,
                                           const struct connection *kept)
{
    struct oauth_settings settings;
    struct grant_run run;
    const struct source source = {kept->origin, connection->target.team};
    if (kept->refresh_token.base == NULL)
        return ADAPTER_DONE;
    ADAPTER_TRY(begin_revocation(call, &connection->target, &source, &settings, &run));
    if (settings.revocation_endpoint.base == NULL)
        return adapter_misconfigured(call, "/revocationEndpoint", "there is no revocation endpoint");
    return revocation_run(&run, kept->refresh_token, "refresh_token");
}

/* From here on it serves nobody; what it takes to revoke it stays until that was done. */
static enum adapter_outcome put_aside(struct adapter_call *call, struct connection *kept)
{
    kept->lost = TEXT("it was disconnected, and the other side could not be told yet");
    ADAPTER_TRY(connection_put(call, kept));
    return adapter_unavailable(call, 0, "the other side could not be told that the account is disconnected");
}

/* Where the other side will not revoke it, what is kept is forgotten all the same, and that is said. Where it
 * cannot now, its person can have it tried again: nobody but us could do it with what we forget. */
static enum adapter_outcome forget_account(struct adapter_call *call,
                                           const struct adapter_connection *connection, struct connection *kept)
{
    enum adapter_outcome outcome = revoke_account(call, connection, kept);
    if (outcome == ADAPTER_CANCELLED)
        return outcome;
    if (outcome == ADAPTER_UNAVAILABLE)
        return put_aside(call, kept);
    if (outcome == ADAPTER_DONE && kept->refresh_token.base != NULL)
        adapter_disconnect_revoked(call);
    else if (outcome != ADAPTER_DONE)
        adapter_log(call, ADAPTER_LOG_WARNING,
                    "an account of target %.*s is forgotten here, but could not be revoked at the other side",
                    TEXT_ARGUMENTS(connection->target.name));
    return connection_remove(call, kept);
}

static enum adapter_outcome disconnect(struct adapter_call *call, const struct adapter_connection *connection)
{
    struct connection kept = {0};
    if (connection->subject.subject.base == NULL)
        return secrets_forget(call, connection->target.name);
    struct text key = connection_key(call, &connection->target, &connection->subject);
    ADAPTER_TRY(connection_claim(call, key, &kept.fence));
    enum adapter_outcome outcome = connection_read(call, key, &kept);
    if (outcome == ADAPTER_DONE && kept.is_there)
        outcome = forget_account(call, connection, &kept);
    connection_release(call, key, kept.fence);
    return outcome == ADAPTER_CONFLICT ? adapter_unavailable(call, 1, "the account is being changed") : outcome;
}

/* --- what it is --- */

static const struct adapter_kind kinds[] = {{TYPE_ACCESS_TOKEN, "Bearer"}, {TYPE_AWS, "N_A"}};

const struct adapter_definition saas_oauth_definition = {
    .name = "saas-oauth",
    .version = DRAGOMAN_VERSION,
    .kinds = kinds,
    .kind_count = sizeof(kinds) / sizeof(*kinds),
    .settings_schema = "{\"type\":\"object\",\"properties\":{"
                       "\"grant\":{\"type\":\"string\"},\"preset\":{\"type\":\"string\"},"
                       "\"tokenEndpoint\":{\"type\":\"string\"},\"options\":{\"type\":\"object\"}}}",
    .has_outside_effects = true,
    .has_network = true,
    .is_shared = true,
    .concurrency = 32,
    .questions = secret_questions,
    .question_count = SECRET_QUESTIONS,
    .choose_questions = choose_questions,
    .mint = mint,
    .revoke = revoke,
    .validate = validate,
    .connect_begin = connect_begin,
    .connect_finish = connect_finish,
    .disconnect = disconnect,
};
