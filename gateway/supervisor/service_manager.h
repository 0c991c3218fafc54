/* Telling a service manager how we are: the datagrams of sd_notify(3), without its library. Nothing happens
 * where NOTIFY_SOCKET is not set. */
#ifndef SUPERVISOR_SERVICE_MANAGER_H
#define SUPERVISOR_SERVICE_MANAGER_H

#include <stdint.h>

/* Newline-separated assignments: "READY=1\nSTATUS=serving". */
void service_manager_tell(const char *assignments);
/* A reload begins; READY=1 says that it is over, well or not. */
void service_manager_tell_reloading(void);
/* How often WATCHDOG=1 is wanted, in microseconds: half of what the manager waits (sd_watchdog_enabled(3)); 0:
 * not at all. */
int64_t service_manager_watchdog_us(void);

#endif
