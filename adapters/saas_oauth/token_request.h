/* The one function by which anything is asked of the other side, and the reading of what comes back. Nothing
 * that came is trusted to be what it should be: any status, type, size and shape ends as one of the adapter's
 * outcomes (upstream_error.h has the table), and nothing secret is repeated in messages. */
#ifndef SAAS_OAUTH_TOKEN_REQUEST_H
#define SAAS_OAUTH_TOKEN_REQUEST_H

#include "form.h"
#include "grant.h"
#include "upstream_error.h"

/* The longest that are taken. */
enum { TOKEN_TEXT_MAX = 32 * 1024, TOKEN_SCOPE_MAX = 8 * 1024 };

enum answer_kind { ANSWER_JSON, ANSWER_XML, ANSWER_NONE /* its body says nothing */ };

struct upstream_answer;

struct token_request {
    struct text url;            /* TEXT_NONE: settings.token_endpoint */
    struct text method;         /* TEXT_NONE: POST */
    struct form *form;          /* sent as a form; what authenticates the client is added to it. NULL: json */
    struct text json;           /* sent as application/json; TEXT_NONE besides a NULL form: no body */
    const struct text *headers; /* "name: value", besides content-type and accept */
    size_t header_count;
    struct text secret;      /* in headers or json: what no message may repeat, besides the form's */
    bool is_unauthenticated; /* this client does not say who it is: what is sent says enough */
    enum answer_kind answer; /* of a success; errors of the other kind are read as well as they can be */
    /* Where errors are neither OAuth's nor Google's nor GitHub's: finds them in an answer, whatever its status.
     * Code and description are TEXT_NONE before; what it leaves so is none. NULL: those three. */
    void (*find_error)(const struct upstream_answer *answer, struct text *code, struct text *description);
    bool takes_any_token_type; /* of token_request_token: the token is no access token ("N_A") but goes on
                                  elsewhere */
};

struct upstream_answer {
    struct text body;
    const struct json_value *json; /* an object, where that is what the answer is; NULL for others */
    struct upstream_error error;   /* kind UPSTREAM_FINE: none */
};

/* ADAPTER_DONE for everything that was answered, errors too, which are in answer->error: for who makes more of
 * one than upstream_error_end does. */
MUST_USE enum adapter_outcome token_request_send(const struct grant_run *run,
                                                 const struct token_request *request,
                                                 struct upstream_answer *answer);
/* The same, and errors are ended. With ANSWER_JSON answer->json is an object. */
MUST_USE enum adapter_outcome token_request_answer(const struct grant_run *run,
                                                   const struct token_request *request,
                                                   struct upstream_answer *answer);
/* The same, and a token is read from it (token_read). */
MUST_USE enum adapter_outcome token_request_token(const struct grant_run *run,
                                                  const struct token_request *request, struct token *token);
/* RFC 6749 section 5.1. Where it fails token->refresh_token is there all the same, if the answer had one. It is
 * as it came: whoever keeps it looks at it first (connection_check_refresh_token). */
MUST_USE enum adapter_outcome token_read(const struct grant_run *run, const struct json_value *json,
                                         bool takes_any_token_type, struct token *token);
/* Plain ASCII without spaces, 1 to 32768 characters: fit for a header. */
bool is_token_text(struct text text);

#endif
