/* Whether it is libkrb5 in this very process that has connected to the relay, and not somebody else on this
 * machine. */
#ifndef KERBEROS_RELAY_KDC_CLIENT_H
#define KERBEROS_RELAY_KDC_CLIENT_H

#include <stdbool.h>

/* accepted: a TCP connection over IPv4, as accept(2) gave it. Who has closed its end meanwhile is nobody. */
bool kdc_client_is_own(int accepted);

#endif
