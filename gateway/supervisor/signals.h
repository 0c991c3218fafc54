/* Signals that are read like anything else that happens, by supervisors and workers. */
#ifndef SUPERVISOR_SIGNALS_H
#define SUPERVISOR_SIGNALS_H

#include <stddef.h>

/* A descriptor that signalfd_siginfo is read from and that never makes anybody wait. These signals, and no
 * others, are blocked from then on: before any thread starts, so that all have them blocked. */
int signals_watch(const int *watched, size_t count);

#endif
