/* One recorded exchange decided again, and how that differs from what became of it. Pure; for policy replay. */
#ifndef CLI_POLICIES_REPLAY_COMPARISON_H
#define CLI_POLICIES_REPLAY_COMPARISON_H

#include "policy_trial.h"

enum replay_change {
    REPLAY_SAME,
    REPLAY_REFUSED,       /* was allowed */
    REPLAY_ALLOWED,       /* was refused, by a policy or combination */
    REPLAY_NARROWED,      /* fewer scopes or a shorter life */
    REPLAY_WIDENED,       /* more of either */
    REPLAY_OTHER_REASON,  /* refused both times: a step-up that is asked for instead, say */
    REPLAY_WITHOUT_FACTS, /* recorded while nothing had to be decided, or by an older gateway */
    REPLAY_CHANGE_COUNT
};

/* Texts are the record's or the arena's. */
struct replay_comparison {
    enum replay_change change;
    struct text id, at, who, target;
    struct text before, after; /* "allowed: orders:read for 300 s", "refused: policy_denied" */
    struct text policy;        /* what decides now: which and why */
    struct text would_refuse;  /* of policies on trial; TEXT_NONE */
};

/* false: the record is of something else than an exchange. */
bool replay_compare(struct arena *arena, const struct policy_set *set, const struct json_value *record,
                    struct replay_comparison *comparison);
const char *replay_change_name(enum replay_change change); /* "allowed_to_refused" */
const char *replay_change_words(enum replay_change change);

#endif
