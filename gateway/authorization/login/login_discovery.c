/* One place for each loop, which only that loop looks at, so nothing here is locked but the budget. */
#include "login/login_discovery.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "code/client_documents.h"
#include "runtime/broadcast.h"

enum { WINDOW_US = 600 * 1000 * 1000, WINDOW_MINUTES = 10 };
_Static_assert((int)LOGIN_BUDGET_MAX *WINDOW_MINUTES * 4 <= (int)LOGINS_BEGUN_MAX,
               "one address that finishes no login leaves three quarters to all others");

struct remembered {
    struct arena *arena; /* of the issuer's name and the metadata */
    struct text issuer;
    struct login_metadata metadata;
    enum fault fault;
    int64_t until_us; /* monotonic */
    bool is_fetching;
    struct login_discovery *waiting;
    struct remembered *next;
};

struct place {
    struct http_client *client, *public_client; /* the latter reaches public addresses alone */
    struct client_documents *documents;         /* of clients about themselves */
    struct remembered *remembered;
    size_t count;
    int64_t window_began_us;
    unsigned begun;
};

struct people_keeper {
    struct login_budget budget;
    struct broadcast loops; /* for the places alone */
    struct arena *arena;
    struct place places[];
};

struct people_keeper *people_keeper_create(struct loop *const *loops, size_t count,
                                           const struct address_guard *guard, const char *ca_file)
{
    struct people_keeper *keeper = calloc(1, sizeof(*keeper) + count * sizeof(keeper->places[0]));
    INVARIANT(keeper != NULL);
    const struct address_guard *no_exceptions;
    size_t bad;
    keeper->arena = arena_create();
    INVARIANT(address_guard_create(keeper->arena, NULL, 0, &no_exceptions, &bad) == FAULT_NONE);
    login_budget_open(&keeper->budget);
    broadcast_open(&keeper->loops, loops, count);
    for (size_t i = 0; i < count; i++) {
        struct place *place = &keeper->places[i];
        place->client = http_client_create(loops[i], guard, ca_file);
        place->public_client = http_client_create(loops[i], no_exceptions, ca_file);
        place->documents = client_documents_create(place->client, place->public_client);
    }
    return keeper;
}

static void forget(struct remembered *one)
{
    arena_destroy(one->arena);
    free(one);
}

void people_keeper_destroy(struct people_keeper *keeper)
{
    if (keeper == NULL)
        return;
    for (size_t i = 0; i < keeper->loops.count; i++) {
        struct place *place = &keeper->places[i];
        http_client_destroy(place->client); /* whoever waits is told that it failed */
        http_client_destroy(place->public_client);
        client_documents_destroy(place->documents);
        while (place->remembered != NULL) {
            struct remembered *one = place->remembered;
            place->remembered = one->next;
            forget(one);
        }
    }
    login_budget_close(&keeper->budget);
    arena_destroy(keeper->arena);
    free(keeper);
}

static struct place *place_of(struct people_keeper *keeper)
{
    return &keeper->places[broadcast_place(&keeper->loops)];
}

struct http_client *people_keeper_client(const struct people_keeper *keeper)
{
    return keeper->places[broadcast_place(&keeper->loops)].client;
}

struct client_documents *people_keeper_documents(const struct people_keeper *keeper)
{
    return keeper->places[broadcast_place(&keeper->loops)].documents;
}

struct login_budget *people_keeper_budget(struct people_keeper *keeper)
{
    return &keeper->budget;
}

enum fault people_keeper_admit_login(struct people_keeper *keeper, int64_t now_us)
{
    struct place *place = place_of(keeper);
    if (place->window_began_us == 0 || now_us - place->window_began_us > WINDOW_US) {
        place->window_began_us = now_us;
        place->begun = 0;
    }
    if (place->begun == LOGINS_BEGUN_MAX)
        return FAULT_OVERLOADED;
    place->begun++;
    return FAULT_NONE;
}

/* --- asking --- */

static void complete(const struct remembered *one, struct login_discovery *discovery)
{
    discovery->fault = one->fault;
    if (one->fault == FAULT_NONE)
        discovery->metadata = (struct login_metadata){
            .authorization_endpoint = arena_copy(discovery->arena, one->metadata.authorization_endpoint),
            .token_endpoint = arena_copy(discovery->arena, one->metadata.token_endpoint),
            .names_itself = one->metadata.names_itself,
        };
}

static enum fault read_answer(struct remembered *one, const struct http_answer *answer, const char **problem)
{
    *problem = answer->detail;
    if (answer->fault != FAULT_NONE)
        return FAULT_LOGIN_UNREACHABLE;
    *problem = "the metadata's status is not 200";
    if (answer->status != 200) /* a redirect included: nobody else may say where an issuer's people log in */
        return answer->status >= 500 ? FAULT_LOGIN_UNREACHABLE : FAULT_LOGIN_ANSWER;
    return login_metadata_read(one->arena, answer->body, one->issuer, &one->metadata, problem);
}

static void on_metadata(const struct http_answer *answer, void *context)
{
    struct remembered *one = context;
    const char *problem;
    one->fault = read_answer(one, answer, &problem);
    one->is_fetching = false;
    one->until_us = clock_monotonic_us() +
                    (one->fault == FAULT_NONE ? LOGIN_DISCOVERY_KEPT_MS : LOGIN_DISCOVERY_PAUSE_MS) * 1000LL;
    if (one->fault != FAULT_NONE)
        LOG(LOG_WARNING, "login_discovery_failed", log_text("issuer", one->issuer),
            log_text("problem", text_of(problem)));
    struct login_discovery *waiting = one->waiting;
    one->waiting = NULL;
    for (struct login_discovery *each = waiting; each != NULL; each = each->next)
        complete(one, each);
    /* From here on others may ask anew, and what is remembered may go. */
    while (waiting != NULL) {
        struct login_discovery *each = waiting;
        waiting = each->next;
        flow_wait_done(&each->wait);
    }
}

static void fetch(struct place *place, struct remembered *one)
{
    static const struct text headers[] = {TEXT("accept: application/json")};
    const struct http_request request = {.url = login_metadata_url(one->arena, one->issuer),
                                         .headers = headers,
                                         .header_count = 1,
                                         .answer_limit = LOGIN_ANSWER_BYTES_MAX,
                                         .timeout_ms = LOGIN_TIMEOUT_MS};
    one->is_fetching = true;
    http_client_send(place->client, &request, on_metadata, one);
}

/* What is out of date goes; NULL if there are too many that are not. */
static struct remembered *add(struct place *place, struct text issuer, int64_t now_us)
{
    struct remembered **link = &place->remembered;
    while (*link != NULL) {
        struct remembered *one = *link;
        if (one->is_fetching || one->until_us > now_us) {
            link = &one->next;
            continue;
        }
        *link = one->next;
        place->count--;
        forget(one);
    }
    if (place->count == LOGIN_DISCOVERY_ISSUERS_MAX)
        return NULL;
    struct remembered *one = calloc(1, sizeof(*one));
    INVARIANT(one != NULL);
    one->arena = arena_create();
    one->issuer = arena_copy(one->arena, issuer);
    one->next = place->remembered;
    place->remembered = one;
    place->count++;
    return one;
}

static struct remembered *find(const struct place *place, struct text issuer, int64_t now_us)
{
    for (struct remembered *one = place->remembered; one != NULL; one = one->next)
        if (text_equal(one->issuer, issuer) && (one->is_fetching || one->until_us > now_us))
            return one;
    return NULL;
}

void login_discovery_find(struct people_keeper *keeper, struct text issuer, struct login_discovery *discovery)
{
    struct place *place = place_of(keeper);
    int64_t now_us = clock_monotonic_us();
    struct remembered *one = find(place, issuer, now_us);
    bool is_known = one != NULL && !one->is_fetching;
    bool is_new = one == NULL;
    if (is_new)
        one = add(place, issuer, now_us);
    if (one == NULL)
        discovery->fault = FAULT_OVERLOADED;
    else if (is_known)
        complete(one, discovery);
    if (one == NULL || is_known) {
        flow_wait_done(&discovery->wait);
        return;
    }
    discovery->next = one->waiting;
    one->waiting = discovery;
    if (is_new)
        fetch(place, one);
}
