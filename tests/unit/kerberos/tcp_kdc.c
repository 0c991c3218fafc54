/* A thread for each connection: those that are silent do not keep others from being accepted. */
#include "tcp_kdc.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault.h"

enum {
    CONNECTIONS_MAX = 256,
    REQUEST_MAX = 70000,
    ANSWER_MOST = 1024 * 1024,
    TRICKLE_MS = 40,
    PATIENCE_S = 20
};

struct conversation {
    struct tcp_kdc *kdc;
    int descriptor;
    pthread_t thread;
};

struct tcp_kdc {
    int listener;
    uint16_t port;
    char mark;
    _Atomic int way;
    _Atomic unsigned requests;
    _Atomic bool is_stopping;
    pthread_t thread;
    struct conversation conversations[CONNECTIONS_MAX];
    size_t count; /* the accepting thread's */
};

int64_t tcp_now_ms(void)
{
    return clock_monotonic_us() / 1000;
}

static void be_patient(int descriptor)
{
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

static bool receive(int descriptor, char *out, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t got = recv(descriptor, out + done, length - done, 0);
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

bool tcp_send(int descriptor, struct text bytes)
{
    for (size_t done = 0; done < bytes.length;) {
        ssize_t sent = send(descriptor, bytes.base + done, bytes.length - done, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        done += (size_t)sent;
    }
    return true;
}

long tcp_receive_frame(int descriptor, char *out, size_t size)
{
    unsigned char head[4];
    if (!receive(descriptor, (char *)head, sizeof(head)))
        return -1;
    size_t length = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
    return length <= size && receive(descriptor, out, length) ? (long)length : -1;
}

bool tcp_is_closed(int descriptor)
{
    char byte;
    return recv(descriptor, &byte, 1, 0) <= 0;
}

static void put_number(char *out, size_t number)
{
    for (int i = 0; i < 4; i++)
        out[i] = (char)(number >> (24 - 8 * i));
}

static bool send_element(int descriptor, char tag, const char *parts[2], const size_t lengths[2])
{
    char head[10];
    size_t length = lengths[0] + lengths[1];
    put_number(head, length + 6);
    head[4] = tag;
    head[5] = (char)0x84;
    put_number(head + 6, length);
    return tcp_send(descriptor, (struct text){head, sizeof(head)}) &&
           tcp_send(descriptor, (struct text){parts[0], lengths[0]}) &&
           tcp_send(descriptor, (struct text){parts[1], lengths[1]});
}

/* KRB-ERROR (RFC 4120 section 5.9.1): pvno, msg-type, stime, susec, error-code, realm, sname. */
static void send_error(int descriptor, char code)
{
    static const char before[] = "\0\0\0\x5e\x7e\x5c\x30\x5a"
                                 "\xa0\3\2\1\5"
                                 "\xa1\3\2\1\x1e"
                                 "\xa4\x11\x18\x0f"
                                 "20261130120000Z"
                                 "\xa5\3\2\1\0"
                                 "\xa6\3\2\1";
    static const char behind[] = "\xa9\x0e\x1b\x0c"
                                 "CORP.EXAMPLE"
                                 "\xaa\x21\x30\x1f\xa0\3\2\1\2\xa1\x18\x30\x16\x1b\6"
                                 "krbtgt"
                                 "\x1b\x0c"
                                 "CORP.EXAMPLE";
    if (tcp_send(descriptor, (struct text){before, sizeof(before) - 1}) &&
        tcp_send(descriptor, (struct text){&code, 1}))
        tcp_send(descriptor, (struct text){behind, sizeof(behind) - 1});
}

static void send_slowly(struct tcp_kdc *kdc, int descriptor)
{
    static const char answer[] = {0, 0, 0, 100, 0x6b, 98};
    const struct timespec pause = {.tv_nsec = TRICKLE_MS * 1000000};
    for (size_t i = 0; i < 104 && !kdc->is_stopping; i++) {
        const char byte = i < sizeof(answer) ? answer[i] : 'x';
        if (!tcp_send(descriptor, (struct text){&byte, 1}))
            return;
        nanosleep(&pause, NULL);
    }
}

static void send_most(int descriptor)
{
    const size_t length = ANSWER_MOST - 6;
    char *filler = malloc(length);
    INVARIANT(filler != NULL);
    memset(filler, 'm', length);
    send_element(descriptor, 0x6b, (const char *[]){filler, ""}, (const size_t[]){length, 0});
    free(filler);
}

/* Whether the connection stays open. */
static bool answer(struct tcp_kdc *kdc, int descriptor, const char *request, size_t length)
{
    const int way = kdc->way;
    switch (way) {
    case TCP_KDC_ANSWERS:
        return send_element(descriptor, 0x6b, (const char *[]){&kdc->mark, request},
                            (const size_t[]){1, length});
    case TCP_KDC_ANSWERS_MOST:
        send_most(descriptor);
        return true;
    case TCP_KDC_ERRS:
        send_error(descriptor, 6);
        return true;
    case TCP_KDC_UNAVAILABLE:
        send_error(descriptor, 29);
        return true;
    case TCP_KDC_CLOSES:
        return false;
    case TCP_KDC_HALF:
        tcp_send(descriptor, (struct text){"\0\0", 2});
        return true;
    case TCP_KDC_TRICKLES:
        send_slowly(kdc, descriptor);
        return true;
    case TCP_KDC_TOO_LARGE:
        tcp_send(descriptor, (struct text){"\x00\x10\x00\x01\x6b", 5});
        return true;
    case TCP_KDC_NONSENSE:
        tcp_send(descriptor, TEXT("\0\0\0\5HTTP/"));
        return true;
    default:
        return true;
    }
}

static void *converse(void *context)
{
    struct conversation *conversation = context;
    struct tcp_kdc *kdc = conversation->kdc;
    char *request = malloc(REQUEST_MAX);
    long length;
    INVARIANT(request != NULL);
    while ((length = tcp_receive_frame(conversation->descriptor, request, REQUEST_MAX)) >= 0) {
        kdc->requests++;
        if (!answer(kdc, conversation->descriptor, request, (size_t)length))
            break;
    }
    shutdown(conversation->descriptor, SHUT_RDWR);
    free(request);
    return NULL;
}

static void *run(void *context)
{
    struct tcp_kdc *kdc = context;
    for (;;) {
        int descriptor = accept(kdc->listener, NULL, NULL);
        if (kdc->is_stopping || descriptor < 0) {
            if (descriptor >= 0)
                close(descriptor);
            return NULL;
        }
        INVARIANT(kdc->count < CONNECTIONS_MAX);
        struct conversation *conversation = &kdc->conversations[kdc->count++];
        *conversation = (struct conversation){.kdc = kdc, .descriptor = descriptor};
        be_patient(descriptor);
        INVARIANT(pthread_create(&conversation->thread, NULL, converse, conversation) == 0);
    }
}

int tcp_listen(uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    INVARIANT(listener >= 0 && bind(listener, (struct sockaddr *)&address, size) == 0);
    INVARIANT(listen(listener, 64) == 0);
    INVARIANT(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
    *port = ntohs(address.sin_port);
    return listener;
}

uint16_t tcp_closed_port(void)
{
    uint16_t port;
    close(tcp_listen(&port));
    return port;
}

struct tcp_kdc *tcp_kdc_start(enum tcp_kdc_way way, char mark)
{
    struct tcp_kdc *kdc = calloc(1, sizeof(*kdc));
    INVARIANT(kdc != NULL);
    kdc->way = (int)way;
    kdc->mark = mark;
    kdc->listener = tcp_listen(&kdc->port);
    INVARIANT(pthread_create(&kdc->thread, NULL, run, kdc) == 0);
    return kdc;
}

void tcp_kdc_change(struct tcp_kdc *kdc, enum tcp_kdc_way way)
{
    kdc->way = (int)way;
}

uint16_t tcp_kdc_port(const struct tcp_kdc *kdc)
{
    return kdc->port;
}

unsigned tcp_kdc_requests(struct tcp_kdc *kdc)
{
    return kdc->requests;
}

void tcp_kdc_stop(struct tcp_kdc *kdc)
{
    kdc->is_stopping = true;
    shutdown(kdc->listener, SHUT_RDWR);
    pthread_join(kdc->thread, NULL);
    close(kdc->listener);
    for (size_t i = 0; i < kdc->count; i++) {
        shutdown(kdc->conversations[i].descriptor, SHUT_RDWR);
        pthread_join(kdc->conversations[i].thread, NULL);
        close(kdc->conversations[i].descriptor);
    }
    free(kdc);
}

int tcp_connect(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    INVARIANT(descriptor >= 0);
    be_patient(descriptor);
    INVARIANT(connect(descriptor, (struct sockaddr *)&address, sizeof(address)) == 0);
    return descriptor;
}

struct text tcp_request(char filler, size_t length, char out[TCP_REQUEST_SIZE])
{
    INVARIANT(length <= 100);
    put_number(out, length + 2);
    out[4] = 0x6c;
    out[5] = (char)length;
    memset(out + 6, filler, length);
    return (struct text){out, length + 6};
}
