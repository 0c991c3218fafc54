/* Checks of what gets out or piles up: secrets in what it prints, logs and answers; descriptors; memory. */
#include <stdio.h>

#include "base/base64url.h"
#include "expectations.h"

enum { WARM_UP = 50, MINTS = 200, DESCRIPTOR_SLACK = 8, QUIET_MS = 100 };
enum { MEMORY_SLACK_KIB = 16 * 1024, MEMORY_ROUNDS = 3 };

/* One after the other; each is answered before the next. */
static void mint_often(struct trial *trial, int times)
{
    for (int i = 0; i < times && !trial->has_failed; i++) {
        struct order order = order_plain(trial);
        const struct json_value *minted = expect_mint(trial, &order);
        if ((trial->kit->seen & ONLY_EFFECTS) != 0)
            trial_ask(
                trial, "revoke",
                order_revoke(trial, order.lease, json_member(minted, TEXT("handle")), trial->kit->settings));
    }
}

static void descriptors(struct trial *trial)
{
    trial_begin(trial);
    mint_often(trial, WARM_UP);
    int64_t before = adapter_process_descriptors(&trial->process);
    mint_often(trial, MINTS);
    int64_t after = adapter_process_descriptors(&trial->process);
    if (!trial->has_failed && after > before + DESCRIPTOR_SLACK)
        trial_fail(trial, "%d mints left %lld descriptors open", MINTS, (long long)(after - before));
}

/* What is taken once, by threads that start late or a pool that fills, is no leak: one takes as much each time.
 */
static void memory(struct trial *trial)
{
    int64_t grown = INT64_MAX;
    trial_begin(trial);
    mint_often(trial, WARM_UP);
    int64_t after = adapter_process_memory_kib(&trial->process);
    for (int round = 0; round < MEMORY_ROUNDS && !trial->has_failed && grown > MEMORY_SLACK_KIB; round++) {
        int64_t before = after;
        mint_often(trial, MINTS);
        after = adapter_process_memory_kib(&trial->process);
        grown = after - before;
    }
    if (!trial->has_failed && grown > MEMORY_SLACK_KIB)
        trial_fail(trial,
                   "%d times in a row %d mints took memory that did not come back, %lld KiB the last time",
                   MEMORY_ROUNDS, MINTS, (long long)grown);
}

/* In what it printed, logged or said of errors, as it is or in base64url. */
static void expect_unsaid(struct trial *trial, struct text secret, const char *what)
{
    struct text encoded = base64url_encode_text(trial->arena, secret.base, secret.length);
    const struct text places[] = {buffer_text(&trial->process.printed), buffer_text(&trial->said)};
    for (size_t i = 0; i < 2; i++)
        if (text_has(places[i], secret) || (secret.length != 0 && text_has(places[i], encoded)))
            trial_fail(trial, "%s is in what it %s", what, i == 0 ? "prints" : "logs or says of errors");
}

/* Everything that makes an adapter talk: what works, what fails, what is odd. */
static struct text talk(struct trial *trial)
{
    struct order order;
    struct text credential = json_text_of(expect_minted(trial, &order), "credential");
    order.settings = TEXT("{}");
    order.lease = order_lease(trial);
    trial_ask(trial, "mint", order_mint(trial, &order));
    trial_ask(trial, "kit.no_such_method", TEXT("{}"));
    trial_ask(trial, "mint", TEXT("{\"deadline_ms\":1000}"));
    trial_ask(trial, "health", order_health(trial, true));
    trial_listen(trial, QUIET_MS);
    return credential;
}

static void sealing_key(struct trial *trial)
{
    unsigned char key[64];
    size_t length = 0;
    char hexadecimal[2 * sizeof(key) + 1] = "";
    talk(trial);
    expect_unsaid(trial, trial->sealing_key, "the sealing key");
    if (!base64url_decode(trial->sealing_key, key, &length))
        return;
    for (size_t i = 0; i < length; i++)
        snprintf(hexadecimal + 2 * i, 3, "%02x", key[i]);
    expect_unsaid(trial, text_of(hexadecimal), "the sealing key");
}

static void credential(struct trial *trial)
{
    expect_unsaid(trial, talk(trial), "the credential");
}

static void handle(struct trial *trial)
{
    const struct json_value *minted = expect_minted(trial, NULL);
    struct text value = json_text_of(minted, "handle"), secret = json_text_of(minted, "credential");
    struct text encoded = base64url_encode_text(trial->arena, secret.base, secret.length);
    trial_expect(trial, !text_has(value, secret) && !text_has(value, encoded),
                 "the credential stands in the handle as it is: seal it");
}

static void state(struct trial *trial)
{
    struct text secret = json_text_of(expect_minted(trial, NULL), "credential");
    struct text encoded = base64url_encode_text(trial->arena, secret.base, secret.length);
    trial_expect(trial,
                 !text_has(buffer_text(&trial->state->kept), secret) &&
                     !text_has(buffer_text(&trial->state->kept), encoded),
                 "the credential stands in the state as it is: seal it");
}

static void connected_secret(struct trial *trial)
{
    talk(trial);
    expect_unsaid(trial, trial->connected_secret, "what connect_finish was given");
}

#define HANDED_ASSERTION "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJraXQifQ.aGFuZGVkLW92ZXI"
#define HANDED_TOKEN     "kit-token-that-was-handed-over"
#define HANDED_TARGET                                                                                          \
    ",\"hands_over\":{\"assertion\":{\"audience\":\"https://"                                                  \
    "kit.example\",\"algorithm\":\"RS256\",\"type\":\"JWT\"},\"subject_token\":true}"

/* Whether its settings want it or not: a later gateway may, and it is a secret from the moment it is read. */
static void handed_over(struct trial *trial)
{
    trial_begin(trial);
    struct order order = order_plain(trial);
    bool has_accounts = text_ends_with(order.target_more, TEXT(",\"connects\":true"));
    order.target_more = has_accounts ? TEXT(HANDED_TARGET ",\"connects\":true") : TEXT(HANDED_TARGET);
    order.handed_over =
        TEXT(",\"assertion\":\"" HANDED_ASSERTION "\",\"subject_token\":{\"token\":\"" HANDED_TOKEN
             "\",\"type\":\"urn:ietf:params:oauth:token-type:jwt\"}");
    expect_documented(trial, trial_ask(trial, "mint", order_mint(trial, &order)));
    order.settings = TEXT("{}");
    order.lease = order_lease(trial);
    trial_ask(trial, "mint", order_mint(trial, &order));
    trial_listen(trial, QUIET_MS);
    expect_unsaid(trial, TEXT(HANDED_ASSERTION), "the assertion that was handed over");
    expect_unsaid(trial, TEXT(HANDED_TOKEN), "the subject token that was handed over");
}

const struct adapter_check leak_checks[] = {
    {"leaks.descriptors", "How it is started", NEED_MINT, "leaves no descriptors open after 200 mints",
     descriptors},
    {"leaks.memory", "How it is started", NEED_MINT, "keeps no memory after 200 mints", memory},
    {"leaks.sealing_key", "How it is started", NEED_MINT, "prints, logs and reports no sealing key",
     sealing_key},
    {"leaks.credential", "Errors", NEED_MINT, "prints, logs and reports no credential", credential},
    {"leaks.handle", "mint", NEED_MINT, "has no credential in its handle", handle},
    {"leaks.state", "Methods of the gateway", NEED_MINT | ONLY_STATE, "has no credential in the state as it is",
     state},
    {"leaks.connected_secret", "Errors", NEED_MINT | ONLY_SECRETS,
     "prints, logs and reports nothing that it was given to keep", connected_secret},
    {"leaks.handed_over", "Errors", NEED_INITIALIZE,
     "prints, logs and reports neither an assertion nor a token that was handed over", handed_over},
    {.id = NULL},
};
