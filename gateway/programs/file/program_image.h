/* What is executed: found where programs may lie, looked at, and hashed as it is open, so that what was pinned
 * and what runs cannot be two things. */
#ifndef PROGRAMS_PROGRAM_IMAGE_H
#define PROGRAMS_PROGRAM_IMAGE_H

#include "program_plan.h"

enum { IMAGE_ARGUMENTS_MAX = 6 };

struct program_image {
    int executed;        /* the program, or its interpreter */
    int script;          /* a sealed copy of it; -1: the program is executed itself */
    char path[PATH_MAX]; /* of what is executed */
    /* Without its name in front and the script behind. */
    const char *options[IMAGE_ARGUMENTS_MAX];
    size_t option_count;
};

/* False, and nothing is open, when it is not there, is not what was pinned, or could be changed by others. */
bool program_image_open(struct program_image *image, const struct program_plan *plan, char *detail);
void program_image_close(struct program_image *image);

#endif
