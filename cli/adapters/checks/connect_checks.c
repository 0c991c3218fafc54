/* Checks of what an adapter is given to keep for a target or a subject. */
#include "base/base64url.h"
#include "expectations.h"

static const struct json_value *asked_for(struct trial *trial)
{
    const struct json_value *asked = trial_result(trial, "connect_begin", order_connection(trial, false));
    return json_member(asked, TEXT("ask"));
}

static void asks(struct trial *trial)
{
    trial_initialize(trial);
    const struct json_value *ask = asked_for(trial);
    trial_expect(trial, ask != NULL && ask->kind == JSON_ARRAY && ask->count >= 1,
                 "connect_begin answers with a list, ask");
    for (const struct json_value *entry = ask != NULL ? ask->first : NULL; entry != NULL; entry = entry->next) {
        const struct json_value *secret = json_member(entry, TEXT("secret"));
        trial_expect(trial, json_text_of(entry, "name").length != 0 && json_text_of(entry, "label").length != 0,
                     "what is asked for has a name and a label");
        trial_expect(trial, secret != NULL && secret->kind == JSON_BOOLEAN, "secret is to be true or false");
    }
}

static void finish(struct trial *trial)
{
    const struct json_value *ask = asked_for(trial);
    trial_result(trial, "connect_finish", order_answers(trial, ask, false));
}

static void keeps(struct trial *trial)
{
    trial_initialize(trial);
    unsigned before = trial->state->puts;
    finish(trial);
    trial_expect(trial, trial->state->puts > before, "connect_finish puts nothing into the state");
}

/* That it keeps something for everybody alone is its own to say. */
static void keeps_for_subject(struct trial *trial)
{
    trial_initialize(trial);
    unsigned before = trial->state->puts;
    const struct answer *answer = trial_ask(trial, "connect_begin", order_connection(trial, true));
    if (answer != NULL && answer->error != NULL && json_integer_of(answer->error, "code") == PROTOCOL_REFUSED) {
        trial_skip(trial, "it refuses to keep anything for one subject");
        return;
    }
    const struct json_value *ask = json_member(trial_result_of(trial, answer), TEXT("ask"));
    answer = trial_ask(trial, "connect_finish", order_answers(trial, ask, true));
    if (answer != NULL && answer->error != NULL && json_integer_of(answer->error, "code") == PROTOCOL_REFUSED)
        trial_skip(trial, "it refuses to keep anything for one subject");
    else if (trial_result_of(trial, answer) != NULL)
        trial_expect(trial, trial->state->puts > before, "connect_finish puts nothing into the state");
}

static void is_sealed(struct trial *trial)
{
    trial_initialize(trial);
    finish(trial);
    struct text secret = trial->connected_secret;
    struct text encoded = base64url_encode_text(trial->arena, secret.base, secret.length);
    trial_expect(trial,
                 !text_has(buffer_text(&trial->state->kept), secret) &&
                     !text_has(buffer_text(&trial->state->kept_as_sent), encoded) &&
                     !text_has(buffer_text(&trial->state->kept), encoded),
                 "what it was given stands in the state as it is: seal it");
}

static void forgets(struct trial *trial)
{
    trial_initialize(trial);
    finish(trial);
    for (int i = 0; i < 2; i++)
        trial_result(trial, "disconnect", order_connection(trial, false));
}

static void answers_missing(struct trial *trial)
{
    trial_initialize(trial);
    asked_for(trial);
    expect_refused(trial, trial_ask(trial, "connect_finish", order_answers(trial, NULL, false)));
}

static void is_refused(struct trial *trial)
{
    trial_initialize(trial);
    expect_error(trial, trial_ask(trial, "connect_begin", order_connection(trial, false)),
                 PROTOCOL_METHOD_UNKNOWN);
}

const struct adapter_check connect_checks[] = {
    {"connect.asks", "connect_begin, connect_finish, disconnect", NEED_INITIALIZE | ONLY_SECRETS,
     "says what it wants to be given", asks},
    {"connect.keeps", "connect_begin, connect_finish, disconnect", NEED_INITIALIZE | ONLY_SECRETS,
     "keeps it for everybody", keeps},
    {"connect.keeps_for_subject", "connect_begin, connect_finish, disconnect", NEED_INITIALIZE | ONLY_SECRETS,
     "keeps it for one subject", keeps_for_subject},
    {"connect.is_sealed", "Methods of the gateway", NEED_INITIALIZE | ONLY_SECRETS, "seals what it keeps",
     is_sealed},
    {"connect.forgets", "connect_begin, connect_finish, disconnect", NEED_INITIALIZE | ONLY_SECRETS,
     "forgets it when told to, and again", forgets},
    {"connect.answers_missing", "connect_begin, connect_finish, disconnect", NEED_INITIALIZE | ONLY_SECRETS,
     "refuses to finish without what it asked for", answers_missing},
    {"connect.is_refused", "Messages", NEED_INITIALIZE | ONLY_NOT_CONNECTS,
     "answers connect_begin with -32601 where it keeps nothing", is_refused},
    {.id = NULL},
};
