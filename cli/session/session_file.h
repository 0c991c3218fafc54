/* The session of `dragoman login`, kept between commands in a file that is its owner's alone:
 * $XDG_STATE_HOME/dragoman/session.json, or ~/.local/state/dragoman/session.json. One at a time. */
#ifndef CLI_SESSION_FILE_H
#define CLI_SESSION_FILE_H

#include "command.h"

struct session {
    struct text gateway; /* URL, without a slash at its end */
    struct text token;
    int64_t expires_at_s;
};

/* false where there is none, or none that may be used: with *why, for people, unless there is no file at all.
 */
bool session_file_read(const struct invocation *invocation, struct session *session, struct text *why);
/* Complains and says EXIT_CODE_REFUSED when it cannot. */
enum exit_code session_file_write(const struct invocation *invocation, const struct session *session);
void session_file_remove(const struct invocation *invocation);
/* A gateway's URL without what does not tell it from another. */
struct text session_gateway(struct text url);

#endif
