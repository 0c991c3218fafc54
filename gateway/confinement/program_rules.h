/* Which files an adapter's program may open: Landlock's layer of program_confinement.h. */
#ifndef CONFINEMENT_PROGRAM_RULES_H
#define CONFINEMENT_PROGRAM_RULES_H

#include "rule_set.h"

/* False, and nothing is left, when the kernel does not take them. */
bool program_rules_make(struct rule_set *rules, int version, int executed);
/* In the child: its own folder of /proc, which only now is there. Only system calls. */
void program_rules_add_own_process(struct rule_set *rules);
bool program_rules_cover(const char *resolved);

#endif
