/* Files that this program keeps for its user between runs, readable by nobody else, in
 * $XDG_STATE_HOME/dragoman or ~/.local/state/dragoman. Written beside and put in place, so that nobody reads
 * half of one. */
#ifndef CLI_PRIVATE_FILE_H
#define CLI_PRIVATE_FILE_H

#include "command.h"

enum { PRIVATE_FILE_BYTES_MAX = 1024 * 1024 };

/* false where there is none, or none that may be used: with *why, for people, unless there is no file at all.
 */
bool private_file_read(const struct invocation *invocation, const char *name, struct text *content,
                       struct text *why);
/* false with errno set when it cannot. */
bool private_file_write(const struct invocation *invocation, const char *name, struct text content);
void private_file_remove(const struct invocation *invocation, const char *name);

#endif
