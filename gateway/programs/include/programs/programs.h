/* Adapters that are programs, for as many workers as there are: started as their documents say, confined,
 * restarted, ended. A worker has its own, and names each by its adapter's name, or "~" and that for a trial.
 * Nothing here waits but for a program's exec. The supervisor drives it from its loop; dragoman-dev, which has
 * none, from its main thread. docs/adapters/isolation.md says what is kept from whom. */
#ifndef PROGRAMS_PROGRAMS_H
#define PROGRAMS_PROGRAMS_H

#include <poll.h>
#include <sys/types.h>

#include "base/secret.h"
#include "config/documents.h"
#include "confinement/program_confinement.h"

enum { PROGRAMS_MAX = 256 };

/* Who is told, by the worker's process. */
struct programs_listener {
    /* document: the SHA-256 of what it was started by, in hexadecimal digits, since the worker may have another
     * by now: what ended by itself is started again before that is heard of. The descriptor is the gateway's
     * end of its socket and stays ours. is_isolated: not so where that is waived and was needed. False: it
     * could not be told. */
    bool (*started)(void *context, pid_t owner, struct text name, struct text document, int64_t instance,
                    bool is_isolated, int descriptor);
    /* Restarted in so many milliseconds; -1: not at all. */
    void (*ended)(void *context, pid_t owner, struct text name, int64_t instance, int64_t restarts_in_ms,
                  struct text detail);
    void (*refused)(void *context, pid_t owner, struct text name, struct text detail);
    void *context;
};

/* Who has the sealing keys of adapters, each derived from the gateway's for it alone: the caller's from then
 * on; NULL with a detail of at least 256 bytes. */
struct programs_keys {
    struct secret *(*derive)(void *context, struct text adapter, char *detail);
    void *context;
};

struct programs;

/* layers: what the kernel has, or less of it. */
struct programs *programs_create(const struct programs_listener *listener, const struct programs_keys *keys,
                                 struct confinement_layers layers);
/* Ends all that still run, at once. */
void programs_destroy(struct programs *programs);

/* document: a sealed memory file, ours from now on. documents: the set that worker has. */
void programs_start(struct programs *programs, pid_t owner, const struct documents *documents, struct text name,
                    int document);
void programs_stop(struct programs *programs, pid_t owner, struct text name);
void programs_kill(struct programs *programs, pid_t owner, struct text name, int64_t instance);
/* A worker that drains: what ends from now on is not restarted, as nobody would hear of it. */
void programs_note_draining(struct programs *programs, pid_t owner);
/* A worker that has ended: its programs are ended too. */
void programs_note_gone(struct programs *programs, pid_t owner);

/* Whether this process, which has died and was not reaped yet, was one of them; then it is reaped. */
bool programs_reap(struct programs *programs, pid_t process);
/* The same for all of them, where nobody waits for any process. */
void programs_reap_all(struct programs *programs);
/* Descriptors of those that may print something; items as many as PROGRAMS_MAX. Negative ones: nothing. */
void programs_wait_for(const struct programs *programs, struct pollfd *waited);
void programs_hear(struct programs *programs, const struct pollfd *waited);
/* When something is due; monotonic, 0: nothing. */
int64_t programs_next_look_us(const struct programs *programs);
void programs_look(struct programs *programs, int64_t now_us);
bool programs_are_none(const struct programs *programs);

/* Before this process executes another program in its own place: descriptors are kept over it or not, and
 * what there is stands in lines. The other program takes each line that begins with "adapter ". */
void programs_keep_over_exec(struct programs *programs, bool are_kept);
void programs_write_state(struct programs *programs, struct buffer *out);
void programs_take_state(struct programs *programs, const struct documents *documents, struct text line);

#endif
