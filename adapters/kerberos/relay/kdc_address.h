/* Where a KDC is: the names that settings have for it, and the addresses behind a name, which are remembered
 * for a minute. Looking one up is getaddrinfo(): it takes as long as the system's resolver takes, whatever the
 * deadline of the exchange is, so addresses (or names of the hosts file) are what an operator who wants the
 * deadline to hold without DNS writes down. */
#ifndef KERBEROS_RELAY_KDC_ADDRESS_H
#define KERBEROS_RELAY_KDC_ADDRESS_H

#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>

#include "base/fault.h"
#include "base/text.h"

enum { KDC_HOST_SIZE = 254, KDC_PORT_USUAL = 88, KDC_ADDRESSES_MAX = 8, KDC_ADDRESSES_GOOD_FOR_MS = 60000 };

struct kdc_host {
    char host[KDC_HOST_SIZE]; /* a name or an address, zero-terminated, without brackets */
    uint16_t port;
};

/* "host", "host:port", "address", "address:port" or "[address]:port"; port 88 where there is none. */
MUST_USE bool kdc_host_read(struct text written, struct kdc_host *host);
/* The same with another port where there is none, for what is no KDC. */
MUST_USE bool host_read(struct text written, uint16_t usual_port, struct kdc_host *host);

struct kdc_place {
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } address;
    socklen_t length;
};
struct kdc_places {
    struct kdc_place places[KDC_ADDRESSES_MAX];
    size_t count;
};

/* One KDC's; for all threads. */
struct kdc_address {
    struct kdc_host host;
    int (*look_up)(const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **found);
    pthread_mutex_t mutex; /* over what follows */
    struct kdc_places known;
    int64_t known_at_ms;
};
void kdc_address_open(struct kdc_address *address, const struct kdc_host *host);
void kdc_address_close(struct kdc_address *address);
/* Those of before where a name cannot be looked up any more; none where it never could. */
void kdc_address_find(struct kdc_address *address, int64_t now_ms, struct kdc_places *places);

#endif
