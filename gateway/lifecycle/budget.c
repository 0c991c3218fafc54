/* Accounts in a hash table whose shards have a lock each, so that threads meet only over one account. Each
 * account has a token bucket, an hour's window of records, places held for credentials that are being made, and
 * a ring of live ones. */
#include "lifecycle/budget.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "expiry_ring.h"

enum {
    SHARDS = 64,
    CHAINS = 64,
    ACCOUNTS_PER_SHARD_MAX = 512, /* configuration names them; this bounds a mistake there */
    MICROSECONDS = 1000000,
    HOUR_S = 3600,
};

/* Beyond this a rate is no limit, and the bucket's arithmetic stays far inside 64 bits. */
static const int64_t fastest_per_second = INT64_C(1000) * 1000 * 1000;

struct account {
    struct account *next;
    int64_t bucket; /* millionths of an exchange */
    int64_t filled_at_us;
    bool is_filled;
    int64_t hour_began_s;
    int64_t hour_records;
    int64_t places; /* held for credentials that are being made */
    struct expiry_ring credentials;
    size_t name_length;
    char name[];
};

struct shard {
    pthread_mutex_t mutex;
    size_t count;
    struct account *chains[CHAINS];
};

struct budget_book {
    struct shard shards[SHARDS];
};

struct budget_book *budget_book_create(void)
{
    struct budget_book *book = calloc(1, sizeof(*book));
    INVARIANT(book != NULL);
    for (int i = 0; i < SHARDS; i++)
        INVARIANT(pthread_mutex_init(&book->shards[i].mutex, NULL) == 0);
    return book;
}

static void free_chain(struct account *account)
{
    for (struct account *next; account != NULL; account = next) {
        next = account->next;
        free(account);
    }
}

void budget_book_destroy(struct budget_book *book)
{
    if (book == NULL)
        return;
    for (int i = 0; i < SHARDS; i++) {
        for (int chain = 0; chain < CHAINS; chain++)
            free_chain(book->shards[i].chains[chain]);
        pthread_mutex_destroy(&book->shards[i].mutex);
    }
    free(book);
}

/* FNV-1a; nobody outside chooses the names, so it needs no key. */
static uint64_t hash_of(struct text name)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < name.length; i++)
        hash = (hash ^ (unsigned char)name.base[i]) * UINT64_C(1099511628211);
    return hash;
}

static void unlock(pthread_mutex_t **mutex)
{
    pthread_mutex_unlock(*mutex);
}
/* Holds the shard's lock until the end of the caller's scope. */
#define SCOPED_LOCK(shard)                                                                                     \
    __attribute__((cleanup(unlock))) pthread_mutex_t *lock_ = &(shard)->mutex;                                 \
    pthread_mutex_lock(lock_)

static bool is_unlimited(const struct budget_limits *limits)
{
    return limits->exchanges_per_second == 0 && limits->live_credentials == 0 && limits->records_per_hour == 0;
}

static struct shard *shard_of(struct budget_book *book, struct text name)
{
    return &book->shards[hash_of(name) % SHARDS];
}

static struct account **chain_of(struct shard *shard, struct text name)
{
    return &shard->chains[hash_of(name) / SHARDS % CHAINS];
}

static struct account *find_account(struct shard *shard, struct text name)
{
    struct account *account = *chain_of(shard, name);
    while (account != NULL && !text_equal((struct text){account->name, account->name_length}, name))
        account = account->next;
    return account;
}

/* NULL if the shard is full. */
static struct account *open_account(struct shard *shard, struct text name)
{
    struct account *account = find_account(shard, name);
    if (account != NULL || shard->count == ACCOUNTS_PER_SHARD_MAX)
        return account;
    account = calloc(1, sizeof(*account) + name.length);
    INVARIANT(account != NULL);
    if (name.length != 0)
        memcpy(account->name, name.base, name.length);
    account->name_length = name.length;
    struct account **chain = chain_of(shard, name);
    account->next = *chain;
    *chain = account;
    shard->count++;
    return account;
}

/* A bucket holds one second's worth. Threads read the clock a little apart, and a time just before the last
 * adds nothing; only a clock that was set back moves the account's time back. */
static void refill(struct account *account, int64_t rate, int64_t now_us)
{
    int64_t full = rate * MICROSECONDS;
    int64_t passed_us = now_us - account->filled_at_us;
    if (!account->is_filled || passed_us >= MICROSECONDS)
        account->bucket = full;
    else if (passed_us > 0)
        account->bucket += passed_us * rate;
    if (account->bucket > full)
        account->bucket = full;
    if (!account->is_filled || passed_us > 0 || passed_us < -MICROSECONDS)
        account->filled_at_us = now_us;
    account->is_filled = true;
}

static int64_t whole_seconds(int64_t microseconds)
{
    return microseconds <= MICROSECONDS ? 1 : (microseconds + MICROSECONDS - 1) / MICROSECONDS;
}

static enum fault check_rate(struct account *account, int64_t limit, int64_t now_us, int64_t *retry_after_s)
{
    int64_t rate = limit < fastest_per_second ? limit : fastest_per_second;
    refill(account, rate, now_us);
    if (account->bucket >= MICROSECONDS)
        return FAULT_NONE;
    *retry_after_s = whole_seconds((MICROSECONDS - account->bucket) / rate);
    return FAULT_BUDGET_RATE;
}

/* The hour is the account's own: it begins with the first record after the last one. */
static enum fault check_records(struct account *account, int64_t limit, int64_t now_s, int64_t *retry_after_s)
{
    bool is_over = now_s - account->hour_began_s >= HOUR_S || account->hour_began_s - now_s >= HOUR_S;
    if (is_over) {
        account->hour_began_s = now_s;
        account->hour_records = 0;
    }
    if (limit == 0 || account->hour_records < limit)
        return FAULT_NONE;
    *retry_after_s = account->hour_began_s + HOUR_S - now_s;
    return FAULT_BUDGET_RECORDS;
}

static enum fault check_live(struct account *account, int64_t limit, int64_t now_s, int64_t *retry_after_s)
{
    expiry_ring_advance(&account->credentials, now_s);
    if (limit == 0 || account->credentials.live + account->places < limit)
        return FAULT_NONE;
    /* A place that is held is taken or given back within moments. */
    int64_t wait_s = account->places != 0 ? 1 : expiry_ring_next_end_s(&account->credentials, now_s);
    *retry_after_s = wait_s > 0 ? wait_s : 1;
    return FAULT_BUDGET_LEASES;
}

enum fault budget_take(struct budget_book *book, struct text name, const struct budget_limits *limits,
                       int64_t now_us, int64_t *retry_after_s)
{
    if (is_unlimited(limits))
        return FAULT_NONE;
    int64_t now_s = now_us / MICROSECONDS;
    struct shard *shard = shard_of(book, name);
    SCOPED_LOCK(shard);
    struct account *account = open_account(shard, name);
    if (account == NULL) { /* a limit that cannot be counted is not a limit waived */
        *retry_after_s = 60;
        return FAULT_BUDGET_RATE;
    }
    if (limits->exchanges_per_second != 0)
        TRY(check_rate(account, limits->exchanges_per_second, now_us, retry_after_s));
    TRY(check_records(account, limits->records_per_hour, now_s, retry_after_s));
    TRY(check_live(account, limits->live_credentials, now_s, retry_after_s));
    if (limits->exchanges_per_second != 0)
        account->bucket -= MICROSECONDS;
    account->hour_records += limits->records_per_hour != 0; /* what leaves none is not counted as one */
    account->places += limits->live_credentials != 0;
    return FAULT_NONE;
}

static void give_place_back(struct account *account, const struct budget_limits *limits)
{
    if (limits->live_credentials != 0 && account->places > 0)
        account->places--;
}

void budget_give_back(struct budget_book *book, struct text name, const struct budget_limits *limits)
{
    if (is_unlimited(limits))
        return;
    struct shard *shard = shard_of(book, name);
    SCOPED_LOCK(shard);
    struct account *account = find_account(shard, name);
    if (account == NULL)
        return;
    if (limits->exchanges_per_second != 0)
        account->bucket += MICROSECONDS; /* the next refill cuts what is too much */
    if (limits->records_per_hour != 0 && account->hour_records > 0)
        account->hour_records--;
    give_place_back(account, limits);
}

void budget_lease_issued(struct budget_book *book, struct text name, const struct budget_limits *limits,
                         int64_t expires_at_s, int64_t now_us)
{
    struct shard *shard = shard_of(book, name);
    SCOPED_LOCK(shard);
    struct account *account = open_account(shard, name);
    if (account == NULL)
        return;
    give_place_back(account, limits);
    expiry_ring_add(&account->credentials, expires_at_s, now_us / MICROSECONDS);
}

void budget_lease_not_issued(struct budget_book *book, struct text name, const struct budget_limits *limits)
{
    struct shard *shard = shard_of(book, name);
    SCOPED_LOCK(shard);
    struct account *account = find_account(shard, name);
    if (account != NULL)
        give_place_back(account, limits);
}

void budget_lease_ended(struct budget_book *book, struct text name, int64_t expires_at_s)
{
    struct shard *shard = shard_of(book, name);
    SCOPED_LOCK(shard);
    struct account *account = find_account(shard, name);
    if (account != NULL)
        expiry_ring_remove(&account->credentials, expires_at_s);
}

int64_t budget_live(struct budget_book *book, struct text name, int64_t now_us)
{
    struct shard *shard = shard_of(book, name);
    SCOPED_LOCK(shard);
    struct account *account = find_account(shard, name);
    if (account == NULL)
        return 0;
    expiry_ring_advance(&account->credentials, now_us / MICROSECONDS);
    return account->credentials.live;
}
