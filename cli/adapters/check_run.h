/* Runs the checks of the kit, several at once, and tells of each in their order. Knows no command line. */
#ifndef CLI_ADAPTERS_CHECK_RUN_H
#define CLI_ADAPTERS_CHECK_RUN_H

#include "kit.h"

struct check_run {
    struct kit *kit;
    const char *const *only; /* beginnings of ids, or NULL: all */
    size_t only_count;
    unsigned threads;
    /* Of each, in the order of the tables, as soon as all before it are done; on one thread at a time. */
    void (*tell)(void *context, const struct trial *trial);
    void *context;
    size_t counts[VERDICT_NOT_REACHED + 1];
    size_t total;
};

/* What the checks need to know first: the manifest, whether it mints, what it uses. */
void check_run_look(struct kit *kit);
void check_run_all(struct check_run *run);

#endif
