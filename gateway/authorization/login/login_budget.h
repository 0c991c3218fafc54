/* How many logins one address may have begun in a minute that nobody has finished. Each that is begun is a row
 * of the store until it ends or ten minutes are over, and whoever begins it is a stranger; one that is finished
 * was a person's and is given back, so that an office behind one address is as many people as it is. Addresses
 * share places, by a hash that nobody can compute from outside; how many logins all of them may begin is
 * bounded besides (people_keeper_admit_login). For every thread of a gateway. */
#ifndef AUTHORIZATION_LOGIN_BUDGET_H
#define AUTHORIZATION_LOGIN_BUDGET_H

#include <pthread.h>

#include "base/fault.h"
#include "base/text.h"

/* MAX: whatever the limit, so that no address alone takes a share worth speaking of from what all may begin. */
enum { LOGIN_BUDGET_PLACES = 8192, LOGIN_BUDGET_SALT_SIZE = 32, LOGIN_BUDGET_MAX = 500 };

struct login_budget {
    pthread_mutex_t mutex;
    char salt[LOGIN_BUDGET_SALT_SIZE];
    int64_t minute;
    int64_t unfinished[LOGIN_BUDGET_PLACES];
};

void login_budget_open(struct login_budget *budget);
void login_budget_close(struct login_budget *budget);
/* ADDRESS_RATE, with *retry_after_s, where this address has limit of them this minute; 0: any number. now_us:
 * monotonic. */
MUST_USE enum fault login_budget_take(struct login_budget *budget, struct text address, int64_t limit,
                                      int64_t now_us, int64_t *retry_after_s);
/* One was finished. It may have been begun at another gateway, or in the minute before: then it is one more
 * that may be begun here, up to limit of them. */
void login_budget_give_back(struct login_budget *budget, struct text address, int64_t limit, int64_t now_us);

#endif
