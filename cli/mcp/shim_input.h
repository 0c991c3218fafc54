/* Lines from a descriptor, as they come, for a loop: one message of the stdio transport each. What cannot be
 * waited for (a file, /dev/null) is read in turns. */
#ifndef CLI_SHIM_INPUT_H
#define CLI_SHIM_INPUT_H

#include "base/buffer.h"
#include "runtime/loop.h"

struct shim_input {
    struct loop *loop;
    void *owner;
    /* A line without its end, never empty. false: not now; it comes again after shim_input_continue. */
    bool (*line)(void *owner, struct text line);
    void (*end)(void *owner, const char *mistake); /* once; NULL: the end of the input */
    size_t limit;                                  /* bytes of a line */

    int descriptor;
    struct loop_watch *watch; /* NULL: read in turns */
    struct loop_task task;
    struct buffer bytes;
    size_t searched; /* of them, without an end of line */
    bool is_held, has_ended, is_closed;
};

void shim_input_open(struct shim_input *input, int descriptor);
/* After a line was not taken: from the loop's next turn on. */
void shim_input_continue(struct shim_input *input);
void shim_input_close(struct shim_input *input); /* allowed inside line and end; twice is fine */

#endif
