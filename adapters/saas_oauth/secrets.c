/* Keeps what was handed over. Values come from people, so each is looked at; what one team handed over for one
 * host is never sent for another team or to another host. */
#include "secrets.h"

#include <string.h>

#include "json/json_writer.h"

enum { SECRET_MAX = 16 * 1024, TRIES = 8 };
/* What is kept beside the settings, as JSON has it: the secrets together, the host and the team. */
enum { SECRETS_WRITTEN_MAX = 24 * 1024, NAMES_WRITTEN_MAX = 6 * 1024 };
_Static_assert((int)SETTINGS_BYTES_MAX + (int)SECRETS_WRITTEN_MAX + (int)NAMES_WRITTEN_MAX <=
                   (int)ADAPTER_STATE_VALUE_MAX,
               "what is handed over can be kept, whatever the settings become");

static const struct json_limits kept_limits = {
    .bytes = ADAPTER_STATE_VALUE_MAX, .depth = 128, .members = 128 * 1024, .takes_nul = true};

const struct adapter_question secret_questions[SECRET_QUESTIONS] = {
    {"client_secret", "Secret of this client at the other side", true},
    {"private_key", "Private key (PEM) by which this client is known, or by which assertions are signed", true},
    {"certificate", "Certificate (PEM) of that key, for mutual TLS", false},
};

static struct text key_of(struct adapter_call *call, struct text target)
{
    return arena_join(adapter_arena(call), (const struct text[]){TEXT("target/"), target}, 2);
}

static struct text *secret_named(struct client_secrets *secrets, const char *name)
{
    if (strcmp(name, "client_secret") == 0)
        return &secrets->client_secret;
    return strcmp(name, "private_key") == 0 ? &secrets->private_key : &secrets->certificate;
}

struct text secret_of(const struct client_secrets *secrets, size_t question)
{
    struct client_secrets copy = *secrets;
    return *secret_named(&copy, secret_questions[question].name);
}

enum adapter_outcome secrets_read(struct adapter_call *call, struct text target, struct kept_secrets *kept)
{
    struct adapter_state state;
    const struct json_value *object;
    *kept = (struct kept_secrets){0};
    ADAPTER_TRY(adapter_state_get(call, key_of(call, target), &state));
    if (state.value.base == NULL)
        return ADAPTER_DONE; /* one that was removed is as one that never was */
    kept->version = state.version;
    if (json_parse(adapter_arena(call), state.value, &kept_limits, &object) != FAULT_NONE)
        return adapter_fail(call, "what is kept of the target is not what was put there");
    for (size_t i = 0; i < SECRET_QUESTIONS; i++)
        *secret_named(&kept->secrets, secret_questions[i].name) =
            json_text_of(object, secret_questions[i].name);
    kept->origin = json_text_of(object, "origin");
    kept->team = json_text_of(object, "team");
    kept->settings = json_member(object, TEXT("settings"));
    return ADAPTER_DONE;
}

static bool are_for(const struct kept_secrets *kept, struct text origin, struct text team)
{
    return kept->origin.base != NULL && text_equal_ignoring_case(kept->origin, origin) &&
           text_equal(kept->team, team);
}

enum adapter_outcome secrets_for(struct adapter_call *call, const struct kept_secrets *kept, struct text origin,
                                 struct text team, struct client_secrets *secrets)
{
    const struct client_secrets *all = &kept->secrets;
    bool is_any =
        all->client_secret.base != NULL || all->private_key.base != NULL || all->certificate.base != NULL;
    *secrets = (struct client_secrets){0};
    /* Settings come from teams; whoever changes the host must not be sent what was given for another one. */
    if (is_any && kept->origin.base != NULL && !text_equal_ignoring_case(kept->origin, origin))
        return adapter_misconfigured(call, "/tokenEndpoint",
                                     "what is kept was handed over for another host: hand it over again");
    /* A target that has gone leaves its secrets behind; another team may have taken the name. */
    if (is_any && !text_equal(kept->team, team))
        return adapter_misconfigured(call, NULL,
                                     "what is kept was handed over for another team: hand it over again");
    if (is_any)
        *secrets = *all;
    return ADAPTER_DONE;
}

static void write_secrets(struct json_writer *writer, struct client_secrets *secrets)
{
    for (size_t i = 0; i < SECRET_QUESTIONS; i++)
        json_member_text_if(writer, secret_questions[i].name, *secret_named(secrets, secret_questions[i].name));
}

static size_t bytes_of(struct adapter_call *call, struct client_secrets *secrets)
{
    struct buffer out = buffer_in(adapter_arena(call), 4096);
    struct json_writer writer = json_writer_on(&out);
    json_begin_object(&writer);
    write_secrets(&writer, secrets);
    json_end_object(&writer);
    return out.length;
}

static enum adapter_outcome put(struct adapter_call *call, struct text target, struct kept_secrets *kept)
{
    struct buffer out = buffer_in(adapter_arena(call), 4096);
    struct json_writer writer = json_writer_on(&out);
    json_begin_object(&writer);
    json_member_text_if(&writer, "origin", kept->origin);
    json_member_text_if(&writer, "team", kept->team);
    write_secrets(&writer, &kept->secrets);
    if (kept->settings != NULL) {
        json_name(&writer, TEXT("settings"));
        json_write_value(&writer, kept->settings);
    }
    json_end_object(&writer);
    const struct adapter_state_change change = {.value = buffer_text(&out), .expected_version = kept->version};
    return adapter_state_put(call, key_of(call, target), &change);
}

static bool is_fit(const char *name, struct text value)
{
    bool is_pem = strcmp(name, "client_secret") != 0;
    for (size_t i = 0; i < value.length; i++) {
        bool is_line_end = is_pem && (value.base[i] == '\n' || value.base[i] == '\r');
        if (!is_line_end && (value.base[i] < 0x20 || value.base[i] > 0x7e))
            return false;
    }
    return value.length != 0 && value.length <= SECRET_MAX &&
           (!is_pem || text_starts_with(value, TEXT("-----BEGIN ")));
}

static enum adapter_outcome take(struct adapter_call *call, const struct json_value *answers,
                                 struct client_secrets *secrets)
{
    size_t taken = 0;
    for (size_t i = 0; i < SECRET_QUESTIONS; i++) {
        const char *name = secret_questions[i].name;
        struct text value = json_text_of(answers, name);
        if (value.base == NULL)
            continue;
        if (!is_fit(name, value))
            return adapter_refuse(
                call, "A secret is plain ASCII, a key and a certificate are PEM, of at most 16 KiB.",
                "what was handed over as %s is no such thing", name);
        *secret_named(secrets, name) = value;
        taken++;
    }
    if (taken == 0)
        return adapter_refuse(call, "Hand over client_secret, private_key or certificate.",
                              "nothing was handed over");
    if (bytes_of(call, secrets) > SECRETS_WRITTEN_MAX)
        return adapter_refuse(call, "Together the secret, the key and the certificate have at most 24 KiB.",
                              "what was handed over is larger than there is room for");
    return ADAPTER_DONE;
}

enum adapter_outcome secrets_keep(struct adapter_call *call, const struct adapter_target *target,
                                  struct text origin, const struct json_value *answers)
{
    for (int i = 0; i < TRIES; i++) {
        struct kept_secrets kept;
        ADAPTER_TRY(secrets_read(call, target->name, &kept));
        if (!are_for(&kept, origin, target->team))
            kept.secrets = (struct client_secrets){0};
        kept.origin = origin;
        kept.team = target->team;
        kept.settings = target->settings;
        ADAPTER_TRY(take(call, answers, &kept.secrets));
        enum adapter_outcome outcome = put(call, target->name, &kept);
        if (outcome != ADAPTER_CONFLICT)
            return outcome;
    }
    return adapter_unavailable(call, 1, "others keep changing what is kept of the target");
}

enum adapter_outcome secrets_forget(struct adapter_call *call, struct text target)
{
    const struct adapter_state_change change = {.expected_version = -1};
    return adapter_state_put(call, key_of(call, target), &change);
}

/* Put under the version that was read: a secret that somebody hands over meanwhile is not lost. A target that
 * has become another team's takes nothing of the old one's over. */
enum adapter_outcome secrets_note_settings(struct adapter_call *call, const struct adapter_target *target,
                                           const struct kept_secrets *kept)
{
    if (kept->settings != NULL && json_equal(kept->settings, target->settings))
        return ADAPTER_DONE;
    struct kept_secrets noted = *kept;
    noted.settings = target->settings;
    if (noted.origin.base == NULL)
        noted.team = target->team;
    enum adapter_outcome outcome = put(call, target->name, &noted);
    return outcome == ADAPTER_CONFLICT ? ADAPTER_DONE : outcome; /* the next one notes them */
}
