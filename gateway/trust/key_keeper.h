/* The keeper as its sources see it. Private to this room. Lock order: a source's mutex, then the keeper's. */
#ifndef KEY_KEEPER_H
#define KEY_KEEPER_H

#include "key_source.h"

/* Any thread, by whoever has just set source->is_fetching: the keeper's loop will begin the fetch. */
void key_keeper_want_fetch(struct key_keeper *keeper, struct key_source *source);

/* On the keeper's loop. */
struct loop *key_keeper_loop(const struct key_keeper *keeper);
struct http_client *key_keeper_client(const struct key_keeper *keeper);
/* Takes back the keeper's own reference if nobody else has one; then the source may be gone. */
bool key_keeper_drop_unused(struct key_keeper *keeper, struct key_source *source);

#endif
