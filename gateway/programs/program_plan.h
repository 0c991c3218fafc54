/* Everything a start of one adapter goes by, copied out of the documents, so that it can be started again when
 * those are gone. Of what a worker says the document is believed, and nothing else. */
#ifndef PROGRAMS_PROGRAM_PLAN_H
#define PROGRAMS_PROGRAM_PLAN_H

#include "config/documents.h"
#include "programs/trusted_folder.h"

struct program_plan {
    struct arena *arena;
    struct text name;    /* as the worker calls it: the adapter's, or "~" and that for a trial */
    struct text adapter; /* the adapter's */
    struct text body;
    int source; /* the sealed memory file that the document came in; ours */
    const struct adapter_document *document;
    struct name_value_list files; /* its own, and the authorities that outbound servers are checked against */
    struct text_list allow_addresses; /* that the operator lets outbound connections go to */
    struct text_list directories, interpreters;
    bool is_isolation_waived; /* by both */
    int64_t first_user_id;
    const char *admin_socket;      /* NULL: there is none */
    const char *store_folder;      /* NULL: there is none */
    struct text_list kept_files;   /* what no adapter may read */
    struct text_list kept_folders; /* what no folder of programs may be or contain */
};

/* source becomes the plan's, also on false; then detail, PROGRAM_DETAIL_SIZE bytes, says why. */
bool program_plan_make(struct program_plan *plan, const struct documents *documents, struct text name,
                       int source, char *detail);
void program_plan_drop(struct program_plan *plan);

#endif
