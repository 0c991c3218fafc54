/* dragoman mcp connect: between one client that speaks MCP on standard input and output and one server that
 * speaks it over HTTP. Everything here is on one loop. shim_call.c is one message on its way, shim_credential.c
 * what it shows; shim.c has the rest of what messages share: the session, what goes to the client, the end. */
#ifndef CLI_SHIM_H
#define CLI_SHIM_H

#include "command.h"
#include "runtime/http_stream.h"
#include "shim_challenge.h"
#include "shim_events.h"
#include "shim_input.h"
#include "shim_login.h"
#include "shim_message.h"
#include "shim_parameters.h"

enum {
    SHIM_CALLS_MAX = 64,  /* requests at once; further ones are answered with an error */
    SHIM_LOGINS_MAX = 2,  /* in a row: for one call, and that failed */
    SHIM_RESUMES_MAX = 5, /* in a row without an event */
    SHIM_ERROR = -32000   /* of JSON-RPC, for what this program cannot do */
};

enum shim_purpose {
    SHIM_SEND,   /* POST one message of the client */
    SHIM_LISTEN, /* GET what the server sends on its own; older generation */
    SHIM_LEAVE   /* DELETE the session; older generation */
};

struct shim;

struct shim_call {
    struct shim *shim;
    struct shim_call *next, *previous;
    enum shim_purpose purpose;
    struct arena *arena;
    struct text line; /* of SHIM_SEND */
    struct shim_message message;
    struct http_stream *stream; /* NULL: none is under way */
    struct loop_timer timer;    /* until it is resumed, or given up */
    bool is_gate;               /* what comes after it waits until it is answered */
    bool is_waiting;            /* for a login */
    bool is_answered;           /* the client has the response */
    bool resumes;               /* the next start is GET with the last id */
    unsigned logins, resume_count, credential_number;
    /* Of the answer under way. */
    int status;
    bool is_event_stream;
    struct text challenge;    /* WWW-Authenticate */
    struct text wanted_scope; /* as that says */
    struct buffer body;
    struct shim_events events;
};

struct shim {
    const struct invocation *invocation;
    struct loop *loop;
    struct http_streams *streams;
    struct text server;
    struct shim_input input;
    struct shim_call *first;
    unsigned call_count, gate_count;
    struct loop_watch *signals;
    int signal_descriptor;
    struct loop_timer patience; /* at the end */
    struct loop_task ending;
    bool input_has_ended, is_leaving, is_over;
    enum exit_code code;
    /* Of the older generation, as its server said. */
    struct text session, version;
    bool is_listening;
    struct shim_parameters parameters; /* of the newer one */
    /* The credential. */
    struct text token, held_scope, asked_scope, client_id, allowed_issuer;
    const char *token_file;
    bool opens_browser, remembers;
    unsigned credential_number; /* grows with each */
    unsigned failed_logins;
    struct shim_login *login;
};

/* -- shim.c */
/* One line to the client. */
void shim_write(struct shim *shim, struct text message);
/* An error to the client if it waits for this call, and on standard error. */
void shim_fail_call(struct shim_call *call, struct text what);
/* What initialize brought: its result, or before that the session's id in the head; the other is NULL. */
void shim_begin_session(struct shim *shim, const struct json_value *result, struct text session);
/* It is agreed: what the server sends on its own can be listened to, in the older generation. */
void shim_listen(struct shim *shim);
/* The server does not know the session any more. */
void shim_lose_session(struct shim *shim);
/* A call is gone. */
void shim_call_has_ended(struct shim *shim);
/* Runs until the client has left, the server has forgotten it, or nothing can be written any more. */
enum exit_code shim_run(struct shim *shim);
struct text shim_explain_failure(struct arena *arena, struct text server, const char *detail);

/* -- shim_credential.c */
/* What there is before the server asks. Complains. */
enum exit_code shim_credential_open(struct shim *shim);
/* The server refused the credential that this call showed: gets another one, or fails it. */
void shim_want_credential(struct shim_call *call, const struct shim_challenge *challenge);

/* -- shim_call.c */
/* line is TEXT_NONE but for SHIM_SEND. Copies. */
struct shim_call *shim_call_create(struct shim *shim, enum shim_purpose purpose, struct text line);
void shim_call_start(struct shim_call *call);
void shim_call_dispose(struct shim_call *call);

#endif
