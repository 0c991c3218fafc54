/* What several checks expect alike; see expectations.h. */
#include "expectations.h"

#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"

enum { END_LIMIT_MS = 2000, SURVIVAL_LIMIT_MS = 2000, TICK_MS = 10 };

static const int64_t documented[] = {
    PROTOCOL_REFUSED,        PROTOCOL_UNAVAILABLE, PROTOCOL_MISCONFIGURED, PROTOCOL_INTERACTION_REQUIRED,
    PROTOCOL_CONFLICT,       PROTOCOL_CLAIMED,     PROTOCOL_CANCELLED,     PROTOCOL_METHOD_UNKNOWN,
    PROTOCOL_PARAMS_INVALID, PROTOCOL_FAILED};

const struct json_value *expect_mint(struct trial *trial, const struct order *order)
{
    return trial_result(trial, "mint", order_mint(trial, order));
}

const struct json_value *expect_minted(struct trial *trial, struct order *order)
{
    struct order plain;
    struct order *used = order != NULL ? order : &plain;
    trial_begin(trial);
    *used = order_plain(trial);
    return expect_mint(trial, used);
}

static bool is_documented(int64_t code)
{
    for (size_t i = 0; i < sizeof(documented) / sizeof(documented[0]); i++)
        if (documented[i] == code)
            return true;
    return false;
}

void expect_documented(struct trial *trial, const struct answer *answer)
{
    if (answer != NULL && answer->error != NULL && !is_documented(json_integer_of(answer->error, "code")))
        trial_fail(trial, "error %lld is none of the page", (long long)json_integer_of(answer->error, "code"));
}

void expect_refused(struct trial *trial, const struct answer *answer)
{
    if (answer != NULL && answer->error == NULL)
        trial_fail(trial, "answered with a result, where an error was to come");
    expect_documented(trial, answer);
}

void expect_error(struct trial *trial, const struct answer *answer, int64_t code)
{
    if (answer == NULL)
        return;
    if (answer->error == NULL)
        trial_fail(trial, "answered with a result, where error %lld was to come", (long long)code);
    else if (json_integer_of(answer->error, "code") != code)
        trial_fail(trial, "answered with error %lld, where %lld was to come",
                   (long long)json_integer_of(answer->error, "code"), (long long)code);
}

void expect_conduct(struct trial *trial, enum misconduct kind)
{
    if (trial->misconduct[kind].base != NULL)
        trial_fail(trial, "%.*s", TEXT_ARGUMENTS(trial->misconduct[kind]));
}

static bool list_has(const struct json_value *list, struct text word)
{
    for (const struct json_value *entry = list->first; entry != NULL; entry = entry->next)
        if (text_equal(json_string(entry), word))
            return true;
    return false;
}

void expect_not_widened(struct trial *trial, const struct order *order, const struct json_value *minted)
{
    const struct json_value *ordered = NULL;
    const struct json_value *scopes = json_member(minted, TEXT("scopes"));
    if (minted == NULL)
        return;
    if (json_integer_of(minted, "expires_at") > order->expires_at)
        trial_fail(trial, "expires_at is %lld s later than ordered",
                   (long long)(json_integer_of(minted, "expires_at") - order->expires_at));
    if (json_parse(trial->arena, order->scopes, &json_limits_document, &ordered) != FAULT_NONE ||
        scopes == NULL)
        return;
    for (const struct json_value *scope = scopes->first; scope != NULL; scope = scope->next)
        if (!list_has(ordered, json_string(scope)))
            trial_fail(trial, "scopes has \"%.*s\", which was not ordered", TEXT_ARGUMENTS(json_string(scope)));
}

void expect_survival(struct trial *trial)
{
    int64_t id = 0;
    if (trial->has_failed)
        return;
    struct text line = trial_request(trial, "health", order_health(trial, false), &id);
    buffer_append(&trial->unsent, line);
    int64_t until_us = clock_monotonic_us() + (SURVIVAL_LIMIT_MS + trial->kit->timeout_ms) * 1000;
    while (clock_monotonic_us() < until_us) {
        trial_listen(trial, TICK_MS);
        if (trial_find_answer(trial, id) != NULL || trial->has_failed)
            return;
        if (!adapter_process_wait(&trial->process, TICK_MS))
            continue;
        if (WIFSIGNALED(trial->process.status))
            trial_fail(trial, "it was killed by signal %d", WTERMSIG(trial->process.status));
        return;
    }
    trial_fail(trial, "it neither answers any more nor ends");
}

void expect_end(struct trial *trial, bool is_clean, const char *when)
{
    if (trial->has_failed)
        return;
    if (!adapter_process_wait(&trial->process, END_LIMIT_MS))
        trial_fail(trial, "it still runs two seconds after %s", when);
    else if (is_clean && (!WIFEXITED(trial->process.status) || WEXITSTATUS(trial->process.status) != 0))
        trial_fail(trial, "its status is not 0 but %s%d", WIFSIGNALED(trial->process.status) ? "signal " : "",
                   WIFSIGNALED(trial->process.status) ? WTERMSIG(trial->process.status)
                                                      : WEXITSTATUS(trial->process.status));
}

bool text_has(struct text whole, struct text part)
{
    return part.length != 0 && whole.length >= part.length &&
           memmem(whole.base, whole.length, part.base, part.length) != NULL;
}
