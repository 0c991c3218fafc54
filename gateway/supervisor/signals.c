/* signalfd(2). */
#include "signals.h"

#include <signal.h>
#include <sys/signalfd.h>

#include "base/fault.h"

int signals_watch(const int *watched, size_t count)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < count; i++)
        sigaddset(&set, watched[i]);
    sigprocmask(SIG_SETMASK, &set, NULL);
    int signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    INVARIANT(signals >= 0);
    return signals;
}
