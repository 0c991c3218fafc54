/* The mutex is not held while a name is looked up: a resolver that hangs holds those up who need it, and
 * nobody who asks another KDC. */
#include "kdc_address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/fault.h"

static bool is_host_name(struct text host)
{
    for (size_t i = 0; i < host.length; i++) {
        char byte = host.base[i];
        bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (!is_letter && !(byte >= '0' && byte <= '9') && byte != '-' && byte != '.' && byte != '_')
            return false;
    }
    return host.length != 0 && host.base[0] != '-' && host.base[0] != '.';
}

static bool is_sixth_version(const char *host)
{
    struct in6_addr address;
    return inet_pton(AF_INET6, host, &address) == 1;
}

/* Cuts the host off and says whether it has to be an address of IPv6: brackets are for those alone, and a
 * second colon makes it one without a port. */
static struct text cut_host(struct text *rest, bool *is_six)
{
    struct text written = *rest;
    *is_six = text_starts_with(written, TEXT("["));
    if (*is_six) {
        *rest = (struct text){written.base + 1, written.length - 1};
        struct text host = text_cut(rest, ']');
        /* What follows is nothing, or a colon and the port. */
        if (rest->base != NULL && rest->length != 0 && rest->base[0] == ':')
            *rest = (struct text){rest->base + 1, rest->length - 1};
        else if (rest->base == NULL || rest->length != 0)
            return TEXT_NONE;
        else
            *rest = TEXT_NONE;
        return host;
    }
    struct text host = text_cut(rest, ':');
    *is_six = rest->base != NULL && memchr(rest->base, ':', rest->length) != NULL;
    if (*is_six) {
        *rest = TEXT_NONE;
        return written;
    }
    return host;
}

bool host_read(struct text written, uint16_t usual_port, struct kdc_host *host)
{
    struct text rest = written;
    int64_t port = usual_port;
    bool is_six;
    struct text name = cut_host(&rest, &is_six);
    if (name.length == 0 || name.length >= sizeof(host->host) || memchr(name.base, '\0', name.length) != NULL)
        return false;
    if (rest.base != NULL && (!text_to_int64(rest, &port) || port < 1 || port > UINT16_MAX))
        return false;
    *host = (struct kdc_host){.port = (uint16_t)port};
    memcpy(host->host, name.base, name.length);
    return is_six ? is_sixth_version(host->host) : is_host_name(name);
}

bool kdc_host_read(struct text written, struct kdc_host *host)
{
    return host_read(written, KDC_PORT_USUAL, host);
}

void kdc_address_open(struct kdc_address *address, const struct kdc_host *host)
{
    *address = (struct kdc_address){.host = *host, .look_up = getaddrinfo};
    INVARIANT(pthread_mutex_init(&address->mutex, NULL) == 0);
}

void kdc_address_close(struct kdc_address *address)
{
    pthread_mutex_destroy(&address->mutex);
}

static void look_up(const struct kdc_address *address, struct kdc_places *places)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    char port[8];
    *places = (struct kdc_places){.count = 0};
    snprintf(port, sizeof(port), "%u", (unsigned)address->host.port);
    if (address->look_up(address->host.host, port, &hints, &found) != 0)
        return;
    for (const struct addrinfo *one = found; one != NULL && places->count < KDC_ADDRESSES_MAX;
         one = one->ai_next) {
        struct kdc_place *place = &places->places[places->count];
        if (one->ai_addrlen > sizeof(place->address))
            continue;
        memcpy(&place->address, one->ai_addr, one->ai_addrlen);
        place->length = one->ai_addrlen;
        places->count++;
    }
    freeaddrinfo(found);
}

void kdc_address_find(struct kdc_address *address, int64_t now_ms, struct kdc_places *places)
{
    struct kdc_places found;
    pthread_mutex_lock(&address->mutex);
    *places = address->known;
    bool is_good = places->count != 0 && now_ms - address->known_at_ms < KDC_ADDRESSES_GOOD_FOR_MS;
    pthread_mutex_unlock(&address->mutex);
    if (is_good)
        return;
    look_up(address, &found);
    if (found.count == 0)
        return;
    *places = found;
    pthread_mutex_lock(&address->mutex);
    address->known = found;
    address->known_at_ms = now_ms;
    pthread_mutex_unlock(&address->mutex);
}
