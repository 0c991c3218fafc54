/* Checks of how an adapter uses the gateway's state, and copes when that says no. */
#include "expectations.h"

static const struct answer *mint_in_mood(struct trial *trial, enum state_mood mood)
{
    trial_begin(trial);
    struct order order = order_plain(trial);
    trial->state->mood = mood;
    const struct answer *answer = trial_ask(trial, "mint", order_mint(trial, &order));
    expect_documented(trial, answer);
    trial->state->mood = STATE_GOOD;
    trial_expect_alive(trial);
    return answer;
}

static void shapes(struct trial *trial)
{
    struct order order;
    const struct json_value *minted = expect_minted(trial, &order);
    if ((trial->kit->seen & ONLY_EFFECTS) != 0)
        trial_ask(trial, "revoke",
                  order_revoke(trial, order.lease, json_member(minted, TEXT("handle")), trial->kit->settings));
    expect_conduct(trial, MISCONDUCT_STATE);
}

static void unknown_members(struct trial *trial)
{
    trial_result_of(trial, mint_in_mood(trial, STATE_CHATTY));
}

static void conflict_once(struct trial *trial)
{
    mint_in_mood(trial, STATE_CONFLICTS_ONCE);
}

static void conflict_always(struct trial *trial)
{
    mint_in_mood(trial, STATE_CONFLICTS);
}

static void failure(struct trial *trial)
{
    mint_in_mood(trial, STATE_FAILS);
}

static void claimed_elsewhere(struct trial *trial)
{
    const struct answer *answer = mint_in_mood(trial, STATE_CLAIMED);
    int64_t code = answer != NULL && answer->error != NULL ? json_integer_of(answer->error, "code") : 0;
    trial_expect(trial, code == 0 || code == PROTOCOL_UNAVAILABLE || code == PROTOCOL_CLAIMED,
                 "while somebody else has the claim it is unavailable (-32002), and nothing worse");
}

const struct adapter_check host_checks[] = {
    {"host.state_shapes", "Methods of the gateway", NEED_MINT | ONLY_STATE,
     "asks for the state in the right shape and within its bounds", shapes},
    {"host.ignores_unknown_members", "Messages", NEED_MINT | ONLY_STATE,
     "ignores members of the gateway's answers that it does not know", unknown_members},
    {"host.conflict_once", "Methods of the gateway", NEED_MINT | ONLY_STATE,
     "copes with a put that was overtaken", conflict_once},
    {"host.conflict_always", "Methods of the gateway", NEED_MINT | ONLY_STATE,
     "gives up where every put is overtaken", conflict_always},
    {"host.failure", "Errors", NEED_MINT | ONLY_STATE, "answers while the gateway's state fails", failure},
    {"host.claimed_elsewhere", "Methods of the gateway", NEED_MINT | ONLY_CLAIMS,
     "is unavailable while somebody else has the claim", claimed_elsewhere},
    {.id = NULL},
};
