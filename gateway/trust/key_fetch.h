/* Fetching a source's keys, on the keeper's loop. Private to this room. */
#ifndef KEY_FETCH_H
#define KEY_FETCH_H

#include "key_source.h"

/* source->is_fetching is set. Ends in key_source_settle, then in the timer of the next refresh. */
void key_fetch_begin(struct key_source *source);

#endif
