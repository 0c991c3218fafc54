/* The parent process: opens the listening sockets and keeps them open, runs one worker as a child program,
 * starts another when it dies, replaces it without a gap. It never accepts, reads no request and holds no key.
 */
#ifndef SUPERVISOR_SUPERVISOR_H
#define SUPERVISOR_SUPERVISOR_H

#include "base/secret.h"
#include "config/documents.h"

/* What a process is started with, besides its environment. */
struct configuration {
    const char *path;      /* of the documents: a file or a folder */
    char *const *settings; /* "limits.threads=4", of flags --set */
    size_t setting_count;
};

/* Serves until SIGTERM or SIGINT; program is argv[0]. Returns the exit status: 0 when it was told to end, 1
 * when it could not start. */
int supervisor_run(const char *program, const struct configuration *configuration);

/* The child's side: takes its sockets and documents from the supervisor on descriptor 3, serves until SIGTERM,
 * drains. Returns the exit status; 2 when no supervisor started it. */
int worker_process_run(void);

/* The sealing key, for a command that needs it now; waits for spec.sealing.command, and standard input is no
 * way to it. NULL with a detail of SEALING_DETAIL_SIZE bytes. */
enum { SEALING_DETAIL_SIZE = 600 };
struct secret *sealing_key_bring(const struct sealing_document *settings, char *detail);

/* Reads what is to run; false if it has mistakes, which stand in documents then: a command prints them, what
 * runs logs them. */
bool start_documents_read(struct documents *documents, const struct configuration *configuration);
/* The second half of that, for documents that have been read. They may name documents that stand in the store
 * alone, so references are checked only where is_whole says that nothing is missing; but without settings there
 * is no store to look in. */
bool start_documents_are_good(struct documents *documents, bool is_whole);

#endif
