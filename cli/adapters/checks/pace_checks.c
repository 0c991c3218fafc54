/* Checks of many requests at once, of deadlines, and of cancelling. */
#include "expectations.h"

enum { CANCEL_LIMIT_MS = 2000, QUIET_MS = 300, SHORT_DEADLINE_MS = 500 };

static unsigned at_once(const struct trial *trial)
{
    int64_t wanted = json_integer_of(trial->kit->manifest, "concurrency");
    return wanted > KIT_IN_PARALLEL ? KIT_IN_PARALLEL : wanted < 1 ? 1 : (unsigned)wanted;
}

/* -- concurrency */

static void as_many_as_claimed(struct trial *trial)
{
    int64_t ids[KIT_IN_PARALLEL];
    trial_begin(trial);
    for (unsigned i = 0; i < at_once(trial); i++) {
        struct order order = order_plain(trial);
        ids[i] = trial_send(trial, "mint", order_mint(trial, &order));
    }
    for (unsigned i = 0; i < at_once(trial); i++)
        trial_result_of(trial, trial_answer(trial, ids[i], trial->kit->timeout_ms));
}

/* Each order ends at another time, so that an answer in the wrong place is seen. */
static void answers_are_not_mixed(struct trial *trial)
{
    int64_t ids[KIT_IN_PARALLEL], ends[KIT_IN_PARALLEL];
    trial_begin(trial);
    for (unsigned i = 0; i < at_once(trial); i++) {
        struct order order = order_plain(trial);
        order.expires_at = ends[i] = order.issued_at + 60 + (int64_t)((i * 37) % KIT_IN_PARALLEL) * 10;
        ids[i] = trial_send(trial, "mint", order_mint(trial, &order));
    }
    for (unsigned i = 0; i < at_once(trial); i++) {
        const struct json_value *minted =
            trial_result_of(trial, trial_answer(trial, ids[i], trial->kit->timeout_ms));
        if (minted != NULL && json_integer_of(minted, "expires_at") > ends[i])
            trial_fail(trial, "the answer to one request carries what belongs to another");
    }
}

static void mixed_requests(struct trial *trial)
{
    int64_t ids[KIT_IN_PARALLEL];
    trial_begin(trial);
    for (unsigned i = 0; i < at_once(trial); i++) {
        struct order order = order_plain(trial);
        ids[i] = i % 3 == 0   ? trial_send(trial, "mint", order_mint(trial, &order))
                 : i % 3 == 1 ? trial_send(trial, "validate", order_validate(trial, trial->kit->settings))
                              : trial_send(trial, "health", order_health(trial, false));
    }
    for (unsigned i = 0; i < at_once(trial); i++)
        trial_result_of(trial, trial_answer(trial, ids[i], trial->kit->timeout_ms));
}

/* -- deadlines */

static void one_millisecond(struct trial *trial)
{
    trial_begin(trial);
    struct order order = order_plain(trial);
    order.deadline_ms = 1;
    int64_t id = trial_send(trial, "mint", order_mint(trial, &order));
    expect_documented(trial, trial_answer(trial, id, CANCEL_LIMIT_MS));
    trial_expect_alive(trial);
}

static void passed(struct trial *trial)
{
    trial_begin(trial);
    struct order order = order_plain(trial);
    order.deadline_ms = 0;
    int64_t id = trial_send(trial, "mint", order_mint(trial, &order));
    expect_refused(trial, trial_answer(trial, id, CANCEL_LIMIT_MS));
}

/* The gateway's store hangs; the deadline passes; the request is to be answered all the same. */
static void while_the_gateway_is_silent(struct trial *trial)
{
    trial_begin(trial);
    struct order order = order_plain(trial);
    order.deadline_ms = SHORT_DEADLINE_MS;
    trial->state->mood = STATE_SILENT;
    int64_t id = trial_send(trial, "mint", order_mint(trial, &order));
    trial_listen(trial, SHORT_DEADLINE_MS);
    trial_cancel(trial, id);
    expect_refused(trial, trial_answer(trial, id, CANCEL_LIMIT_MS));
}

/* -- cancel */

static void cancelled_is_answered(struct trial *trial)
{
    trial_begin(trial);
    struct order order = order_plain(trial);
    int64_t id = trial_send(trial, "mint", order_mint(trial, &order));
    trial_cancel(trial, id);
    expect_documented(trial, trial_answer(trial, id, CANCEL_LIMIT_MS));
}

static void cancelled_while_waiting(struct trial *trial)
{
    trial_begin(trial);
    struct order order = order_plain(trial);
    trial->state->mood = STATE_SILENT;
    int64_t id = trial_send(trial, "mint", order_mint(trial, &order));
    trial_listen(trial, 100);
    trial_cancel(trial, id);
    expect_refused(trial, trial_answer(trial, id, CANCEL_LIMIT_MS));
}

static void only_what_is_named(struct trial *trial)
{
    int64_t ids[2];
    trial_begin(trial);
    for (int i = 0; i < 2; i++) {
        struct order order = order_plain(trial);
        ids[i] = trial_send(trial, "mint", order_mint(trial, &order));
    }
    trial_cancel(trial, ids[0]);
    expect_documented(trial, trial_answer(trial, ids[0], CANCEL_LIMIT_MS));
    trial_result_of(trial, trial_answer(trial, ids[1], trial->kit->timeout_ms));
}

static void unknown_is_ignored(struct trial *trial)
{
    trial_begin(trial);
    trial_cancel(trial, 4711);
    trial_expect_alive(trial);
    expect_conduct(trial, MISCONDUCT_LINE);
    expect_conduct(trial, MISCONDUCT_ANSWER);
}

static void after_the_answer_is_ignored(struct trial *trial)
{
    trial_begin(trial);
    struct order order = order_plain(trial);
    int64_t id = trial_send(trial, "mint", order_mint(trial, &order));
    trial_answer(trial, id, trial->kit->timeout_ms);
    trial_cancel(trial, id);
    trial_expect_alive(trial);
    trial_listen(trial, QUIET_MS);
    expect_conduct(trial, MISCONDUCT_ANSWER);
}

static void notifications_are_not_answered(struct trial *trial)
{
    trial_begin(trial);
    trial_write(trial, TEXT("{\"jsonrpc\":\"2.0\",\"method\":\"kit.no_such_notification\",\"params\":{}}\n"));
    trial_expect_alive(trial);
    expect_conduct(trial, MISCONDUCT_LINE);
    expect_conduct(trial, MISCONDUCT_ANSWER);
}

const struct adapter_check pace_checks[] = {
    {"concurrency.as_many_as_claimed", "initialize", NEED_MINT,
     "answers as many requests at once as it says it wants", as_many_as_claimed},
    {"concurrency.answers_are_not_mixed", "Messages", NEED_MINT | ONLY_PARALLEL,
     "each answer belongs to its request", answers_are_not_mixed},
    {"concurrency.mixed_requests", "Messages", NEED_MINT | ONLY_PARALLEL,
     "answers requests of several kinds at once", mixed_requests},
    {"deadline.one_millisecond", "Messages", NEED_MINT, "answers a request that has a millisecond",
     one_millisecond},
    {"deadline.passed", "Messages", NEED_MINT, "makes nothing where the time is over", passed},
    {"deadline.while_the_gateway_is_silent", "Messages", NEED_MINT | ONLY_STATE,
     "answers when the deadline passes while it waits for the gateway", while_the_gateway_is_silent},
    {"cancel.is_answered", "Messages", NEED_MINT, "answers what was cancelled within two seconds",
     cancelled_is_answered},
    {"cancel.while_waiting", "Messages", NEED_MINT | ONLY_STATE,
     "answers what was cancelled while it waits for the gateway", cancelled_while_waiting},
    {"cancel.only_what_is_named", "Messages", NEED_MINT | ONLY_PARALLEL, "goes on with what was not cancelled",
     only_what_is_named},
    {"cancel.unknown_is_ignored", "Messages", NEED_INITIALIZE,
     "does not mind the cancelling of what it does not know", unknown_is_ignored},
    {"cancel.after_the_answer_is_ignored", "Messages", NEED_MINT,
     "does not answer again what is cancelled late", after_the_answer_is_ignored},
    {"cancel.notifications_are_not_answered", "Messages", NEED_INITIALIZE,
     "ignores a notification that it does not know", notifications_are_not_answered},
    {.id = NULL},
};
