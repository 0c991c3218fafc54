/* Streams on a loop and a server that keeps its connections, for tests of which connection is used. */
#ifndef STREAM_STAGE_H
#define STREAM_STAGE_H

#include "keeping_server.h"
#include "runtime/http_stream.h"

struct stage_seen {
    struct http_stream *stream;
    unsigned number; /* of the connection, as the answer says it */
    int status;
    enum fault fault;
    char detail[160];
    unsigned char binding[64];
    size_t binding_length;
};

struct stage {
    char directory[64], certificate[96], url[64];
    struct arena *arena;
    struct loop *loop;
    struct http_streams *streams;
    struct keeping_server *server;
    unsigned ended, wanted;
    /* Of the last stage_run. */
    unsigned number;
    int status;
    enum fault fault;
    struct stage_seen seen;
};
extern struct stage stage;

int stage_open(void **state);
int stage_close(void **state);
struct http_stream_request stage_request(void);
void stage_start(const struct http_stream_request *request, struct stage_seen *seen);
void stage_wait(unsigned ends);
void stage_run(const struct http_stream_request *request);

#endif
