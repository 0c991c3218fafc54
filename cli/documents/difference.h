/* Two texts compared line by line. */
#ifndef CLI_DOCUMENTS_DIFFERENCE_H
#define CLI_DOCUMENTS_DIFFERENCE_H

#include "terminal.h"

/* Prints the lines of both, '-' before those only in old and '+' before those only in new; true if any differ,
 * and nothing is printed when none do. */
bool difference_print(const struct terminal *terminal, struct arena *arena, struct text name, struct text old,
                      struct text new);

#endif
