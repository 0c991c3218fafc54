/* Whether the gateway's own files are out of an adapter's reach, and by what. */
#ifndef PROGRAMS_KEPT_FILES_H
#define PROGRAMS_KEPT_FILES_H

#include "confinement/program_confinement.h"
#include "program_plan.h"

/* has_own_user: it runs as somebody else than we. False, with a detail, for the first file that neither this
 * nor Landlock keeps from it, or when nothing keeps it from the network it may not have. */
bool kept_files_are_safe(const struct program_plan *plan, const struct program_confinement *confinement,
                         bool has_own_user, char *detail);
/* Whether this is one of them, or lies where the store does. */
bool kept_files_include(const struct program_plan *plan, const char *path);

#endif
