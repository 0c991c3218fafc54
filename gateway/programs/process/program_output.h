/* What an adapter prints: into the log, line by line, as much as a person might read. */
#ifndef PROGRAMS_PROGRAM_OUTPUT_H
#define PROGRAMS_PROGRAM_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum { OUTPUT_LINE_BYTES = 500, OUTPUT_LINES_A_MINUTE = 20 };

struct program_output {
    int descriptor; /* does not wait; -1: closed */
    char line[OUTPUT_LINE_BYTES];
    size_t length;
    bool is_cut;            /* the rest of this line is dropped */
    int64_t minute_us;      /* when this minute began */
    int64_t lines, dropped; /* in it */
    int64_t paused_until_us;
};

/* Reads once. One that floods is left alone for a moment, and waits in its own write. */
void program_output_read(struct program_output *output, struct text adapter, int64_t now_us);
/* What is there at the end, and the line that has no end. */
void program_output_close(struct program_output *output, struct text adapter, int64_t now_us);

#endif
