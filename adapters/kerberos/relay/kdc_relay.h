/* The only KDC that libkrb5 is told of: a relay on loopback, in this process, that hands each request to the
 * best of the realm's KDCs and, within the same exchange, to the next where one refuses, is silent or says that
 * it is unavailable. libkrb5 waits ten seconds and more for a KDC and cannot be told to wait less; when the
 * relay's time is over it closes the connection, and libkrb5 fails in milliseconds.
 *
 * Requests of Kerberos may be sent twice. Answers are handed on as they are, errors too. Everybody on the
 * machine can connect: whoever is not this process is closed unheard, or they could have a KDC that closes on
 * what is no Kerberos taken for one that is out. What does not look like a request is closed, too, and a
 * connection that sends nothing gives way to the next one that waits. */
#ifndef KERBEROS_RELAY_KDC_RELAY_H
#define KERBEROS_RELAY_KDC_RELAY_H

#include "dragoman/adapter_sdk.h"
#include "kdc_health.h"

enum { KDC_RELAY_THREADS = 8, KDC_RELAY_THREADS_MAX = 64 };

struct kdc_relay;

struct kdc_relay_options {
    int listener;                /* it stays the caller's, made non-blocking */
    const struct text *kdcs;     /* as kdc_host_read has them; copied */
    size_t kdc_count;            /* 1 to KDC_COUNT_MAX */
    int64_t exchange_timeout_ms; /* all KDCs together, from the first byte of the request */
    unsigned threads;            /* exchanges at a time; 0: KDC_RELAY_THREADS */
    /* What changes: a KDC that fails, and one that is back. On any thread; the line lives as long as the call.
     */
    void (*log)(void *context, enum adapter_log_level level, const char *line);
    void *log_context;
};

/* NULL where one of the KDCs is written wrongly, or there are none or too many. */
MUST_USE struct kdc_relay *kdc_relay_open(const struct kdc_relay_options *options);
/* Ends what is under way and waits for its threads, of which one that looks a name up ends with the resolver.
 * NULL is fine. */
void kdc_relay_close(struct kdc_relay *relay);

/* How its KDCs have answered lately, with a sentence for people. Asks nobody. */
enum kdc_standing kdc_relay_standing(struct kdc_relay *relay, struct arena *arena, struct text *sentence);

#endif
