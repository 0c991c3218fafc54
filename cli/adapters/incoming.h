/* What the lines of the program mean: answers, its own requests (which are answered here), logs, progress; and
 * what is wrong with them. Called by the conversation alone. */
#ifndef CLI_ADAPTERS_INCOMING_H
#define CLI_ADAPTERS_INCOMING_H

#include "kit.h"

/* Takes every whole line out of what was read. */
void incoming_take(struct trial *trial);

#endif
