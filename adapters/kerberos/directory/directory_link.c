/* The watch has a descriptor of its own for the connection, so that it never shuts another one down which has
 * come by the same number. */
#include "directory_link.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <openldap.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kdc_exchange.h"

enum { RETRY_S = 5, MESSAGE_MAX = 64 * 1024, DIAGNOSTIC_MAX = 200 };

struct directory_link {
    LDAP *session;
    bool is_secure;
    int64_t until_ms;
    int watched;
    pthread_t watch;
    pthread_mutex_t mutex; /* over what follows */
    pthread_cond_t ended;
    bool is_ended, is_late;
};

/* --- the watch --- */

static void *watch(void *context)
{
    struct directory_link *link = context;
    const struct timespec until = {.tv_sec = (time_t)(link->until_ms / 1000),
                                   .tv_nsec = (long)(link->until_ms % 1000) * 1000000};
    int waited = 0;
    pthread_mutex_lock(&link->mutex);
    while (!link->is_ended && waited == 0)
        waited = pthread_cond_timedwait(&link->ended, &link->mutex, &until);
    link->is_late = !link->is_ended;
    pthread_mutex_unlock(&link->mutex);
    shutdown(link->watched, SHUT_RDWR);
    return NULL;
}

static bool begin_watch(struct directory_link *link, int descriptor)
{
    pthread_condattr_t clock;
    link->watched = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (link->watched < 0)
        return false;
    INVARIANT(pthread_mutex_init(&link->mutex, NULL) == 0 && pthread_condattr_init(&clock) == 0 &&
              pthread_condattr_setclock(&clock, CLOCK_MONOTONIC) == 0 &&
              pthread_cond_init(&link->ended, &clock) == 0);
    pthread_condattr_destroy(&clock);
    if (pthread_create(&link->watch, NULL, watch, link) == 0)
        return true;
    pthread_cond_destroy(&link->ended);
    pthread_mutex_destroy(&link->mutex);
    close(link->watched);
    return false;
}

static void end_watch(struct directory_link *link)
{
    pthread_mutex_lock(&link->mutex);
    link->is_ended = true;
    pthread_cond_signal(&link->ended);
    pthread_mutex_unlock(&link->mutex);
    pthread_join(link->watch, NULL);
    pthread_cond_destroy(&link->ended);
    pthread_mutex_destroy(&link->mutex);
    close(link->watched);
}

static bool is_late(struct directory_link *link)
{
    pthread_mutex_lock(&link->mutex);
    bool late = link->is_late;
    pthread_mutex_unlock(&link->mutex);
    return late || stream_now_ms() >= link->until_ms;
}

/* --- ends --- */

/* What the other side says about it, if it can be shown. */
static const char *diagnostic_of(struct arena *arena, LDAP *session)
{
    char *said = NULL;
    ldap_get_option(session, LDAP_OPT_DIAGNOSTIC_MESSAGE, &said);
    struct text diagnostic = text_beginning(text_of(said), DIAGNOSTIC_MAX);
    bool is_shown = diagnostic.length != 0 && text_is_printable(diagnostic);
    const char *shown = is_shown ? arena_print(arena, ": %.*s", TEXT_ARGUMENTS(diagnostic)).base : "";
    ldap_memfree(said);
    return shown;
}

static enum adapter_outcome end_late(struct adapter_call *call, const char *step)
{
    return adapter_unavailable_request(call, RETRY_S, "the directory did not answer in time: %s", step);
}

enum adapter_outcome directory_link_end(struct adapter_call *call, struct directory_link *link,
                                        const char *step, int code)
{
    const char *what = ldap_err2string(code), *more = diagnostic_of(adapter_arena(call), link->session);
    if (is_late(link) || code == LDAP_TIMEOUT)
        return end_late(call, step);
    switch (code) {
    case LDAP_NO_SUCH_OBJECT:
    case LDAP_INVALID_DN_SYNTAX:
    case LDAP_REFERRAL:
        return adapter_misconfigured(call, "/directory/base", "the directory: %s: %s (%d)%s", step, what, code,
                                     more);
    case LDAP_OPERATIONS_ERROR: /* Active Directory's for: bind first */
    case LDAP_INSUFFICIENT_ACCESS:
    case LDAP_INAPPROPRIATE_AUTH:
    case LDAP_INVALID_CREDENTIALS:
    case LDAP_STRONG_AUTH_REQUIRED:
    case LDAP_CONFIDENTIALITY_REQUIRED:
    case LDAP_AUTH_METHOD_NOT_SUPPORTED:
        return adapter_misconfigured(call, "/directory/bind", "the directory: %s: %s (%d)%s", step, what, code,
                                     more);
    default:
        return adapter_unavailable_request(call, RETRY_S, "the directory: %s: %s (%d)%s", step, what, code,
                                           more);
    }
}

/* --- the connection --- */

static enum adapter_outcome connect_to(struct adapter_call *call, struct directory_place *place,
                                       int64_t until_ms, int *descriptor)
{
    struct kdc_places places;
    enum stream_end end = STREAM_CLOSED;
    const struct stream_limit limit = {.until_ms = until_ms, .stop = -1, .rival = -1};
    kdc_address_find(&place->address, stream_now_ms(), &places);
    if (places.count == 0)
        return adapter_unavailable_request(call, RETRY_S, "the directory has a name without an address");
    *descriptor = kdc_connect(&places, &limit, &end);
    if (*descriptor >= 0)
        return ADAPTER_DONE;
    return end == STREAM_LATE
               ? end_late(call, "connecting")
               : adapter_unavailable_request(call, RETRY_S, "the directory could not be connected to");
}

/* No referral is followed: who answers for the directory is settled. */
static bool set_options(struct directory_link *link)
{
    const int version = LDAP_VERSION3, never = LDAP_DEREF_NEVER;
    const struct timeval rest = directory_link_rest(link);
    ber_len_t most = MESSAGE_MAX;
    Sockbuf *stream = NULL;
    LDAP *session = link->session;
    return ldap_set_option(session, LDAP_OPT_PROTOCOL_VERSION, &version) == LDAP_OPT_SUCCESS &&
           ldap_set_option(session, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) == LDAP_OPT_SUCCESS &&
           ldap_set_option(session, LDAP_OPT_DEREF, &never) == LDAP_OPT_SUCCESS &&
           ldap_set_option(session, LDAP_OPT_NETWORK_TIMEOUT, &rest) == LDAP_OPT_SUCCESS &&
           ldap_set_option(session, LDAP_OPT_TIMEOUT, &rest) == LDAP_OPT_SUCCESS &&
           ldap_get_option(session, LDAP_OPT_SOCKBUF, &stream) == LDAP_OPT_SUCCESS &&
           ber_sockbuf_ctrl(stream, LBER_SB_OPT_SET_MAX_INCOMING, &most) == 1;
}

/* libldap checks the certificate for the host in the URL. */
static bool attach(struct directory_link *link, const struct directory_place *place, int descriptor)
{
    SCOPED_ARENA arena = arena_create();
    const struct kdc_host *host = &place->address.host;
    bool is_six = strchr(host->host, ':') != NULL;
    struct text url = arena_print(arena, "%s://%s%s%s:%u", place->is_secure ? "ldaps" : "ldap",
                                  is_six ? "[" : "", host->host, is_six ? "]" : "", (unsigned)host->port);
    int flags = fcntl(descriptor, F_GETFL), on = 1;
    /* Messages to and fro are short, and each would wait for an acknowledgement of the last. */
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return flags >= 0 && fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK) == 0 &&
           ldap_init_fd(descriptor, LDAP_PROTO_TCP, url.base, &link->session) == LDAP_SUCCESS;
}

static enum adapter_outcome prepare(struct adapter_call *call, struct directory_link *link)
{
    if (!set_options(link))
        return adapter_fail(call, "libldap does not take its options");
    if (!link->is_secure)
        return ADAPTER_DONE;
    int code = ldap_install_tls(link->session);
    return code == LDAP_SUCCESS
               ? ADAPTER_DONE
               : directory_link_end(call, link, "TLS, by the authorities of the file ca and for this host",
                                    code);
}

enum adapter_outcome directory_link_open(struct adapter_call *call, struct directory_place *place,
                                         int64_t until_ms, struct directory_link **opened)
{
    int descriptor = -1;
    *opened = NULL;
    ADAPTER_TRY(connect_to(call, place, until_ms, &descriptor));
    struct directory_link *link = calloc(1, sizeof(*link));
    INVARIANT(link != NULL);
    *link = (struct directory_link){.is_secure = place->is_secure, .until_ms = until_ms};
    if (!begin_watch(link, descriptor)) {
        close(descriptor);
        free(link);
        return adapter_fail(call, "no thread or descriptor can be had for the directory");
    }
    *opened = link;
    if (attach(link, place, descriptor))
        return prepare(call, link);
    close(descriptor);
    return adapter_fail(call, "libldap does not take the connection");
}

void directory_link_close(struct directory_link *link)
{
    if (link == NULL)
        return;
    if (link->session != NULL)
        ldap_unbind_ext(link->session, NULL, NULL);
    end_watch(link);
    free(link);
}

LDAP *directory_link_session(struct directory_link *link)
{
    return link->session;
}

bool directory_link_is_secure(const struct directory_link *link)
{
    return link->is_secure;
}

struct timeval directory_link_rest(const struct directory_link *link)
{
    int64_t rest_ms = link->until_ms - stream_now_ms();
    if (rest_ms < 1)
        rest_ms = 1; /* none would be for ever */
    return (struct timeval){.tv_sec = (time_t)(rest_ms / 1000), .tv_usec = (long)(rest_ms % 1000) * 1000};
}
