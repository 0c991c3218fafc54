/* Reading what a command is given: files and standard input, bounded. Secrets are read into the run's arena,
 * which is wiped when it ends. */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "command.h"

enum { INPUT_TOKEN_MAX = 64 * 1024, INPUT_DOCUMENT_MAX = 1024 * 1024 };

/* The whole of a file, or of standard input for "-". Complains and says EXIT_CODE_REFUSED when it cannot. */
enum exit_code input_read(const struct invocation *invocation, const char *path, size_t limit,
                          struct text *content);
/* A secret: the same without white space around it, never empty; warns when others may read the file. */
enum exit_code input_read_secret(const struct invocation *invocation, const char *path, struct text *secret);

#endif
