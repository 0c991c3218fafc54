/* Finding out where people log in at an issuer: fetched, remembered a while, asked for once by all who wait.
 * Each loop for itself. */
#ifndef AUTHORIZATION_LOGIN_DISCOVERY_H
#define AUTHORIZATION_LOGIN_DISCOVERY_H

#include "authorization/people_keeper.h"
#include "login/login_budget.h"
#include "login/login_metadata.h"
#include "runtime/flow.h"
#include "runtime/http_client.h"

enum {
    LOGIN_DISCOVERY_KEPT_MS = 300 * 1000, /* what was good */
    LOGIN_DISCOVERY_PAUSE_MS = 2 * 1000,  /* what was not: nobody makes us ask on and on */
    LOGIN_DISCOVERY_ISSUERS_MAX = 64,
    LOGIN_TIMEOUT_MS = 5000,
    LOGIN_ANSWER_BYTES_MAX = 64 * 1024,
    /* Logins that one loop lets begin within ten minutes, while their rows are kept. */
    LOGINS_BEGUN_MAX = 20000,
};

/* Zeroed but for the arena, in which the result is put. */
struct login_discovery {
    struct arena *arena;
    struct flow_wait wait;
    enum fault fault; /* LOGIN_UNREACHABLE, LOGIN_ANSWER */
    struct login_metadata metadata;
    struct login_discovery *next;
};

/* Completes discovery->wait. On a loop of the keeper. */
void login_discovery_find(struct people_keeper *keeper, struct text issuer, struct login_discovery *discovery);
/* Of the calling loop. */
struct http_client *people_keeper_client(const struct people_keeper *keeper);
struct client_documents *people_keeper_documents(const struct people_keeper *keeper);
/* Of all loops. */
struct login_budget *people_keeper_budget(struct people_keeper *keeper);
/* OVERLOADED: as many were begun as there may be. now_us: monotonic. */
MUST_USE enum fault people_keeper_admit_login(struct people_keeper *keeper, int64_t now_us);

#endif
