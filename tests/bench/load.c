/* bench_load: posts one form body per line of a file over HTTP/2. Closed loop: so many connections with so many
 * streams each, a new request on a stream as soon as the last one is answered. Open loop (--rate): requests
 * begin when they are due, whatever became of those before, and their time counts from then, so that waiting
 * shows. One thread. Prints one JSON line. Every answer must have the expected status to count as good. With
 * --idle it opens so many connections, says so, and keeps them until its input ends. Talks to loopback only. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SAMPLES_MAX = 4 * 1000 * 1000, CONNECTIONS_MAX = 1024 };

struct bodies {
    const char **lines;
    size_t *lengths;
    size_t count, next;
    bool wraps;
};

struct stream {
    struct connection *connection;
    const char *body;
    size_t left;
    int64_t started_ns;
    bool is_good;
};

struct connection {
    int descriptor;
    SSL *ssl; /* NULL without TLS */
    nghttp2_session *session;
    const uint8_t *pending;
    size_t pending_length;
    int open_streams;
};

struct load {
    struct bodies bodies;
    struct connection connections[CONNECTIONS_MAX];
    int connection_count, streams, turn;
    uint16_t port;
    bool is_plain; /* HTTP/2 without TLS, by prior knowledge */
    const char *authorization, *expected, *path;
    int64_t started_ns, deadline_ns;
    double seconds, rate; /* per second; 0 = closed loop */
    uint64_t due;         /* requests of the open loop that were begun */
    uint64_t good, bad;
    uint32_t *samples; /* microseconds */
    size_t sample_count;
    bool is_over;
};

static struct load load = {
    .connection_count = 4, .streams = 8, .seconds = 3, .expected = "200", .path = "/token"};

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void __attribute__((noreturn)) die(const char *what)
{
    fprintf(stderr, "bench_load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void read_bodies(const char *path)
{
    struct stat status;
    int file = open(path, O_RDONLY);
    if (file < 0 || fstat(file, &status) != 0)
        die(path);
    size_t size = (size_t)status.st_size;
    const char *text = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
    if (text == MAP_FAILED)
        die("mmap");
    for (size_t i = 0; i < size; i++)
        load.bodies.count += text[i] == '\n';
    load.bodies.lines = calloc(load.bodies.count, sizeof(char *));
    load.bodies.lengths = calloc(load.bodies.count, sizeof(size_t));
    for (size_t line = 0; line < load.bodies.count; line++) {
        const char *end = memchr(text, '\n', size);
        load.bodies.lines[line] = text;
        load.bodies.lengths[line] = (size_t)(end - text);
        size -= (size_t)(end + 1 - text);
        text = end + 1;
    }
}

static ssize_t give_body(nghttp2_session *session, int32_t id, uint8_t *out, size_t room, uint32_t *flags,
                         nghttp2_data_source *source, void *context)
{
    (void)session, (void)id, (void)context;
    struct stream *stream = source->ptr;
    size_t length = stream->left < room ? stream->left : room;
    memcpy(out, stream->body, length);
    stream->body += length;
    stream->left -= length;
    if (stream->left == 0)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)length;
}

static nghttp2_nv header(const char *name, const char *value)
{
    return (nghttp2_nv){(uint8_t *)name, (uint8_t *)value, strlen(name), strlen(value), NGHTTP2_NV_FLAG_NONE};
}

/* False when there is nothing left to send. */
static bool submit(struct connection *connection, int64_t started_ns)
{
    struct bodies *bodies = &load.bodies;
    if (bodies->next == bodies->count && bodies->wraps)
        bodies->next = 0;
    if (bodies->next == bodies->count || started_ns >= load.deadline_ns) {
        load.is_over = true;
        return false;
    }
    struct stream *stream = calloc(1, sizeof(*stream));
    stream->connection = connection;
    stream->body = bodies->lines[bodies->next];
    stream->left = bodies->lengths[bodies->next++];
    stream->started_ns = started_ns;
    char length[24];
    snprintf(length, sizeof(length), "%zu", stream->left);
    nghttp2_nv headers[] = {header(":method", "POST"),
                            header(":scheme", load.is_plain ? "http" : "https"),
                            header(":authority", "localhost"),
                            header(":path", load.path),
                            header("content-type", "application/x-www-form-urlencoded"),
                            header("content-length", length),
                            header("authorization", load.authorization != NULL ? load.authorization : "")};
    size_t count = sizeof(headers) / sizeof(headers[0]) - (load.authorization == NULL);
    nghttp2_data_provider provider = {.source.ptr = stream, .read_callback = give_body};
    if (nghttp2_submit_request(connection->session, NULL, headers, count, &provider, stream) < 0)
        die("submit");
    connection->open_streams++;
    return true;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_length, const uint8_t *value, size_t value_length, uint8_t flags,
                     void *context)
{
    (void)flags, (void)context;
    struct stream *stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    if (stream != NULL && name_length == 7 && memcmp(name, ":status", 7) == 0)
        stream->is_good = value_length == 3 && memcmp(value, load.expected, 3) == 0;
    return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t error, void *context)
{
    struct connection *connection = context;
    struct stream *stream = nghttp2_session_get_stream_user_data(session, id);
    if (stream == NULL)
        return 0;
    if (stream->is_good && error == 0)
        load.good++;
    else
        load.bad++;
    if (load.sample_count < SAMPLES_MAX)
        load.samples[load.sample_count++] = (uint32_t)((now_ns() - stream->started_ns) / 1000);
    free(stream);
    connection->open_streams--;
    if (load.rate == 0)
        submit(connection, now_ns());
    return 0;
}

/* As write and read: 0 or less when the socket would have to be waited for. */
static ssize_t put(struct connection *connection, const uint8_t *bytes, size_t length)
{
    return connection->ssl != NULL ? SSL_write(connection->ssl, bytes, (int)length)
                                   : write(connection->descriptor, bytes, length);
}

static ssize_t take(struct connection *connection, uint8_t *bytes, size_t room)
{
    if (connection->ssl == NULL) {
        ssize_t length = read(connection->descriptor, bytes, room);
        if (length == 0)
            die("the server closed a connection");
        return length;
    }
    int length = SSL_read(connection->ssl, bytes, (int)room);
    if (length <= 0 && SSL_get_error(connection->ssl, length) != SSL_ERROR_WANT_READ)
        die("the server closed a connection");
    return length;
}

/* Writes what the session wants to send until the socket is full. */
static void flush(struct connection *connection)
{
    for (;;) {
        if (connection->pending_length == 0) {
            ssize_t length = nghttp2_session_mem_send(connection->session, &connection->pending);
            if (length <= 0)
                return;
            connection->pending_length = (size_t)length;
        }
        ssize_t written = put(connection, connection->pending, connection->pending_length);
        if (written <= 0)
            return;
        connection->pending += written;
        connection->pending_length -= (size_t)written;
    }
}

static void drain(struct connection *connection)
{
    uint8_t bytes[16 * 1024];
    for (ssize_t length; (length = take(connection, bytes, sizeof(bytes))) > 0;)
        if (nghttp2_session_mem_recv(connection->session, bytes, (size_t)length) < 0)
            die("HTTP/2");
}

static void open_connection(struct connection *connection, SSL_CTX *tls, int epoll)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(load.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1, descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(descriptor, (struct sockaddr *)&address, sizeof(address)) != 0)
        die("connect");
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    connection->descriptor = descriptor;
    if (!load.is_plain) {
        connection->ssl = SSL_new(tls);
        SSL_set_fd(connection->ssl, descriptor);
        if (SSL_connect(connection->ssl) != 1)
            die("TLS handshake");
    }
    fcntl(descriptor, F_SETFL, O_NONBLOCK);
    nghttp2_session_callbacks *callbacks;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
    nghttp2_session_client_new(&connection->session, callbacks, connection);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(connection->session, NGHTTP2_FLAG_NONE, NULL, 0);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = connection};
    epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
    flush(connection);
}

static int compare(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static bool has_open_streams(void)
{
    for (int i = 0; i < load.connection_count; i++)
        if (load.connections[i].open_streams != 0)
            return true;
    return false;
}

/* Begins what is due, on the connections in turn; what finds every stream taken begins later, and that counts.
 */
static void begin_due(void)
{
    while (!load.is_over) {
        int64_t due_ns = load.started_ns + (int64_t)((double)load.due * 1e9 / load.rate);
        if (due_ns > now_ns())
            return;
        struct connection *connection = NULL;
        for (int i = 0; connection == NULL && i < load.connection_count; i++) {
            struct connection *candidate = &load.connections[load.turn++ % load.connection_count];
            if (candidate->open_streams < load.streams)
                connection = candidate;
        }
        if (connection == NULL || !submit(connection, due_ns))
            return;
        load.due++;
        flush(connection);
    }
}

static void work(int epoll)
{
    while (!load.is_over || has_open_streams()) {
        struct epoll_event events[64];
        struct timespec soon = {.tv_nsec = 50 * 1000}, late = {.tv_sec = 10};
        int ready = epoll_pwait2(epoll, events, 64, load.rate != 0 ? &soon : &late, NULL);
        if (ready == 0 && load.rate == 0)
            die("no answer for ten seconds");
        for (int i = 0; i < ready; i++) {
            drain(events[i].data.ptr);
            flush(events[i].data.ptr);
        }
        if (load.rate != 0)
            begin_due();
    }
}

static void keep_idle(int epoll)
{
    struct epoll_event events[64];
    for (int quiet = 0; quiet < 5;) { /* settings and session tickets */
        int ready = epoll_wait(epoll, events, 64, 100);
        quiet = ready == 0 ? quiet + 1 : 0;
        for (int i = 0; i < ready; i++) {
            drain(events[i].data.ptr);
            flush(events[i].data.ptr);
        }
    }
    printf("{\"idle\":%d}\n", load.connection_count);
    fflush(stdout);
    while (getchar() != EOF)
        ;
}

static void report(void)
{
    double seconds = (double)(now_ns() - load.started_ns) / 1e9;
    qsort(load.samples, load.sample_count, sizeof(uint32_t), compare);
    printf("{\"good\":%llu,\"bad\":%llu,\"seconds\":%.3f,\"p50_us\":%u,\"p99_us\":%u,\"longest_us\":%u}\n",
           (unsigned long long)load.good, (unsigned long long)load.bad, seconds,
           load.samples[load.sample_count / 2], load.samples[load.sample_count * 99 / 100],
           load.samples[load.sample_count == 0 ? 0 : load.sample_count - 1]);
}

static bool read_options(int count, char **arguments)
{
    static const struct option options[] = {{"connections", required_argument, NULL, 'c'},
                                            {"streams", required_argument, NULL, 's'},
                                            {"seconds", required_argument, NULL, 't'},
                                            {"rate", required_argument, NULL, 'r'},
                                            {"authorization", required_argument, NULL, 'a'},
                                            {"expect", required_argument, NULL, 'e'},
                                            {"path", required_argument, NULL, 'p'},
                                            {"idle", required_argument, NULL, 'i'},
                                            {"plain", no_argument, NULL, 'P'},
                                            {"once", no_argument, NULL, 'o'},
                                            {0}};
    load.bodies.wraps = true;
    for (int option; (option = getopt_long(count, arguments, "", options, NULL)) != -1;) {
        switch (option) {
        case 'i':
            load.streams = 0;
            /* fall through */
        case 'c':
            load.connection_count = (int)strtol(optarg, NULL, 10);
            break;
        case 's':
            load.streams = (int)strtol(optarg, NULL, 10);
            break;
        case 't':
            load.seconds = strtod(optarg, NULL);
            break;
        case 'r':
            load.rate = strtod(optarg, NULL);
            break;
        case 'a':
            load.authorization = optarg;
            break;
        case 'e':
            load.expected = optarg;
            break;
        case 'p':
            load.path = optarg;
            break;
        case 'P':
            load.is_plain = true;
            break;
        case 'o':
            load.bodies.wraps = false;
            break;
        default:
            return false;
        }
    }
    if (count - optind != 2 || load.connection_count < 1 || load.connection_count > CONNECTIONS_MAX)
        return false;
    load.port = (uint16_t)strtol(arguments[optind], NULL, 10);
    read_bodies(arguments[optind + 1]);
    return true;
}

int main(int count, char **arguments)
{
    if (!read_options(count, arguments)) {
        fprintf(stderr,
                "usage: bench_load [--connections N] [--streams N] [--seconds S] [--rate N] [--expect STATUS]\n"
                "  [--authorization VALUE] [--path PATH] [--plain] [--once] [--idle N] PORT BODIES\n");
        return 2;
    }
    load.samples = calloc(SAMPLES_MAX, sizeof(uint32_t));
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_alpn_protos(tls, (const unsigned char *)"\x02h2", 3);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < load.connection_count; i++)
        open_connection(&load.connections[i], tls, epoll);
    if (load.streams == 0) {
        keep_idle(epoll);
        return 0;
    }
    load.started_ns = now_ns();
    load.deadline_ns = load.started_ns + (int64_t)(load.seconds * 1e9);
    for (int i = 0; load.rate == 0 && i < load.connection_count; i++) {
        for (int stream = 0; stream < load.streams; stream++)
            submit(&load.connections[i], now_ns());
        flush(&load.connections[i]);
    }
    work(epoll);
    report();
    return load.bad == 0 ? 0 : 1;
}
