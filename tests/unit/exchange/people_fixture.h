/* An exchange for a target where people connect, with a real store behind it; what the tests about consents
 * share. */
#ifndef TEST_PEOPLE_FIXTURE_H
#define TEST_PEOPLE_FIXTURE_H

#include "exchange_fixture.h"

/* cmocka's: the cast, an issuer "people-idp" where people log in, and the target "drive". */
int people_begin(void **state);
int people_end(void **state);
struct store *people_store(void);

/* alice of people-idp asks for read at drive, decided and ordered. */
struct exchange *people_exchange(void **state);
/* The step of the gate. */
enum fault people_check_consent(void **state, struct exchange *x);
/* What she agreed to, in her row. */
void people_consent(void **state, const char *subject, const char *client, const char *scope, const char *id);
/* As a kill in effect here. */
void people_end_lease(struct exchange *x, const char *id);

#endif
