/* What a person does at the pages, step by step. Whose session a request has stands in a header here, and the
 * adapter notes what it is handed: what sessions and adapters are worth is for their own tests. */
#ifndef PAGES_PERSON_H
#define PAGES_PERSON_H

#include "pages_stage.h"

/* What it says, and what it was handed. */
struct noting_adapter {
    const char *go_to;   /* NULL: the account is connected already */
    const char *account; /* that was connected */
    enum fault finish_fault, forget_fault;
    bool is_nameless; /* says no account */
    bool is_revoked;  /* says that the other side took it back */
    bool holds;       /* finishes when it is let */
    struct credential_connection *held;
    struct loop_message let;
    unsigned begun, forgotten;
    _Atomic unsigned finished;
    char state[128], redirect[128], scope[128], answers[256], keep[32];
};
extern struct noting_adapter adapter;
extern char link_ticket[64];

int pages_begin(void **state); /* cmocka's */
int pages_end(void **state);

/* As the exchange that found a consent missing would. */
void invite_for(const char *client, const char *scope);
void invite(void); /* client/planner, "read" */
int open_link(const char *headers);
/* binding NULL: that of this browser's invitation. */
struct wire *send_decision(const char *person, const char *decision, const char *csrf, const char *binding);
int decide(const char *person, const char *decision, const char *csrf, const char *binding);
int come_back(const char *person, const char *target, const char *state, const char *more);
/* Sends what has the adapter finish, which it is about to; let_finish lets it, and no other is held. */
struct wire *send_and_hold(const char *path, const char *person);
void let_finish(void);
/* Invited, opened, agreed. */
void go_to_vendor(void);
bool agreed_to_nothing(void);

#endif
