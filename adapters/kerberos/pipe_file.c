/* The pipe holds all of it or it is none: nobody reads while it is written. */
#include "pipe_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { USUAL_SIZE = 64 * 1024, LARGEST_SIZE = 1024 * 1024 };

int pipe_file_open(struct text bytes, char path[PIPE_FILE_PATH_SIZE])
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return -1;
    if (bytes.length > USUAL_SIZE)
        (void)fcntl(ends[1], F_SETPIPE_SZ, LARGEST_SIZE);
    bool is_whole = write(ends[1], bytes.base, bytes.length) == (ssize_t)bytes.length;
    close(ends[1]);
    if (!is_whole) {
        close(ends[0]);
        return -1;
    }
    snprintf(path, PIPE_FILE_PATH_SIZE, "/proc/self/fd/%d", ends[0]);
    return ends[0];
}
