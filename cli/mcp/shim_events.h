/* An event stream (WHATWG HTML section 9.2.6) taken apart as it comes, in whatever pieces: lines end with LF,
 * CR or CRLF. Only what a message channel needs: data, id and retry. Pure. */
#ifndef CLI_SHIM_EVENTS_H
#define CLI_SHIM_EVENTS_H

#include "base/buffer.h"

enum { SHIM_EVENT_ID_MAX = 256 };

struct shim_events {
    void (*event)(void *context,
                  struct text data); /* never empty; borrowed. NULL or context as set by its owner */
    void *context;
    size_t limit; /* bytes of one event, and of one line */
    struct buffer line, data;
    bool is_after_cr, has_data, is_other;
    int64_t retry_ms; /* the last that was said; 0: none */
    /* Of the last event that came whole, and of the one that is coming. */
    char last_id[SHIM_EVENT_ID_MAX], id[SHIM_EVENT_ID_MAX];
    size_t last_id_length, id_length;
};

/* false: an event is larger than the limit; nothing more is taken then. */
bool shim_events_take(struct shim_events *events, struct text piece);
struct text shim_events_last_id(const struct shim_events *events); /* empty: none */
/* A new stream that goes on with the old one: what was half there is forgotten, the last id is not. */
void shim_events_restart(struct shim_events *events);
void shim_events_dispose(struct shim_events *events);

#endif
