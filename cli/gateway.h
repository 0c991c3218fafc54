/* Calls to a gateway: its public endpoints by URL and its admin API, one blocking request each, with
 * complaints that say what to do. Tells "cannot be reached" (EXIT_CODE_UNREACHABLE) from "said no"
 * (EXIT_CODE_REFUSED). */
#ifndef CLI_GATEWAY_H
#define CLI_GATEWAY_H

#include "base/buffer.h"
#include "command.h"
#include "json/json_value.h"

struct reply {
    int status;
    struct text body;              /* in the run's arena */
    const struct json_value *json; /* NULL where the body is not JSON */
};

/* One request to any URL, trusting --ca-file, connected to where --connect-to says. Complains only when nothing
 * answered. */
enum exit_code gateway_fetch(const struct invocation *invocation, struct text method, struct text url,
                             const struct text *headers, size_t header_count, struct text body,
                             struct reply *reply);
/* The URL of a public endpoint; TEXT_NONE after a complaint when no gateway is named. path starts with '/'. */
struct text gateway_url(const struct invocation *invocation, const char *path);

/* Complains about every status but 2xx with the problem's own words (RFC 9457), its mistakes one a line; and
 * about an answer that is no JSON. */
enum exit_code gateway_check(const struct invocation *invocation, const struct reply *reply);

/* One request to the admin API, on its socket or with the session of `dragoman login`; path from '/v1' on, body
 * TEXT_NONE for none. Complains as gateway_check does. */
enum exit_code gateway_administer(const struct invocation *invocation, const char *method, struct text path,
                                  struct text body, struct reply *reply);

/* The socket that gateway_administer calls by, or NULL where it is a session that it uses. After it succeeded.
 */
const char *gateway_socket(const struct invocation *invocation);

/* GET of a path on the admin socket whatever kind of answer it is, such as /metrics. Complains as
 * gateway_administer does, but for is_quiet. */
enum exit_code gateway_read_socket(const struct invocation *invocation, struct text path, bool is_quiet,
                                   struct reply *reply);

/* The one thing of a collection ("/v1/records") that the command's first argument names; as gateway_administer.
 */
enum exit_code gateway_look_up(const struct invocation *invocation, const char *collection,
                               struct reply *reply);

/* Says that of what was shown some may be dead, where the gateway does not know all kills. */
void gateway_warn_of_kills(const struct invocation *invocation, bool are_known);

/* One more parameter of a form, percent-encoded. */
void gateway_add_parameter(struct arena *arena, struct buffer *form, const char *name, struct text value);

/* Percent-encoded, for one segment of a path or a value in a query or form (RFC 3986 section 2.3). */
struct text gateway_escape(struct arena *arena, struct text text);

#endif
