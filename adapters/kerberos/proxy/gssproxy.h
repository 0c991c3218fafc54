/* The connection to gssproxy, which has the gateway's key in place of this program. One question is on it at a
 * time, and each has a time limit: gssproxy waits for a silent KDC for much longer than any caller does. An
 * answer that comes too late is thrown away before anything else is asked. Safe on several threads. */
#ifndef KERBEROS_GSSPROXY_H
#define KERBEROS_GSSPROXY_H

#include "gssproxy_message.h"

struct gssproxy;

/* gone: called once, on a thread of its own, when the other side has ended the connection or has said what is
 * no answer; nothing is answered from then on. The descriptor is borrowed. */
struct gssproxy *gssproxy_open(int descriptor, int64_t limit_ms, void (*gone)(void));
void gssproxy_close(struct gssproxy *proxy); /* NULL is fine */

/* All of these: false when nothing was answered in time, or it was no answer to this. What they give lies in
 * the arena. */
MUST_USE bool gssproxy_log_in(struct gssproxy *proxy, struct arena *arena, struct text principal,
                              struct gssproxy_answer *answer);
MUST_USE bool gssproxy_impersonate(struct gssproxy *proxy, struct arena *arena, struct text login,
                                   struct text principal, struct gssproxy_answer *answer);
MUST_USE bool gssproxy_initiate(struct gssproxy *proxy, struct arena *arena,
                                const struct gssproxy_initiation *initiation, struct gssproxy_answer *answer);

#endif
