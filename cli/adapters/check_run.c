/* The checks on several threads; see check_run.h. Most of a check is waiting, so there are more threads than
 * cores. */
#include "check_run.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "conversation.h"
#include "orders.h"

enum { CHECKS_MAX = 256 };

static const struct adapter_check *const tables[] = {
    initialize_checks, framing_checks, validate_checks, mint_answer_checks, mint_checks,
    confirm_checks,    revoke_checks,  connect_checks,  browser_checks,     pace_checks,
    host_checks,       hostile_checks, leak_checks,     end_checks,
};

/* Why a check is not for this adapter; the first that holds. */
static const struct {
    unsigned need;
    const char *why;
} limits[] = {
    {ONLY_EFFECTS, "the manifest says that it has no outside effects"},
    {ONLY_RENEWS, "the manifest says that it does not renew"},
    {ONLY_NOT_RENEWS, "the manifest says that it renews"},
    {ONLY_CONNECTS, "the manifest says that it keeps nothing for anybody"},
    {ONLY_SECRETS, "it asks nobody for a secret to keep"},
    {ONLY_BROWSER, "the manifest does not say that people connect in a browser"},
    {ONLY_BINDS, "the manifest does not say that it binds"},
    {ONLY_CONFIRMS, "the manifest does not say that it confirms"},
    {ONLY_NOT_CONFIRMS, "the manifest says that it confirms"},
    {ONLY_ACCOUNTS, "it takes no target at which each subject connects an account"},
    {ONLY_NOT_CONNECTS, "the manifest says that it keeps something"},
    {ONLY_STATE, "it asks the gateway for nothing while it mints"},
    {ONLY_CLAIMS, "it claims nothing while it mints"},
    {ONLY_NO_NETWORK, "the manifest says that it needs the network"},
    {ONLY_BAD_SETTINGS, "no --bad-settings were given"},
    {ONLY_PARALLEL, "it wants one request at once"},
};

struct place {
    const struct adapter_check *check;
    struct trial *trial;
    bool is_done;
};

struct run_state {
    struct check_run *run;
    pthread_mutex_t lock;
    size_t next, told, count;
    struct place places[CHECKS_MAX];
};

static struct trial *trial_create(const struct kit *kit, const struct adapter_check *check)
{
    struct arena *arena = arena_create();
    struct trial *trial = ARENA_NEW(arena, struct trial);
    *trial = (struct trial){
        .kit = kit,
        .check = check,
        .arena = arena,
        .process = {.socket = -1, .output = -1, .error = -1, .input = -1, .input_kept = -1},
        .state = host_state_create(arena),
    };
    return trial;
}

static void trial_destroy(struct trial *trial)
{
    struct arena *arena = trial->arena;
    adapter_process_end(&trial->process);
    buffer_dispose(&trial->unread);
    buffer_dispose(&trial->unsent);
    buffer_dispose(&trial->said);
    host_state_dispose(trial->state);
    arena_destroy(arena);
}

static unsigned what_holds(const struct kit *kit, const struct json_value *manifest)
{
    struct text connects = json_text_of(manifest, "connects");
    bool keeps = connects.length != 0 && !text_is(connects, "none");
    unsigned seen = json_is_true(json_member(manifest, TEXT("outside_effects"))) ? ONLY_EFFECTS : 0;
    seen |= json_is_true(json_member(manifest, TEXT("renews"))) ? ONLY_RENEWS : ONLY_NOT_RENEWS;
    seen |= json_is_true(json_member(manifest, TEXT("confirms"))) ? ONLY_CONFIRMS : ONLY_NOT_CONFIRMS;
    seen |= keeps ? ONLY_CONNECTS : ONLY_NOT_CONNECTS;
    seen |= text_is(connects, "secret") ? ONLY_SECRETS : 0;
    seen |= text_is(connects, "browser") ? ONLY_BROWSER : 0;
    seen |= json_is_true(json_member(manifest, TEXT("binds"))) ? ONLY_BINDS : 0;
    seen |= text_is(json_text_of(manifest, "network"), "any") ? 0 : ONLY_NO_NETWORK;
    seen |= json_integer_of(manifest, "concurrency") > 1 ? ONLY_PARALLEL : 0;
    return seen | (kit->bad_settings.base != NULL ? ONLY_BAD_SETTINGS : 0);
}

static bool accepts(struct trial *trial, struct text target_more)
{
    const struct answer *answer =
        trial_ask(trial, "validate", order_validate_with(trial, trial->kit->settings, target_more));
    const struct json_value *mistakes = json_member(answer != NULL ? answer->result : NULL, TEXT("mistakes"));
    return mistakes != NULL && mistakes->kind == JSON_ARRAY && mistakes->count == 0;
}

#define ASSERTION_OVER                                                                                         \
    "\"assertion\":{\"audience\":\"https://kit.example\",\"algorithm\":\"RS256\",\"type\":\"JWT\"}"
#define ASSERTION ",\"assertion\":\"eyJhbGciOiJSUzI1NiJ9.e30.a2l0\""
#define SUBJECT_TOKEN                                                                                          \
    ",\"subject_token\":{\"token\":\"kit-subject-token\",\"type\":\"urn:ietf:params:oauth:token-type:jwt\"}"

/* The least that validate is content with; nothing where it never is. */
static void choose_hand_over(struct kit *kit, struct trial *trial)
{
    static const struct {
        struct text target, order;
    } choices[] = {
        {TEXT(""), TEXT("")},
        {TEXT(",\"hands_over\":{" ASSERTION_OVER "}"), TEXT(ASSERTION)},
        {TEXT(",\"hands_over\":{\"subject_token\":true}"), TEXT(SUBJECT_TOKEN)},
        {TEXT(",\"connects\":true"), TEXT("")},
        {TEXT(",\"hands_over\":{" ASSERTION_OVER ",\"subject_token\":true}"), TEXT(ASSERTION SUBJECT_TOKEN)},
        {TEXT(",\"hands_over\":{" ASSERTION_OVER "},\"connects\":true"), TEXT(ASSERTION)},
        {TEXT(",\"hands_over\":{\"subject_token\":true},\"connects\":true"), TEXT(SUBJECT_TOKEN)},
    };
    for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
        if (accepts(trial, choices[i].target)) {
            kit->target_more = choices[i].target;
            kit->order_more = choices[i].order;
            return;
        }
}

/* What is known only once it was asked: before minting, which needs it. */
static void look_at_settings(struct kit *kit, struct trial *trial)
{
    choose_hand_over(kit, trial);
    if ((kit->seen & ONLY_BROWSER) == 0)
        return;
    const struct answer *answer = trial_ask(trial, "connect_begin", order_connection(trial, false));
    const struct json_value *ask = json_member(answer != NULL ? answer->result : NULL, TEXT("ask"));
    kit->seen |= ask != NULL && ask->count != 0 ? ONLY_SECRETS : 0;
    bool has_accounts = text_ends_with(kit->target_more, TEXT(",\"connects\":true")) ||
                        (kit->target_more.length == 0 && accepts(trial, TEXT(",\"connects\":true")));
    kit->seen |= has_accounts ? ONLY_ACCOUNTS : 0;
}

static void look_at_mint(struct kit *kit, struct trial *trial)
{
    unsigned before = trial->requests, claims = trial->state->claims;
    struct order order = order_plain(trial);
    const struct answer *answer = trial_ask(trial, "mint", order_mint(trial, &order));
    kit->mints = answer != NULL && json_text_of(answer->result, "credential").length != 0;
    kit->needs_account = answer != NULL && (kit->seen & ONLY_BROWSER) != 0 &&
                         json_integer_of(answer->error, "code") == PROTOCOL_INTERACTION_REQUIRED;
    kit->seen |= trial->requests > before ? ONLY_STATE : 0;
    kit->seen |= trial->state->claims > claims ? ONLY_CLAIMS : 0;
}

void check_run_look(struct kit *kit)
{
    struct trial *trial = trial_create(kit, NULL);
    const struct json_value *result = trial_initialize(trial);
    const struct json_value *manifest = json_member(result, TEXT("manifest"));
    if (manifest != NULL && manifest->kind == JSON_OBJECT) {
        kit->manifest = json_copy(kit->arena, manifest);
        kit->seen = what_holds(kit, kit->manifest);
        look_at_settings(kit, trial);
        trial_begin(trial);
        look_at_mint(kit, trial);
    }
    trial_destroy(trial);
}

/* Whether the check can be run; else why not stands in the trial. */
static bool applies(const struct kit *kit, struct trial *trial)
{
    unsigned needs = trial->check->needs;
    if ((needs & NEED_MINT) != 0 && kit->needs_account) {
        trial_skip(trial, "it mints for nobody who has not connected an account, which takes the other side");
        return false;
    }
    bool is_reached =
        ((needs & NEED_INITIALIZE) == 0 || kit->manifest != NULL) && ((needs & NEED_MINT) == 0 || kit->mints);
    if (!is_reached) {
        trial->verdict = VERDICT_NOT_REACHED;
        trial->reason = kit->manifest == NULL ? TEXT("it does not initialize") : TEXT("it does not mint");
        return false;
    }
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
        if ((needs & limits[i].need) != 0 && (kit->seen & limits[i].need) == 0) {
            trial_skip(trial, limits[i].why);
            return false;
        }
    return true;
}

static void finish(struct run_state *state, struct place *place)
{
    pthread_mutex_lock(&state->lock);
    place->is_done = true;
    while (state->told < state->count && state->places[state->told].is_done) {
        struct trial *trial = state->places[state->told++].trial;
        state->run->counts[trial->verdict]++;
        state->run->tell(state->run->context, trial);
        trial_destroy(trial);
    }
    pthread_mutex_unlock(&state->lock);
}

static void *work(void *context)
{
    struct run_state *state = context;
    for (;;) {
        pthread_mutex_lock(&state->lock);
        struct place *place = state->next < state->count ? &state->places[state->next++] : NULL;
        pthread_mutex_unlock(&state->lock);
        if (place == NULL)
            return NULL;
        int64_t began_us = clock_monotonic_us();
        place->trial = trial_create(state->run->kit, place->check);
        if (applies(state->run->kit, place->trial))
            place->check->run(place->trial);
        adapter_process_end(&place->trial->process);
        place->trial->took_us = clock_monotonic_us() - began_us;
        finish(state, place);
    }
}

static bool is_chosen(const struct check_run *run, const char *id)
{
    for (size_t i = 0; i < run->only_count; i++)
        if (strncmp(id, run->only[i], strlen(run->only[i])) == 0)
            return true;
    return run->only_count == 0;
}

void check_run_all(struct check_run *run)
{
    struct run_state *state = ARENA_NEW(run->kit->arena, struct run_state);
    pthread_t threads[16];
    unsigned started = 0;
    state->run = run;
    pthread_mutex_init(&state->lock, NULL);
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        for (const struct adapter_check *check = tables[i]; check->id != NULL && state->count < CHECKS_MAX;
             check++)
            if (is_chosen(run, check->id))
                state->places[state->count++].check = check;
    run->total = state->count;
    while (started < run->threads && started < sizeof(threads) / sizeof(threads[0]) &&
           pthread_create(&threads[started], NULL, work, state) == 0)
        started++;
    if (started == 0)
        work(state);
    for (unsigned i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    pthread_mutex_destroy(&state->lock);
}
