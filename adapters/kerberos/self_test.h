/* Whether the realm can be worked with, asked now and then by the gateway's question for health, and when the
 * Adapter document is registered: it logs in anew, looks at what the KDC gave, and tries the probe. Where
 * gssproxy has the key, it has that log in, and tries the probe. */
#ifndef KERBEROS_SELF_TEST_H
#define KERBEROS_SELF_TEST_H

#include "realm.h"

/* DONE: good. UNAVAILABLE: it may work all the same (no KDC answers and tickets are kept, a clock is off).
 * Otherwise nothing can be made, and why. Ends the program where its key is an old one and another lies there
 * by now: the supervisor starts it with that. */
MUST_USE enum adapter_outcome self_test_run(struct adapter_call *call, struct realm *realm);

#endif
