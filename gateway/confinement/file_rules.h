/* Which files the process may open from now on: Landlock (landlock(7)). */
#ifndef CONFINEMENT_FILE_RULES_H
#define CONFINEMENT_FILE_RULES_H

#include "confinement/confinement.h"

/* The version of the kernel's interface that now applies, 0 if none does. */
int file_rules_apply(const struct confinement_request *request);

#endif
