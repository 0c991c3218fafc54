/* The ways to the sealing key that need no waiting: a file, a credential of the service manager, a variable of
 * the environment. sealing_command.c has the one that does. */
#ifndef SUPERVISOR_SEALING_SOURCE_H
#define SUPERVISOR_SEALING_SOURCE_H

#include "base/secret.h"
#include "config/documents.h"

enum sealing_source {
    SEALING_KEY_FILE,
    SEALING_CREDENTIAL,
    SEALING_ENVIRONMENT,
    SEALING_COMMAND,
    SEALING_MANUAL
};

enum sealing_source sealing_source_of(const struct sealing_document *settings);
/* As its member of spec.sealing is called. */
const char *sealing_source_name(enum sealing_source source);
/* The key, which is the caller's; NULL with a detail of SEALING_KEY_DETAIL_SIZE bytes. What stood in the
 * environment is wiped, so that it can be had once. For the first three sources. */
struct secret *sealing_source_read(const struct sealing_document *settings, char *detail);

#endif
