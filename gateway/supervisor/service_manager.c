/* One datagram to the socket that NOTIFY_SOCKET names: a path, or "@" and a name that stands in no file system.
 */
#include "service_manager.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

void service_manager_tell(const char *assignments)
{
    const char *name = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = name == NULL ? 0 : strlen(name);
    if (length < 2 || length >= sizeof(address.sun_path) || (name[0] != '/' && name[0] != '@'))
        return;
    memcpy(address.sun_path, name, length);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    int sender = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sender < 0)
        return;
    (void)sendto(sender, assignments, strlen(assignments), MSG_NOSIGNAL | MSG_DONTWAIT,
                 (const struct sockaddr *)&address,
                 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
    close(sender);
}

/* The time tells the manager which of several reloads this answers (systemd.service(5), Type=notify-reload). */
void service_manager_tell_reloading(void)
{
    char assignments[96];
    snprintf(assignments, sizeof(assignments), "RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\nSTATUS=reloading",
             clock_monotonic_us());
    service_manager_tell(assignments);
}

int64_t service_manager_watchdog_us(void)
{
    const char *process = getenv("WATCHDOG_PID");
    int64_t number, interval_us;
    if (process != NULL && (!text_to_int64(text_of(process), &number) || number != getpid()))
        return 0;
    return text_to_int64(text_of(getenv("WATCHDOG_USEC")), &interval_us) && interval_us > 0 ? interval_us / 2
                                                                                            : 0;
}
