/* A real store in a private folder, a sealing key, and a loop to wait on it: what the tests of this room share.
 */
#ifndef CONSENT_FIXTURE_H
#define CONSENT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "consent/consents.h"
#include "consent/invitation.h"
#include "runtime/loop.h"

struct consent_fixture {
    char folder[64], path[96];
    struct store *store;
    struct sealer *sealer;
    struct arena *arena;
    int64_t now_s;
};

int fixture_begin(void **state); /* cmocka's */
int fixture_end(void **state);

/* Everybody's row is read as the gateway does it, on a loop. */
void fixture_read_consents(struct consent_fixture *fixture, struct consents *consents);
void fixture_read_invitation(struct consent_fixture *fixture, struct invitation_reading *reading);
/* The outcome of a transaction of these changes alone. */
enum store_outcome fixture_store(struct consent_fixture *fixture, struct store_state *changes, size_t count);

#endif
