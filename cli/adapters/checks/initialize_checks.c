/* Checks of how an adapter starts and what it says of itself. */
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "config/documents.h"
#include "expectations.h"

/* Long enough for an interpreter to start on a busy machine. */
enum { SILENCE_MS = 1500, INPUT_MS = 300, NAME_MAX_BYTES = 128 };

static void answers(struct trial *trial)
{
    trial_initialize(trial);
}

static void protocol(struct trial *trial)
{
    const struct json_value *result = trial_initialize(trial);
    trial_expect(trial, json_integer_of(result, "protocol") == 1,
                 "protocol is not 1, the only one that was offered");
}

static void highest_of_both(struct trial *trial)
{
    trial_launch(trial, false);
    trial_send_start(trial);
    const struct json_value *result = trial_result(trial, "initialize", order_initialize(trial, 1, 9, ""));
    trial_expect(trial, json_integer_of(result, "protocol") == 1,
                 "offered 1 to 9, protocol is to be 1: there is no higher one that it could know");
}

static void unknown_protocol(struct trial *trial)
{
    trial_launch(trial, false);
    trial_send_start(trial);
    const struct answer *answer = trial_ask(trial, "initialize", order_initialize(trial, 8, 9, ""));
    int64_t chosen = answer != NULL ? json_integer_of(answer->result, "protocol") : 0;
    trial_expect(trial, chosen < 8 || chosen > 9, "it says that it speaks a protocol that does not exist");
}

static void ignores_unknown_members(struct trial *trial)
{
    trial_launch(trial, false);
    trial_write(trial,
                trial_start_line(trial, trial->kit->own_settings, ",\"of_a_later_version\":{\"a\":[1,null]}"));
    trial_result(trial, "initialize",
                 order_initialize(trial, 1, 1, ",\"of_a_later_version\":{\"a\":[1,null]}"));
}

/* What it makes of them is for health to say. */
static void long_settings(struct trial *trial)
{
    enum { FRAME = sizeof("{\"kit\":\"\"}") - 1, WORD = ADAPTER_SETTINGS_BYTES_MAX - FRAME };
    char *word = arena_allocate(trial->arena, WORD + 1);
    memset(word, 'k', WORD);
    word[WORD] = '\0';
    trial_launch(trial, false);
    trial_write(trial, trial_start_line(trial, arena_print(trial->arena, "{\"kit\":\"%s\"}", word), ""));
    trial_result(trial, "initialize", order_initialize(trial, 1, 1, ""));
}

static const struct json_value *manifest_of(struct trial *trial)
{
    const struct json_value *manifest = json_member(trial_initialize(trial), TEXT("manifest"));
    trial_expect(trial, manifest != NULL && manifest->kind == JSON_OBJECT, "the result has no manifest");
    return trial->has_failed ? NULL : manifest;
}

static void expect_name(struct trial *trial, const struct json_value *manifest, const char *member)
{
    struct text value = json_text_of(manifest, member);
    if (value.length == 0 || value.length > NAME_MAX_BYTES || !text_is_printable(value))
        trial_fail(trial, "manifest.%s is to be a printable text of 1 to 128 bytes", member);
}

static void names(struct trial *trial)
{
    const struct json_value *manifest = manifest_of(trial);
    expect_name(trial, manifest, "name");
    expect_name(trial, manifest, "version");
}

static void credentials(struct trial *trial)
{
    const struct json_value *list = json_member(manifest_of(trial), TEXT("credentials"));
    trial_expect(trial, list != NULL && list->kind == JSON_ARRAY && list->count >= 1,
                 "manifest.credentials is to be an array with at least one kind");
    for (const struct json_value *kind = list != NULL ? list->first : NULL; kind != NULL; kind = kind->next) {
        trial_expect(trial, text_is_absolute_uri(json_text_of(kind, "type")),
                     "type of a credential is to be a URI");
        trial_expect(trial, json_text_of(kind, "token_type").length != 0,
                     "token_type of a credential is to be Bearer, N_A or another type of RFC 6749");
    }
}

static void settings_schema(struct trial *trial)
{
    const struct json_value *schema = json_member(manifest_of(trial), TEXT("settings_schema"));
    trial_expect(trial, schema != NULL && schema->kind == JSON_OBJECT,
                 "manifest.settings_schema is to be a JSON Schema, an object");
}

static void flags(struct trial *trial)
{
    const struct json_value *manifest = manifest_of(trial);
    const struct json_value *effects = json_member(manifest, TEXT("outside_effects"));
    const struct json_value *renews = json_member(manifest, TEXT("renews"));
    const struct json_value *shares = json_member(manifest, TEXT("shares"));
    const struct json_value *binds = json_member(manifest, TEXT("binds"));
    struct text network = json_text_of(manifest, "network"), connects = json_text_of(manifest, "connects");
    trial_expect(trial, effects != NULL && effects->kind == JSON_BOOLEAN,
                 "manifest.outside_effects is to be true or false");
    trial_expect(trial, renews != NULL && renews->kind == JSON_BOOLEAN,
                 "manifest.renews is to be true or false");
    trial_expect(trial, shares == NULL || shares->kind == JSON_BOOLEAN,
                 "manifest.shares is to be true or false");
    trial_expect(trial, binds == NULL || binds->kind == JSON_BOOLEAN, "manifest.binds is to be true or false");
    trial_expect(trial, text_is(network, "none") || text_is(network, "any"),
                 "manifest.network is to be none or any");
    trial_expect(trial,
                 text_is(connects, "none") || text_is(connects, "secret") || text_is(connects, "browser"),
                 "manifest.connects is to be none, secret or browser");
}

static void concurrency(struct trial *trial)
{
    int64_t concurrency = json_integer_of(manifest_of(trial), "concurrency");
    trial_expect(trial, concurrency >= 1 && concurrency <= 1024, "manifest.concurrency is to be 1 to 1024");
}

static void same_again(struct trial *trial)
{
    const struct json_value *first = manifest_of(trial);
    const struct json_value *second = manifest_of(trial);
    trial_expect(trial, first == NULL || json_equal(first, second), "two starts gave two manifests");
}

static void says_nothing_first(struct trial *trial)
{
    trial_launch(trial, false);
    trial_send_start(trial);
    int64_t before = trial->requests + trial->logs;
    trial_listen(trial, SILENCE_MS);
    trial_expect(trial, before == trial->requests + trial->logs,
                 "it sent a message before it was asked anything");
    expect_conduct(trial, MISCONDUCT_LINE);
    expect_conduct(trial, MISCONDUCT_ANSWER);
    expect_conduct(trial, MISCONDUCT_REQUEST);
}

/* What stands in its standard input must still be there when it has answered. */
static void ignores_standard_input(struct trial *trial)
{
    static const char line[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\"}\n";
    int left = 0;
    trial_launch(trial, true);
    if (trial->has_failed)
        return;
    trial_expect(trial, write(trial->process.input, line, sizeof(line) - 1) == (ssize_t)sizeof(line) - 1,
                 "its standard input could not be filled");
    trial_send_start(trial);
    trial_result(trial, "initialize", order_initialize(trial, 1, 1, ""));
    trial_listen(trial, INPUT_MS);
    trial_expect(trial, ioctl(trial->process.input_kept, FIONREAD, &left) == 0 && left == (int)sizeof(line) - 1,
                 "it has read from standard input, which is no part of the protocol");
}

static void no_protocol_on_standard_output(struct trial *trial)
{
    expect_minted(trial, NULL);
    trial_listen(trial, 50);
    trial_expect(trial, !text_has(buffer_text(&trial->process.printed), TEXT("\"jsonrpc\"")),
                 "it prints messages of the protocol on standard output or standard error");
}

static void network_as_declared(struct trial *trial)
{
    expect_minted(trial, NULL);
    trial_expect(trial, trial->has_failed || !adapter_process_has_network(&trial->process),
                 "manifest.network is none, but it has an Internet socket");
}

const struct adapter_check initialize_checks[] = {
    {"initialize.answers", "initialize", 0, "answers initialize with a result", answers},
    {"initialize.protocol", "initialize", NEED_INITIALIZE, "chooses protocol 1 where that is all there is",
     protocol},
    {"initialize.highest_of_both", "initialize", NEED_INITIALIZE, "chooses the highest protocol that both know",
     highest_of_both},
    {"initialize.unknown_protocol", "initialize", NEED_INITIALIZE,
     "does not claim to speak a protocol it cannot know", unknown_protocol},
    {"initialize.ignores_unknown_members", "Messages", NEED_INITIALIZE,
     "ignores members of start and initialize that it does not know", ignores_unknown_members},
    {"initialize.long_settings", "Messages", NEED_INITIALIZE,
     "reads a start with 32 KiB of settings, whether it knows them or not", long_settings},
    {"initialize.says_nothing_first", "How it is started", NEED_INITIALIZE, "sends nothing before it is asked",
     says_nothing_first},
    {"initialize.ignores_standard_input", "How it is started", NEED_INITIALIZE,
     "reads nothing from standard input", ignores_standard_input},
    {"initialize.no_protocol_on_standard_output", "How it is started", NEED_MINT,
     "prints no message of the protocol", no_protocol_on_standard_output},
    {"initialize.same_again", "initialize", NEED_INITIALIZE, "says the same of itself at every start",
     same_again},
    {"manifest.names", "initialize", NEED_INITIALIZE, "has a name and a version", names},
    {"manifest.credentials", "initialize", NEED_INITIALIZE, "says which types of credentials it makes",
     credentials},
    {"manifest.settings_schema", "initialize", NEED_INITIALIZE, "has a schema of a target's settings",
     settings_schema},
    {"manifest.flags", "initialize", NEED_INITIALIZE, "says what it does outside and what it needs", flags},
    {"manifest.concurrency", "initialize", NEED_INITIALIZE, "says how many requests it wants at once",
     concurrency},
    {"manifest.network_as_declared", "initialize", NEED_MINT | ONLY_NO_NETWORK,
     "opens no Internet socket where it says it needs none", network_as_declared},
    {.id = NULL},
};
