/* Checks of ending credentials and of letting them live longer. */
#include "expectations.h"

enum { LONGER_S = 600 };

static void revoke(struct trial *trial, struct text lease, const struct json_value *handle,
                   struct text settings)
{
    trial_result(trial, "revoke", order_revoke(trial, lease, handle, settings));
}

static void after_mint(struct trial *trial)
{
    struct order order;
    const struct json_value *minted = expect_minted(trial, &order);
    revoke(trial, order.lease, json_member(minted, TEXT("handle")), trial->kit->settings);
}

static void twice(struct trial *trial)
{
    struct order order;
    const struct json_value *handle = json_member(expect_minted(trial, &order), TEXT("handle"));
    revoke(trial, order.lease, handle, trial->kit->settings);
    revoke(trial, order.lease, handle, trial->kit->settings);
}

static void without_handle(struct trial *trial)
{
    struct order order;
    expect_minted(trial, &order);
    revoke(trial, order.lease, NULL, trial->kit->settings);
}

static void unknown_lease(struct trial *trial)
{
    trial_begin(trial);
    revoke(trial, order_lease(trial), NULL, trial->kit->settings);
}

/* Target gone: it may say that it cannot, but not that it failed. */
static void settings_gone(struct trial *trial)
{
    struct order order;
    const struct json_value *handle = json_member(expect_minted(trial, &order), TEXT("handle"));
    const struct answer *answer =
        trial_ask(trial, "revoke", order_revoke(trial, order.lease, handle, TEXT_NONE));
    expect_documented(trial, answer);
    trial_expect(trial,
                 answer == NULL || answer->error == NULL ||
                     json_integer_of(answer->error, "code") != PROTOCOL_FAILED,
                 "without settings it fails with -32603; -32003 says that people have to do something");
}

static void settings_changed(struct trial *trial)
{
    struct order order;
    const struct json_value *handle = json_member(expect_minted(trial, &order), TEXT("handle"));
    const struct answer *answer =
        trial_ask(trial, "revoke", order_revoke(trial, order.lease, handle, TEXT("{}")));
    expect_documented(trial, answer);
    trial_expect(trial,
                 answer == NULL || answer->error == NULL ||
                     json_integer_of(answer->error, "code") != PROTOCOL_FAILED,
                 "with other settings it fails with -32603; -32003 says that people have to do something");
}

static void in_new_process(struct trial *trial)
{
    struct order order;
    const struct json_value *handle = json_member(expect_minted(trial, &order), TEXT("handle"));
    trial_initialize(trial);
    revoke(trial, order.lease, handle, trial->kit->settings);
}

static void odd_handle(struct trial *trial)
{
    const struct json_value *handle = NULL;
    trial_begin(trial);
    if (json_parse(trial->arena, TEXT("\"kit \\\"\\u0000\\n not a handle\""),
                   &(struct json_limits){256, 4, 4, true}, &handle) != FAULT_NONE)
        return;
    expect_documented(trial, trial_ask(trial, "revoke",
                                       order_revoke(trial, order_lease(trial), handle, trial->kit->settings)));
}

/* -- renew */

static void renews(struct trial *trial)
{
    struct order order;
    int64_t until = 0;
    const struct json_value *minted = expect_minted(trial, &order);
    const struct json_value *renewed = trial_result(
        trial, "renew",
        order_renew(trial, order.lease, json_member(minted, TEXT("handle")), order.expires_at + LONGER_S));
    if (renewed != NULL && !json_integer(json_member(renewed, TEXT("expires_at")), &until))
        trial_fail(trial, "renew answers with expires_at, a whole number");
}

static void renewal_not_widened(struct trial *trial)
{
    struct order order;
    const struct json_value *minted = expect_minted(trial, &order);
    const struct answer *answer =
        trial_ask(trial, "renew",
                  order_renew(trial, order.lease, json_member(minted, TEXT("handle")), order.expires_at + 1));
    expect_documented(trial, answer);
    if (answer != NULL && json_integer_of(answer->result, "expires_at") > order.expires_at + 1)
        trial_fail(trial, "renewed for longer than was allowed");
}

static void renew_is_refused(struct trial *trial)
{
    trial_begin(trial);
    struct order order = order_plain(trial);
    expect_error(trial, trial_ask(trial, "renew", order_renew(trial, order.lease, NULL, order.expires_at)),
                 PROTOCOL_METHOD_UNKNOWN);
}

const struct adapter_check revoke_checks[] = {
    {"revoke.after_mint", "revoke, renew", NEED_MINT | ONLY_EFFECTS, "ends what it made", after_mint},
    {"revoke.twice", "Methods of the adapter", NEED_MINT | ONLY_EFFECTS, "ends it again without complaint",
     twice},
    {"revoke.without_handle", "revoke, renew", NEED_MINT | ONLY_EFFECTS,
     "finds what it made by the lease alone", without_handle},
    {"revoke.unknown_lease", "Methods of the adapter", NEED_INITIALIZE | ONLY_EFFECTS,
     "answers for what was never made", unknown_lease},
    {"revoke.settings_gone", "revoke, renew", NEED_MINT | ONLY_EFFECTS, "answers after the target has gone",
     settings_gone},
    {"revoke.settings_changed", "revoke, renew", NEED_MINT | ONLY_EFFECTS,
     "answers after the settings have changed", settings_changed},
    {"revoke.in_new_process", "revoke, renew", NEED_MINT | ONLY_EFFECTS, "ends what a process before it made",
     in_new_process},
    {"revoke.odd_handle", "revoke, renew", NEED_MINT | ONLY_EFFECTS, "answers for a handle that it never gave",
     odd_handle},
    {"renew.extends", "revoke, renew", NEED_MINT | ONLY_RENEWS, "lets a credential live longer", renews},
    {"renew.not_widened", "revoke, renew", NEED_MINT | ONLY_RENEWS, "but no longer than allowed",
     renewal_not_widened},
    {"renew.is_refused", "Messages", NEED_INITIALIZE | ONLY_NOT_RENEWS,
     "answers renew with -32601 where it does not renew", renew_is_refused},
    {.id = NULL},
};
