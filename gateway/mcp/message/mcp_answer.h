/* One message of an MCP server: the body of an answer, or the data of an event. Pure. */
#ifndef MCP_MCP_ANSWER_H
#define MCP_MCP_ANSWER_H

#include "mcp_capabilities.h"
#include "mcp_message.h"

enum mcp_answer_kind { MCP_ANSWER_RESULT, MCP_ANSWER_ERROR, MCP_ANSWER_REQUEST, MCP_ANSWER_NOTIFICATION };

struct mcp_answer {
    enum mcp_answer_kind kind;
    const struct json_value *whole;
    const struct json_value *id;     /* NULL: a notification, or an error that is nobody's */
    struct text method;              /* of a request or notification */
    const struct json_value *params; /* the same */
    const struct json_value *result; /* an object */
    const struct json_value *error;  /* an object with code and message */
    int64_t code;                    /* of an error */
    struct text message;             /* the same: the server's own words */
    bool is_input_required;          /* the new generation's way of asking the client: resultType says so */
    const struct json_value *input_requests;
    struct text request_state;
};

/* FAULT_MCP_UPSTREAM_ANSWER for what is no message, as strictly as a client's is read. */
MUST_USE enum fault mcp_answer_read(struct arena *arena, struct text body, size_t bytes,
                                    struct mcp_answer *answer);
/* Whether it is the result or error of this request. */
bool mcp_answer_is_to(const struct mcp_answer *answer, const struct json_value *id);

/* Whether the server asks the client for nothing that is not permitted: as a request of its own in the old
 * generation, in inputRequests in the new one. A request with a method that nobody knows is not permitted; ping
 * is. missing (may be NULL): what it asks for that is not, for the record: sampling, elicitation, roots or the
 * method. */
bool mcp_answer_is_permitted(const struct mcp_answer *answer, const struct mcp_permitted *permitted,
                             struct text *missing);
/* What is sent back to a server whose request was not passed on: -32601 to its id. */
struct text mcp_answer_refuse(struct arena *arena, const struct mcp_answer *request);

/* Whether this answer to message says that the server knows no tool, prompt or resource of that name, in
 * whatever words a server of the official SDKs has for it. */
bool mcp_answer_says_unknown(const struct mcp_answer *answer, const struct mcp_message *message);

struct text mcp_answer_write(struct arena *arena, const struct mcp_answer *answer);
/* With this member of the result replaced or added; value NULL leaves it out. The answer is a result. */
struct text mcp_answer_write_with(struct arena *arena, const struct mcp_answer *answer, const char *member,
                                  const struct json_value *value);

#endif
