/* A call that was decided, recorded, and goes on for hours: what it was decided with is put away but for the
 * record of its credential, and read again where something has to be decided in its course. */
#ifndef RELAY_CALL_SETTLED_H
#define RELAY_CALL_SETTLED_H

#include "relay/relayed_call.h"

/* Copies what is still needed to call.own, so that whoever has copied theirs can have the arenas joined. false:
 * it cannot be, and nothing has changed. */
MUST_USE bool relayed_call_settle(struct relayed_call *x);

/* The record, the scopes, and the facts as policies were told them, in that arena, in which the call decides
 * until it forgets them. Nothing where they are there. */
void relayed_call_recall(struct relayed_call *x, struct arena *arena);
void relayed_call_forget(struct relayed_call *x);

/* Also of what is not there. */
static inline struct text text_settle(struct arena *arena, struct text text)
{
    return text.base == NULL ? TEXT_NONE : arena_copy(arena, text);
}

#endif
