/* What stands where a KDC stands: a real server on loopback that answers by the rules of the transport, or
 * breaks them in one of the ways in which KDCs do. It knows no Kerberos beyond the outermost tags. And the one
 * who asks, who controls every byte. */
#ifndef UNIT_KERBEROS_TCP_KDC_H
#define UNIT_KERBEROS_TCP_KDC_H

#include "base/text.h"

enum tcp_kdc_way {
    TCP_KDC_ANSWERS,      /* an AS-REP of the server's mark and the whole request */
    TCP_KDC_ANSWERS_MOST, /* an AS-REP of exactly 1 MiB */
    TCP_KDC_ERRS,         /* KRB-ERROR with KDC_ERR_C_PRINCIPAL_UNKNOWN */
    TCP_KDC_UNAVAILABLE,  /* KRB-ERROR with KDC_ERR_SVC_UNAVAILABLE */
    TCP_KDC_CLOSES,       /* after the request */
    TCP_KDC_SILENT,
    TCP_KDC_HALF,     /* two bytes, then nothing */
    TCP_KDC_TRICKLES, /* a byte of the answer each 40 milliseconds */
    TCP_KDC_TOO_LARGE,
    TCP_KDC_NONSENSE
};

struct tcp_kdc;
struct tcp_kdc *tcp_kdc_start(enum tcp_kdc_way way, char mark);
void tcp_kdc_change(struct tcp_kdc *kdc, enum tcp_kdc_way way); /* for requests from now on */
uint16_t tcp_kdc_port(const struct tcp_kdc *kdc);
unsigned tcp_kdc_requests(struct tcp_kdc *kdc); /* whole ones that it was sent */
void tcp_kdc_stop(struct tcp_kdc *kdc);

/* A port of loopback that nobody listens on. */
uint16_t tcp_closed_port(void);
/* A socket that listens on loopback. */
int tcp_listen(uint16_t *port);

int tcp_connect(uint16_t port);
bool tcp_send(int descriptor, struct text bytes);
/* The length and that many bytes; the length is -1 where the connection ended before. Ends after 20 s at most.
 */
long tcp_receive_frame(int descriptor, char *out, size_t size);
bool tcp_is_closed(int descriptor); /* waits for it */
int64_t tcp_now_ms(void);

/* A request as a frame: a TGS-REQ around so many bytes of a filler. At most 100. */
enum { TCP_REQUEST_SIZE = 112 };
struct text tcp_request(char filler, size_t length, char out[TCP_REQUEST_SIZE]);

#endif
