/* How long a worker has not said that its loops turn. What counts is time in which the supervisor was awake
 * and would have heard it: after a suspended machine, a stopped supervisor or a processor that was not ours,
 * the worker first gets time to speak. Pure. */
#ifndef SUPERVISOR_SILENCE_H
#define SUPERVISOR_SILENCE_H

#include <stdbool.h>
#include <stdint.h>

struct silence {
    int64_t deadline_us; /* a setting */
    int64_t lasted_us;   /* at the last look */
    int64_t looked_us;   /* monotonic; 0: nobody is listened to */
};

/* How often a worker pulses under this deadline, and the supervisor looks: in the same unit. */
int64_t silence_interval(int64_t deadline);
/* A pulse was heard. The first one begins the watch. */
void silence_break(struct silence *silence, int64_t now_us);
/* A look; true when the silence has lasted for its deadline. One interval at most counts from look to look. */
bool silence_is_too_long(struct silence *silence, int64_t now_us);
/* When the next look is due; 0: never. */
int64_t silence_next_look_us(const struct silence *silence);

#endif
