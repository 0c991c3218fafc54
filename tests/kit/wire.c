/* Blocking sockets with receive timeouts; HPACK only as far as literal fields and plain status codes go. */
#include "wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { RECEIVED_MAX = 4 * 1024 * 1024, TIMEOUT_S = 8, FRAME_HEADER = 9 };

struct wire {
    int descriptor;
    SSL_CTX *context;
    SSL *ssl;
    char *received;
    size_t length;
};

static void *must(void *memory)
{
    if (memory == NULL)
        abort();
    return memory;
}

static struct wire *wrap(int descriptor)
{
    struct wire *wire = must(calloc(1, sizeof(*wire)));
    struct timeval timeout = {.tv_sec = TIMEOUT_S};
    static const int on = 1;
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    wire->descriptor = descriptor;
    wire->received = must(calloc(1, RECEIVED_MAX + 1));
    return wire;
}

/* receive_buffer: 0 for what the system gives. Small segments keep the other side's send buffer small too. */
static struct wire *open_tcp(uint16_t port, int receive_buffer)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        abort();
    static const int segment = 536;
    if (receive_buffer != 0) {
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
        setsockopt(descriptor, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof(segment));
    }
    if (connect(descriptor, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        close(descriptor);
        return NULL;
    }
    return wrap(descriptor);
}

struct wire *wire_open_tcp(uint16_t port)
{
    return open_tcp(port, 0);
}

struct wire *wire_open_unix(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        abort();
    if (connect(descriptor, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        close(descriptor);
        return NULL;
    }
    return wrap(descriptor);
}

static struct wire *open_tls(uint16_t port, const char *protocol, int version, int receive_buffer)
{
    struct wire *wire = open_tcp(port, receive_buffer);
    if (wire == NULL)
        return NULL;
    wire->context = must(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_security_level(wire->context, 0); /* old versions are to be refused by the server, not here */
    SSL_CTX_set_min_proto_version(wire->context, 0);
    SSL_CTX_set_max_proto_version(wire->context, version);
    wire->ssl = must(SSL_new(wire->context));
    if (protocol != NULL) {
        unsigned char offer[64] = {(unsigned char)strlen(protocol)};
        memcpy(offer + 1, protocol, strlen(protocol));
        SSL_set_alpn_protos(wire->ssl, offer, 1 + (unsigned)strlen(protocol));
    }
    SSL_set_fd(wire->ssl, wire->descriptor);
    if (SSL_connect(wire->ssl) != 1) {
        wire_close(wire);
        return NULL;
    }
    return wire;
}

struct wire *wire_open_tls_version(uint16_t port, const char *protocol, int version)
{
    return open_tls(port, protocol, version, 0);
}

struct wire *wire_open_tls_window(uint16_t port, const char *protocol, int receive_buffer)
{
    return open_tls(port, protocol, TLS1_3_VERSION, receive_buffer);
}

bool wire_agreed_on(const struct wire *wire, const char *protocol)
{
    const unsigned char *selected = NULL;
    unsigned length = 0;
    SSL_get0_alpn_selected(wire->ssl, &selected, &length);
    return length == strlen(protocol) && memcmp(selected, protocol, length) == 0;
}

struct wire *wire_open_tls(uint16_t port, const char *protocol)
{
    return wire_open_tls_version(port, protocol, TLS1_3_VERSION);
}

void wire_close(struct wire *wire)
{
    if (wire == NULL)
        return;
    SSL_free(wire->ssl);
    SSL_CTX_free(wire->context);
    close(wire->descriptor);
    free(wire->received);
    free(wire);
}

bool wire_write(struct wire *wire, const void *bytes, size_t length)
{
    for (size_t done = 0; done < length;) {
        const char *rest = (const char *)bytes + done;
        ssize_t written = wire->ssl != NULL ? SSL_write(wire->ssl, rest, (int)(length - done))
                                            : send(wire->descriptor, rest, length - done, MSG_NOSIGNAL);
        if (written <= 0)
            return false;
        done += (size_t)written;
    }
    return true;
}

void wire_cork(struct wire *wire, bool is_corked)
{
    int value = is_corked;
    setsockopt(wire->descriptor, IPPROTO_TCP, TCP_CORK, &value, sizeof(value));
}

bool wire_update_keys(struct wire *wire, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (SSL_key_update(wire->ssl, SSL_KEY_UPDATE_NOT_REQUESTED) != 1 || SSL_do_handshake(wire->ssl) != 1)
            return false;
    }
    return true;
}

bool wire_write_text(struct wire *wire, const char *text)
{
    return wire_write(wire, text, strlen(text));
}

static bool read_more(struct wire *wire, size_t most)
{
    size_t space = RECEIVED_MAX - wire->length;
    if (most > space)
        most = space;
    if (most == 0)
        abort();
    char *at = wire->received + wire->length;
    ssize_t got = wire->ssl != NULL ? SSL_read(wire->ssl, at, (int)most) : recv(wire->descriptor, at, most, 0);
    if (got <= 0)
        return false;
    wire->length += (size_t)got;
    wire->received[wire->length] = '\0';
    return true;
}

bool wire_read_until(struct wire *wire, const char *text)
{
    while (strstr(wire->received, text) == NULL) {
        if (!read_more(wire, 16 * 1024))
            return false;
    }
    return true;
}

bool wire_read_end(struct wire *wire)
{
    struct timeval start, end;
    gettimeofday(&start, NULL);
    while (read_more(wire, 16 * 1024))
        ;
    gettimeofday(&end, NULL);
    return end.tv_sec - start.tv_sec < TIMEOUT_S;
}

const char *wire_received(const struct wire *wire)
{
    return wire->received;
}

void wire_forget(struct wire *wire)
{
    wire->length = 0;
    wire->received[0] = '\0';
}

/* --- HTTP/2 --- */

static void append(struct wire_frames *frames, const void *bytes, size_t length)
{
    frames->bytes = must(realloc(frames->bytes, frames->length + length + 1));
    if (length != 0)
        memcpy(frames->bytes + frames->length, bytes, length);
    frames->length += length;
}

void wire_frames_add(struct wire_frames *frames, uint8_t type, uint8_t flags, uint32_t stream,
                     const void *payload, size_t length)
{
    unsigned char header[FRAME_HEADER] = {
        (unsigned char)(length >> 16),
        (unsigned char)(length >> 8),
        (unsigned char)length,
        type,
        flags,
        (unsigned char)(stream >> 24),
        (unsigned char)(stream >> 16),
        (unsigned char)(stream >> 8),
        (unsigned char)stream,
    };
    append(frames, header, sizeof(header));
    append(frames, payload, length);
}

void wire_frames_preface(struct wire_frames *frames)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    append(frames, preface, sizeof(preface) - 1);
    wire_frames_add(frames, WIRE_SETTINGS, 0, 0, NULL, 0);
}

/* A literal without indexing; the name is one of HPACK's static table (RFC 7541 appendix A). */
static void append_literal(struct wire_frames *block, unsigned char name, const char *value, size_t length)
{
    unsigned char head[] = {name, 127, 0, 0, 0};
    size_t head_length = 2;
    if (length < 127) {
        head[1] = (unsigned char)length;
    } else { /* RFC 7541 section 5.1, a 7-bit prefix */
        size_t rest = length - 127;
        for (; rest >= 128; rest /= 128)
            head[head_length++] = (unsigned char)(rest % 128 + 128);
        head[head_length++] = (unsigned char)rest;
    }
    append(block, head, head_length);
    append(block, value, length);
}

void wire_frames_request(struct wire_frames *frames, uint32_t stream, const char *method, const char *path,
                         size_t path_length, unsigned extra_headers, bool ends)
{
    struct wire_frames block = {0};
    static const unsigned char scheme_https = 0x87;
    append_literal(&block, 2, method, strlen(method));
    append(&block, &scheme_https, 1);
    append_literal(&block, 4, path, path_length);
    append_literal(&block, 1, "localhost", 9);
    for (unsigned i = 0; i < extra_headers; i++) {
        char name[16];
        unsigned char length = (unsigned char)snprintf(name, sizeof(name), "x-%u", i);
        append(&block, "\0", 1);
        append(&block, &length, 1);
        append(&block, name, length);
        append(&block, "\x01v", 2);
    }
    uint8_t flags = (uint8_t)(WIRE_END_HEADERS | (ends ? WIRE_END_STREAM : 0));
    wire_frames_add(frames, WIRE_HEADERS, flags, stream, block.bytes, block.length);
    free(block.bytes);
}

void wire_frames_reset(struct wire_frames *frames, uint32_t stream)
{
    static const unsigned char cancel[4] = {0, 0, 0, 8};
    wire_frames_add(frames, WIRE_RST_STREAM, 0, stream, cancel, sizeof(cancel));
}

bool wire_frames_send(struct wire_frames *frames, struct wire *wire)
{
    bool is_sent = wire_write(wire, frames->bytes, frames->length);
    free(frames->bytes);
    *frames = (struct wire_frames){0};
    return is_sent;
}

static bool read_exactly(struct wire *wire, void *out, size_t length)
{
    while (wire->length < length) {
        if (!read_more(wire, length - wire->length))
            return false;
    }
    memcpy(out, wire->received, length);
    memmove(wire->received, wire->received + length, wire->length - length + 1);
    wire->length -= length;
    return true;
}

static long read_any_frame(struct wire *wire, uint8_t *type, uint32_t *stream, unsigned char **payload)
{
    unsigned char header[FRAME_HEADER];
    if (!read_exactly(wire, header, sizeof(header)))
        return -1;
    size_t length = (size_t)header[0] << 16 | (size_t)header[1] << 8 | header[2];
    *type = header[3];
    *stream = (uint32_t)header[5] << 24 | (uint32_t)header[6] << 16 | (uint32_t)header[7] << 8 | header[8];
    *payload = must(malloc(length + 1));
    if (read_exactly(wire, *payload, length))
        return (long)length;
    free(*payload);
    return -1;
}

long wire_read_frame(struct wire *wire, uint8_t wanted_type, uint32_t wanted_stream, void *out, size_t size)
{
    uint8_t type;
    uint32_t stream;
    unsigned char *payload;
    for (long length; (length = read_any_frame(wire, &type, &stream, &payload)) >= 0; free(payload)) {
        if (type != wanted_type || (wanted_stream != 0 && stream != wanted_stream))
            continue;
        memcpy(out, payload, (size_t)length < size ? (size_t)length : size);
        free(payload);
        return length;
    }
    return -1;
}

/* The first field of a response is :status, number 8 to 14 of the static table or a literal of that name. */
static int status_of(const unsigned char *block, long length)
{
    static const int indexed[] = {200, 204, 206, 304, 400, 404, 500};
    if (length >= 1 && block[0] >= 0x88 && block[0] <= 0x8e)
        return indexed[block[0] - 0x88];
    if (length >= 5 && block[1] == 3)
        return (block[2] - '0') * 100 + (block[3] - '0') * 10 + (block[4] - '0');
    return -1;
}

int wire_read_status(struct wire *wire, uint32_t wanted_stream, bool *was_reset)
{
    uint8_t type;
    uint32_t stream;
    unsigned char *payload;
    *was_reset = false;
    for (long length; (length = read_any_frame(wire, &type, &stream, &payload)) >= 0; free(payload)) {
        if (stream != wanted_stream || (type != WIRE_HEADERS && type != WIRE_RST_STREAM))
            continue;
        int status = type == WIRE_HEADERS ? status_of(payload, length) : -1;
        *was_reset = type == WIRE_RST_STREAM;
        free(payload);
        return status;
    }
    return -1;
}
