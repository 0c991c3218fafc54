/* The documents named with -f: read, checked for shape with their own file names and lines, and put together as
 * the one stream the gateway takes. Used by apply and diff. */
#ifndef CLI_DOCUMENTS_DOCUMENT_FILES_H
#define CLI_DOCUMENTS_DOCUMENT_FILES_H

#include "command.h"
#include "config/documents.h"
#include "documents/sent_places.h"

struct document_files {
    struct documents documents; /* in the run's arena */
    struct text stream;         /* all of them, as the gateway takes them */
    struct sent_places places;  /* where its lines are from */
};

/* EXIT_CODE_USAGE without -f, EXIT_CODE_REFUSED with a line per mistake when anything is wrong. */
enum exit_code document_files_read(const struct invocation *invocation, struct document_files *files);

#endif
