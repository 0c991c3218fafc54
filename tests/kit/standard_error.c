/* Standard error into a pipe that never blocks, and back. One at a time, from one thread. */
#include "standard_error.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static char caught[STANDARD_ERROR_MAX + 1];
static int saved, reading_end;

void standard_error_catch(void)
{
    int ends[2];
    saved = dup(STDERR_FILENO);
    if (saved < 0 || pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0 || dup2(ends[1], STDERR_FILENO) < 0)
        abort();
    close(ends[1]);
    reading_end = ends[0];
}

const char *standard_error_release(void)
{
    if (dup2(saved, STDERR_FILENO) < 0)
        abort();
    close(saved);
    ssize_t length = read(reading_end, caught, STANDARD_ERROR_MAX);
    close(reading_end);
    caught[length > 0 ? length : 0] = '\0';
    return caught;
}
