/* Answers every mint at once with a key of its own, reading lines and writing answers as many at a time as
 * there are. It parses nothing that it does not need: what it costs itself is not what is measured. */
#include "answering_adapter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 256 * 1024 };

static size_t answer_initialize(long long id, const struct answering_manifest *manifest, char *out, size_t room)
{
    return (size_t)snprintf(
        out, room,
        "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"result\":{\"protocol\":1,\"manifest\":{"
        "\"name\":\"bench\",\"version\":\"1\",\"credentials\":[{\"type\":\"urn:x:key\","
        "\"token_type\":\"N_A\"}],\"outside_effects\":%s,\"shares\":%s,\"network\":\"none\","
        "\"concurrency\":1024}}}\n",
        id, manifest->has_outside_effects ? "true" : "false", manifest->is_shared ? "true" : "false");
}

static size_t answer(const char *line, const struct answering_manifest *manifest, char *out, size_t room)
{
    const char *number = strstr(line, "\"id\":"), *ends = strstr(line, "\"expires_at\":");
    if (number == NULL)
        return 0;
    long long id = strtoll(number + 5, NULL, 10);
    if (strstr(line, "\"method\":\"initialize\"") != NULL)
        return answer_initialize(id, manifest, out, room);
    if (ends == NULL)
        return (size_t)snprintf(out, room,
                                "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"result\":{\"status\":\"good\"}}\n", id);
    return (size_t)snprintf(out, room,
                            "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"result\":{\"credential\":\"sk-%lld-"
                            "0123456789abcdefghijklmnopqrstuvwxyz\","
                            "\"type\":\"urn:x:key\",\"expires_at\":%lld,\"scopes\":[\"orders:read\"],"
                            "\"presentation\":{\"in\":\"header\",\"name\":\"x-api-key\"},"
                            "\"handle\":\"key_123\"}}\n",
                            id, id, strtoll(ends + 13, NULL, 10));
}

int answering_adapter_serve(int descriptor, const struct answering_manifest *manifest)
{
    static char in[LINE_MAX_BYTES], out[LINE_MAX_BYTES];
    size_t length = 0;
    for (;;) {
        ssize_t got = read(descriptor, in + length, sizeof(in) - length - 1);
        if (got < 0)
            perror("read");
        if (got <= 0)
            return got < 0;
        length += (size_t)got;
        size_t written = 0;
        char *line = in;
        for (char *end; (end = memchr(line, '\n', length - (size_t)(line - in))) != NULL; line = end + 1) {
            *end = '\0';
            written += answer(line, manifest, out + written, sizeof(out) - written);
        }
        length -= (size_t)(line - in);
        memmove(in, line, length);
        if (written != 0 && write(descriptor, out, written) != (ssize_t)written) {
            perror("write");
            return 1;
        }
    }
}
