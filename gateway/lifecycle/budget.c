/* Budgets, counted in memory: a token bucket, a window of an hour, and live credentials by the minute they end in. Accounts
 * are spread over shards with a lock each; an account without limits costs nothing and is never made. */
#include "lifecycle/budget.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    SHARDS = 64,
    ACCOUNTS_PER_SHARD_MAX = 4096,
    LIVE_MINUTES = 24 * 60 + 1, /* credentials that live longer count for a day */
};

struct account {
    struct account *next;
    char *name;
    size_t name_length;
    int64_t tokens_us; /* worth of time: an exchange costs a second divided by the rate */
    int64_t refilled_us;
    int64_t hour;
    int64_t records;
    int64_t swept_minute; /* every bucket up to here is empty */
    int64_t live;
    uint32_t ends[LIVE_MINUTES]; /* credentials by the minute they end in, modulo */
};

struct shard {
    pthread_mutex_t mutex;
    struct account *accounts;
    size_t count;
};

struct budget_book {
    struct shard shards[SHARDS];
};

struct budget_book *budget_book_create(void)
{
    struct budget_book *book = calloc(1, sizeof(*book));
    INVARIANT(book != NULL);
    for (int i = 0; i < SHARDS; i++)
        pthread_mutex_init(&book->shards[i].mutex, NULL);
    return book;
}

void budget_book_destroy(struct budget_book *book)
{
    for (int i = 0; i < SHARDS; i++) {
        for (struct account *account = book->shards[i].accounts, *next; account != NULL; account = next) {
            next = account->next;
            free(account->name);
            free(account);
        }
        pthread_mutex_destroy(&book->shards[i].mutex);
    }
    free(book);
}

/* Names come from configuration, so a plain hash (FNV-1a) will do. */
static struct shard *lock_shard(struct budget_book *book, struct text name)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < name.length; i++)
        hash = (hash ^ (unsigned char)name.base[i]) * 1099511628211u;
    struct shard *shard = &book->shards[hash % SHARDS];
    pthread_mutex_lock(&shard->mutex);
    return shard;
}

static void unlock_shard(struct shard *shard)
{
    pthread_mutex_unlock(&shard->mutex);
}

static struct account *find_account(const struct shard *shard, struct text name)
{
    for (struct account *account = shard->accounts; account != NULL; account = account->next)
        if (text_equal((struct text){account->name, account->name_length}, name))
            return account;
    return NULL;
}

static struct account *make_account(struct shard *shard, struct text name, int64_t now_us)
{
    if (shard->count == ACCOUNTS_PER_SHARD_MAX)
        return NULL;
    struct account *account = calloc(1, sizeof(*account));
    INVARIANT(account != NULL);
    account->name = malloc(name.length + 1);
    INVARIANT(account->name != NULL);
    memcpy(account->name, name.base, name.length);
    account->name_length = name.length;
    account->tokens_us = 1000000;
    account->refilled_us = now_us;
    account->swept_minute = now_us / 60000000;
    account->next = shard->accounts;
    shard->accounts = account;
    shard->count++;
    return account;
}

/* Credentials whose minute has passed are not live any more. */
static void sweep(struct account *account, int64_t now_us)
{
    int64_t minute = now_us / 60000000;
    if (minute - account->swept_minute >= LIVE_MINUTES) {
        memset(account->ends, 0, sizeof(account->ends));
        account->live = 0;
        account->swept_minute = minute;
    }
    for (; account->swept_minute < minute; account->swept_minute++) {
        uint32_t *ended = &account->ends[account->swept_minute % LIVE_MINUTES];
        account->live -= *ended;
        *ended = 0;
    }
}

static int64_t seconds_until_one_ends(const struct account *account, int64_t now_us)
{
    int64_t minute = now_us / 60000000;
    for (int64_t ahead = 0; ahead < LIVE_MINUTES; ahead++)
        if (account->ends[(minute + ahead) % LIVE_MINUTES] != 0)
            return (minute + ahead + 1) * 60 - now_us / 1000000;
    return 1;
}

static void refill(struct account *account, int64_t now_us)
{
    int64_t passed = now_us - account->refilled_us;
    if (passed < 0 || passed > 1000000)
        passed = passed < 0 ? 0 : 1000000;
    account->refilled_us = now_us;
    account->tokens_us = account->tokens_us + passed > 1000000 ? 1000000 : account->tokens_us + passed;
    if (account->hour != now_us / 3600000000) {
        account->hour = now_us / 3600000000;
        account->records = 0;
    }
}

static enum fault take(struct account *account, const struct budget_limits *limits, int64_t now_us,
                       int64_t *retry_after_s)
{
    refill(account, now_us);
    sweep(account, now_us);
    int64_t cost_us = limits->exchanges_per_second == 0 ? 0 : 1000000 / limits->exchanges_per_second;
    if (account->tokens_us < cost_us) {
        *retry_after_s = 1;
        return FAULT_BUDGET_RATE;
    }
    if (limits->records_per_hour != 0 && account->records >= limits->records_per_hour) {
        *retry_after_s = 3600 - now_us / 1000000 % 3600;
        return FAULT_BUDGET_RECORDS;
    }
    if (limits->live_credentials != 0 && account->live >= limits->live_credentials) {
        *retry_after_s = seconds_until_one_ends(account, now_us);
        return FAULT_BUDGET_LEASES;
    }
    account->tokens_us -= cost_us;
    account->records++;
    return FAULT_NONE;
}

enum fault budget_take(struct budget_book *book, struct text name, const struct budget_limits *limits, int64_t now_us,
                       int64_t *retry_after_s)
{
    if (limits->exchanges_per_second == 0 && limits->live_credentials == 0 && limits->records_per_hour == 0)
        return FAULT_NONE;
    struct shard *shard = lock_shard(book, name);
    struct account *account = find_account(shard, name);
    if (account == NULL)
        account = make_account(shard, name, now_us);
    /* Accounts are named by configuration; more than fit are refused rather than unlimited. */
    enum fault fault = FAULT_BUDGET_RATE;
    *retry_after_s = 60;
    if (account != NULL)
        fault = take(account, limits, now_us, retry_after_s);
    unlock_shard(shard);
    return fault;
}

static int64_t end_minute(int64_t expires_at_s, int64_t now_minute)
{
    int64_t minute = expires_at_s / 60;
    return minute - now_minute >= LIVE_MINUTES ? now_minute + LIVE_MINUTES - 1 : minute;
}

void budget_lease_issued(struct budget_book *book, struct text name, int64_t expires_at_s, int64_t now_us)
{
    struct shard *shard = lock_shard(book, name);
    struct account *account = find_account(shard, name);
    if (account != NULL && expires_at_s > now_us / 1000000) {
        sweep(account, now_us);
        account->ends[end_minute(expires_at_s, now_us / 60000000) % LIVE_MINUTES]++;
        account->live++;
    }
    unlock_shard(shard);
}

void budget_lease_ended(struct budget_book *book, struct text name, int64_t expires_at_s)
{
    struct shard *shard = lock_shard(book, name);
    struct account *account = find_account(shard, name);
    if (account != NULL && expires_at_s / 60 >= account->swept_minute) {
        uint32_t *ends = &account->ends[end_minute(expires_at_s, account->swept_minute) % LIVE_MINUTES];
        if (*ends != 0) {
            (*ends)--;
            account->live--;
        }
    }
    unlock_shard(shard);
}

int64_t budget_live(struct budget_book *book, struct text name, int64_t now_us)
{
    struct shard *shard = lock_shard(book, name);
    struct account *account = find_account(shard, name);
    int64_t live = 0;
    if (account != NULL) {
        sweep(account, now_us);
        live = account->live;
    }
    unlock_shard(shard);
    return live;
}
