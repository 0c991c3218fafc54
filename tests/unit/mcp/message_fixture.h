/* Messages, answers and headers out of literals; fails the test where one cannot be read. */
#ifndef TEST_MESSAGE_FIXTURE_H
#define TEST_MESSAGE_FIXTURE_H

#include "message/mcp_answer.h"
#include "relay/shown_credential.h"

enum { FIXTURE_BYTES_MAX = 1 << 20 };

#define NEW_META                                                                                               \
    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","                                   \
    "\"io.modelcontextprotocol/clientCapabilities\":{}}"
#define NEW_CALL                                                                                               \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"add\"," NEW_META "}}"
#define OLD_CALL "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"add\"}}"

struct mcp_message fixture_message(struct arena *arena, const char *body);
struct mcp_answer fixture_answer(struct arena *arena, const char *body);
const struct json_value *fixture_json(struct arena *arena, const char *text);

struct fixture_header {
    const char *name, *value; /* name NULL ends the list */
};
struct text fixture_headers_find(const void *context, const char *name, size_t nth);
#define FIXTURE_HEADERS(...)                                                                                   \
    (&(const struct shown_headers){fixture_headers_find,                                                       \
                                   (const struct fixture_header[]){__VA_ARGS__, {NULL, NULL}}})

#endif
