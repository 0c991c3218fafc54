/* From an order to what is shown: who it is there, the ticket, the output. Read mint() first; each step has its
 * file. */
#include "kerberos.h"

#include "base/base64url.h"
#include "base/clock.h"
#include "ccache.h"
#include "negotiate_challenge.h"
#include "principal_mapping.h"
#include "realm.h"
#include "self_test.h"
#include "service_ticket.h"
#include "spnego.h"
#include "target_settings.h"

enum {
    TOKEN_LIVES_S = 300, /* acceptors take an authenticator for as long (RFC 4120 section 3.2.3) */
    LIFETIME_STEP_S = 30 /* shorter lifetimes are rounded down to it, so that tickets are found again */
};

struct minting {
    struct realm *realm;
    const struct adapter_order *order;
    struct adapter_credential *made;
    struct target_settings target;
    struct ticket_order ticket;
};

/* No longer than the order; what was got for one order and is found by another then ends in time, too. */
static uint32_t lifetime_of(const struct minting *x, int64_t now_s)
{
    int64_t rest_s = x->order->expires_at_s - now_s;
    if (rest_s >= x->target.lifetime_s)
        return (uint32_t)x->target.lifetime_s;
    if (rest_s >= LIFETIME_STEP_S)
        return (uint32_t)(rest_s / LIFETIME_STEP_S * LIFETIME_STEP_S);
    return rest_s > 0 ? (uint32_t)rest_s : 1;
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The probe may be delegated, or it would not be good: where it gets no ticket, nobody does. */
static bool is_refused_to_the_probe(struct adapter_call *call, const struct minting *x)
{
    struct delegation_token token = {0};
    struct kerberos_failure failure = {0};
    struct ticket_order order = x->ticket;
    order.account = x->realm->settings.probe_subject;
    order.is_mutual = false;
    return !ticket_supply_token(x->realm->tickets, &order, adapter_arena(call), &token, &failure) &&
           kerberos_error_hangs_on_service(&failure);
}

static enum adapter_outcome fail_with(struct adapter_call *call, const struct minting *x,
                                      struct kerberos_failure *failure)
{
    failure->probe = x->realm->probe;
    if (failure->probe == PROBE_GOOD && kerberos_error_hangs_on_service(failure))
        failure->is_forwardable = is_refused_to_the_probe(call, x);
    return kerberos_error_end(call, failure);
}

static struct text encode(struct arena *arena, struct text bytes)
{
    struct buffer encoded = buffer_in(arena, (bytes.length + 2) / 3 * 4);
    base64_append(&encoded, bytes.base, bytes.length);
    return buffer_text(&encoded);
}

static enum adapter_outcome check_size(struct adapter_call *call, const struct minting *x, size_t bytes)
{
    if (bytes <= x->target.token_bytes_max)
        return ADAPTER_DONE;
    return adapter_refuse(call, "The credential would be larger than this target takes.",
                          "%zu bytes, and settings.tokenBytes lets %zu: the subject is in many groups", bytes,
                          x->target.token_bytes_max);
}

/* --- one token, for one request --- */

/* Its size is looked at before it is wrapped, too: spnego_wrap takes none that no target could. */
static enum adapter_outcome show_token(struct adapter_call *call, struct minting *x,
                                       struct delegation_token *token)
{
    struct arena *arena = adapter_arena(call);
    ADAPTER_TRY(check_size(call, x, token->token.length));
    x->made->credential = encode(arena, spnego_wrap(arena, token->token));
    ADAPTER_TRY(check_size(call, x, x->made->credential.length));
    x->made->expires_at_s =
        sooner(x->made->expires_at_s, clock_wall_s() + sooner(token->rest_s, TOKEN_LIVES_S));
    x->made->header = TEXT("authorization");
    x->made->scheme = TEXT("Negotiate");
    if (x->ticket.is_mutual) {
        x->made->confirmation =
            confirmations_add(x->realm->confirmations, arena, x->ticket.account, &token->context);
        token->context = (struct delegation_context){0};
    }
    return ADAPTER_DONE;
}

static enum adapter_outcome make_token(struct adapter_call *call, struct minting *x)
{
    struct delegation_token token = {0};
    struct kerberos_failure failure;
    x->ticket.is_mutual = x->order->is_for_call;
    x->ticket.channel_binding = x->order->channel_binding;
    if (!ticket_supply_token(x->realm->tickets, &x->ticket, adapter_arena(call), &token, &failure))
        return fail_with(call, x, &failure);
    enum adapter_outcome outcome = show_token(call, x, &token);
    delegation_abandon(&token.context);
    return outcome;
}

/* --- a ticket with its key, for whoever speaks Kerberos itself --- */

static enum adapter_outcome take_ticket(struct adapter_call *call, struct minting *x, gss_cred_id_t credential)
{
    struct arena *arena = adapter_arena(call);
    struct service_ticket ticket __attribute__((cleanup(service_ticket_free))) = {0};
    const struct service_ticket_wanted wanted = {.realm = x->realm->settings.realm,
                                                 .account = x->ticket.account,
                                                 .service = x->ticket.service,
                                                 .lifetime_s = x->ticket.lifetime_s};
    ADAPTER_TRY(service_ticket_take(call, credential, &wanted, &ticket));
    struct text bytes = TEXT_NONE;
    if (x->target.format == CCACHE_FILE)
        bytes = ccache_file(arena, &ticket);
    else
        ADAPTER_TRY(ccache_krb_cred(call, &ticket, &bytes));
    x->made->credential = encode(arena, bytes);
    x->made->expires_at_s = sooner(x->made->expires_at_s, ticket.ends_at_s);
    return check_size(call, x, x->made->credential.length);
}

static enum adapter_outcome make_cache(struct adapter_call *call, struct minting *x)
{
    struct delegation_credential *credential = NULL;
    struct kerberos_failure failure;
    if (x->order->channel_binding.base != NULL)
        return adapter_refuse(call, "A ticket cannot be bound to a channel, only a token can.",
                              "a channel binding was asked for");
    if (!ticket_supply_credential(x->realm->tickets, &x->ticket, adapter_arena(call), &credential, &failure))
        return fail_with(call, x, &failure);
    enum adapter_outcome outcome = take_ticket(call, x, delegation_gss_credential(credential));
    delegation_release(credential);
    return outcome;
}

/* --- which of them --- */

static const struct adapter_kind kinds[] = {
    {"urn:dragoman:token-type:kerberos-spnego", "N_A"},
    {"urn:dragoman:token-type:kerberos-ccache", "N_A"},
};
static const struct {
    enum kerberos_output output;
    enum adapter_outcome (*make)(struct adapter_call *call, struct minting *x);
} outputs[] = {{KERBEROS_SPNEGO, make_token}, {KERBEROS_CCACHE, make_cache}};

static size_t kind_of(struct text type)
{
    return text_is(type, kinds[1].type) ? 1 : 0;
}

/* A ticket is good for whatever its service lets the subject do. Through egress the gateway sees to scopes. */
static enum adapter_outcome refuse_what_narrows(struct adapter_call *call, const struct adapter_order *order)
{
    ADAPTER_TRY(adapter_refuse_details(call, order));
    if (order->scope_count != 0 && !order->is_for_call)
        return adapter_refuse(call,
                              "A ticket cannot be narrowed to scopes: ask for none, or call through egress.",
                              "scopes were asked for");
    return ADAPTER_DONE;
}

/* The rule names the account, or the directory does. */
static enum adapter_outcome find_account(struct adapter_call *call, struct realm *realm,
                                         const struct adapter_order *order, struct text *account)
{
    const struct subject_rule *looked_up_by;
    struct text name, found;
    ADAPTER_TRY(principal_map(call, &realm->settings, order, &name, &looked_up_by));
    *account = name;
    if (looked_up_by == NULL)
        return ADAPTER_DONE;
    const struct directory_question question = {
        .documents = order->documents, .name = name, .is_fresh = order->is_fresh};
    ADAPTER_TRY(directory_find(call, realm->directory, &question, &found));
    return principal_check(call, &realm->settings, looked_up_by, found, account);
}

static enum adapter_outcome mint(struct adapter_call *call, const struct adapter_order *order,
                                 struct adapter_credential *made)
{
    struct minting x = {.realm = adapter_context(call), .order = order, .made = made};
    size_t kind = kind_of(made->type);
    struct text account;
    ADAPTER_TRY(refuse_what_narrows(call, order));
    ADAPTER_TRY(target_settings_of(call, &x.realm->settings, &order->target, &x.target));
    if ((x.target.outputs & outputs[kind].output) == 0)
        return adapter_refuse(call, "This target does not give that type of credential.",
                              "settings.outputs of the target does not have it");
    ADAPTER_TRY(find_account(call, x.realm, order, &account));
    x.ticket = (struct ticket_order){.documents = order->documents,
                                     .account = account,
                                     .service = x.target.service->service,
                                     .lifetime_s = lifetime_of(&x, clock_wall_s()),
                                     .is_fresh = order->is_fresh,
                                     .channel_binding = TEXT_NONE};
    made->account = arena_print(adapter_arena(call), "%.*s@%.*s", TEXT_ARGUMENTS(account),
                                TEXT_ARGUMENTS(x.realm->settings.realm));
    return outputs[kind].make(call, &x);
}

/* --- an answer to what the gateway has shown --- */

static bool is_proof(struct delegation_context *context, const struct adapter_confirmation *confirmation,
                     struct arena *arena)
{
    struct text token, answer;
    enum spnego_state state;
    return negotiate_challenge_find(arena, confirmation->challenges, confirmation->challenge_count, &token) &&
           spnego_unwrap_answer(token, &state, &answer) && state == SPNEGO_COMPLETED &&
           delegation_confirm(context, answer);
}

static enum adapter_outcome confirm(struct adapter_call *call, const struct adapter_confirmation *confirmation)
{
    const struct realm *realm = adapter_context(call);
    struct delegation_context context;
    if (!confirmations_take(realm->confirmations, confirmation->confirmation, &context))
        return adapter_refuse(call, NULL, "nothing is known of what this answers: it came too late, or twice");
    bool is_confirmed = is_proof(&context, confirmation, adapter_arena(call));
    delegation_abandon(&context);
    if (!is_confirmed)
        return adapter_refuse(call, NULL, "the server has not proved that it holds the key of its service");
    return ADAPTER_DONE;
}

/* --- the rest --- */

static enum adapter_outcome validate(struct adapter_call *call, const struct adapter_target *target,
                                     struct adapter_mistakes *mistakes)
{
    const struct realm *realm = adapter_context(call);
    struct target_settings read;
    target_settings_read(mistakes, adapter_arena(call), &realm->settings, target, &read);
    return ADAPTER_DONE;
}

static enum adapter_outcome health(struct adapter_call *call, const struct adapter_target *target)
{
    (void)target;
    return self_test_run(call, adapter_context(call));
}

const struct adapter_definition kerberos_definition = {
    .name = "kerberos",
    .version = "1.0.0",
    .kinds = kinds,
    .kind_count = sizeof(kinds) / sizeof(kinds[0]),
    .has_network = true,
    .needs_listener = true,
    .binds = true,
    .concurrency = 8,
    .mint = mint,
    .validate = validate,
    .confirm = confirm,
    .open = realm_open,
    .close = realm_close,
    .health = health,
};
