/* The first line, which the supervisor writes: the sealing key, files, addresses, its document's settings. */
#ifndef SDK_START_H
#define SDK_START_H

#include "call.h"

/* False, with a sentence for the log, where it is not what it has to be. */
bool start_read(struct adapter_program *program, struct text line, const char **mistake);

#endif
