/* See login_budget.h. */
#include "login/login_budget.h"

#include <string.h>

#include "base/digest.h"
#include "base/random.h"

enum { MINUTE_S = 60 };
static const int64_t second_us = 1000000;

void login_budget_open(struct login_budget *budget)
{
    memset(budget, 0, sizeof(*budget));
    INVARIANT(pthread_mutex_init(&budget->mutex, NULL) == 0);
    random_bytes(budget->salt, sizeof(budget->salt));
}

void login_budget_close(struct login_budget *budget)
{
    pthread_mutex_destroy(&budget->mutex);
}

static int64_t *place_of(struct login_budget *budget, struct text address)
{
    unsigned char hash[DIGEST_SIZE];
    const struct text parts[] = {{budget->salt, sizeof(budget->salt)}, address};
    digest_parts(parts, 2, hash);
    return &budget->unfinished[(hash[0] | hash[1] << 8) % LOGIN_BUDGET_PLACES];
}

static int64_t at_most(int64_t limit)
{
    return limit < LOGIN_BUDGET_MAX ? limit : LOGIN_BUDGET_MAX;
}

static void turn_to(struct login_budget *budget, int64_t now_us)
{
    int64_t minute = now_us / second_us / MINUTE_S;
    if (minute <= budget->minute)
        return;
    budget->minute = minute;
    memset(budget->unfinished, 0, sizeof(budget->unfinished));
}

enum fault login_budget_take(struct login_budget *budget, struct text address, int64_t limit, int64_t now_us,
                             int64_t *retry_after_s)
{
    if (limit == 0)
        return FAULT_NONE;
    int64_t *unfinished = place_of(budget, address);
    pthread_mutex_lock(&budget->mutex);
    turn_to(budget, now_us);
    bool is_over = *unfinished >= at_most(limit);
    *unfinished += !is_over;
    pthread_mutex_unlock(&budget->mutex);
    *retry_after_s = is_over ? MINUTE_S - now_us / second_us % MINUTE_S : 0;
    return is_over ? FAULT_ADDRESS_RATE : FAULT_NONE;
}

void login_budget_give_back(struct login_budget *budget, struct text address, int64_t limit, int64_t now_us)
{
    if (limit == 0)
        return;
    int64_t *unfinished = place_of(budget, address);
    pthread_mutex_lock(&budget->mutex);
    turn_to(budget, now_us);
    *unfinished -= *unfinished > -at_most(limit);
    pthread_mutex_unlock(&budget->mutex);
}
