/* A small world for policy tests: two issuers, a client, an agent class, two targets, and an exchange in it. */
#ifndef POLICY_FIXTURE_H
#define POLICY_FIXTURE_H

#include "policy/policy_decision.h"

enum { FIXTURE_NOW_S = 1800000000 };

struct policy_fixture {
    struct arena *arena;
    struct policy_base *base;
    struct policy_book *book;
    struct buffer mistakes; /* "SOURCE:LINE:COLUMN: sentence" a line */
    struct policy_facts facts;
    struct scope_set scopes;
    struct policy_decision decision;
};

int policy_fixture_create(void **state);
int policy_fixture_destroy(void **state);
/* Compiles one text, "agents", and perhaps one that only reports, "trial". */
enum fault policy_fixture_compile(struct policy_fixture *fixture, const char *policies, const char *trial);
/* The same; then decides on the facts as they are, a permit being required. */
enum fault policy_fixture_decide(struct policy_fixture *fixture, const char *policies);
void policy_fixture_set_scopes(struct policy_fixture *fixture, const char *scopes);

#endif
