/* The first line an adapter reads (adapters/PROTOCOL.md, "start"), which alone has its sealing key. */
#ifndef PROGRAMS_START_LINE_H
#define PROGRAMS_START_LINE_H

#include "program_plan.h"
#include "programs/programs.h"

/* Has the key derived and writes the line; false, with a detail. first_file: the descriptor of the first of its
 * files, the others follow, then its listener and its sockets, if its document has it have them. */
bool start_line_send(int socket, const struct program_plan *plan, const struct programs_keys *keys,
                     int first_file, char *detail);

#endif
