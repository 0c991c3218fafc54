/* One edition of the documents: the files as they were at one moment, so that a worker can be started with them
 * again whatever has become of the files since. Kept in memory that nobody can write any more and that workers
 * are handed a descriptor of. The files that documents name (certificates, secrets) are no part of it. */
#ifndef SUPERVISOR_EDITION_H
#define SUPERVISOR_EDITION_H

#include "config/documents.h"
#include "supervisor/supervisor.h"

struct edition {
    struct arena *arena; /* NULL: there is none */
    struct documents documents;
    int descriptor;
};

/* Reads the files as they are now; mistakes go to standard error. On false there is no edition. */
bool edition_read(struct edition *edition, const struct configuration *configuration);
/* From a descriptor that is the edition's from now on, of an edition another process made. */
bool edition_take(struct edition *edition, int descriptor);
const struct gateway_document *edition_settings(const struct edition *edition);
/* What the files would make now: the same edition, another one, or mistakes, which go to standard error. */
enum edition_difference { EDITION_SAME, EDITION_OTHER, EDITION_MISTAKEN };
enum edition_difference edition_compare(const struct edition *edition,
                                        const struct configuration *configuration);
/* A worker is started with what it was before: whoever has edited the files since hears that it is not that.
 * False: they have mistakes. */
bool edition_compare_with_disk(const struct edition *edition, const struct configuration *configuration);
void edition_drop(struct edition *edition);

#endif
