/* The person at the other end: three streams, and what they can show. Colours only on a terminal and never
 * under NO_COLOR; drawing characters only where the locale has them. Text that came from elsewhere (tokens, the
 * gateway) goes through terminal_print_foreign or the printers built on it, so that it cannot steer the
 * terminal. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdio.h>

#include "base/arena.h"

struct terminal {
    FILE *in, *out, *error;
    bool out_has_colours, error_has_colours;
    bool is_utf8;
    unsigned width; /* columns of out; 0 when it is not a terminal: nothing is cut then */
};

/* Whether what is read from it has to be typed. */
bool terminal_is_typed_at(const struct terminal *terminal);

enum ink { INK_PLAIN, INK_BOLD, INK_DIM, INK_GREEN, INK_RED, INK_YELLOW };

struct terminal terminal_standard(void);

/* Escape sequences, or "" where there are no colours. stream is the terminal's out or error. */
const char *terminal_ink(const struct terminal *terminal, const FILE *stream, enum ink ink);

/* Drawing: the second where the locale is not UTF-8. */
const char *terminal_sign(const struct terminal *terminal, const char *utf8, const char *ascii);

/* Control characters, bidirectional overrides and bytes that are not UTF-8 as \uXXXX, everything else as it is.
 */
struct text terminal_clean(struct arena *arena, struct text text);
void terminal_print_foreign(FILE *stream, struct text text);
/* The same, broken at spaces so that no line is longer than about 90 columns; further lines are indented. */
void terminal_print_wrapped(FILE *stream, unsigned indent, struct text text);
/* Columns a clean text takes: its code points. */
unsigned terminal_columns(struct text clean);

/* An error, the same shape everywhere: what happened, why, what to do next. why and next may be TEXT_NONE. */
void terminal_complain(const struct terminal *terminal, struct text what, struct text why, struct text next);
/* The last part alone, for what a complaint's next cannot hold: something on lines of its own follows. */
void terminal_complain_next(const struct terminal *terminal, struct text next);
void terminal_warn(const struct terminal *terminal, struct text what);

/* "2026-11-23 14:05:06 UTC (in 4 min 12 s)"; into the arena. */
struct text terminal_time(struct arena *arena, int64_t at_s, int64_t now_s);
/* "in 4 min 12 s", "3 s ago" or "now". */
struct text terminal_distance(struct arena *arena, int64_t at_s, int64_t now_s);
/* "4 min 12 s", at most two units. */
struct text terminal_duration(struct arena *arena, int64_t seconds);

#endif
