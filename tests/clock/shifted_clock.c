/* A dragomand of the tests' own whose wall clock is moved: by as many seconds as the file named by
 * DRAGOMAN_CLOCK says, 8 bytes in this machine's order, at any moment. Linked with --wrap=clock_gettime, so
 * every room of ours sees it and the libraries do not. */
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/fault.h"

int __real_clock_gettime(clockid_t id, struct timespec *now);
int __wrap_clock_gettime(clockid_t id, struct timespec *now);

static const volatile int64_t *shift_s;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void open_shift(void)
{
    const char *path = getenv("DRAGOMAN_CLOCK");
    int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    INVARIANT(file >= 0);
    void *mapped = mmap(NULL, sizeof(*shift_s), PROT_READ, MAP_SHARED, file, 0);
    INVARIANT(mapped != MAP_FAILED);
    close(file);
    shift_s = mapped;
}

int __wrap_clock_gettime(clockid_t id, struct timespec *now)
{
    pthread_once(&once, open_shift);
    int result = __real_clock_gettime(id, now);
    if (id == CLOCK_REALTIME)
        now->tv_sec += *shift_s;
    return result;
}
