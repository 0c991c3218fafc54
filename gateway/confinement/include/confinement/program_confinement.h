/* What an adapter's program may still do: run, read the system's libraries and time, talk over what it was
 * handed, and, where its document says so, connect. It is put together in the parent, since between fork and
 * exec nothing but system calls is safe, and taken up by the child as its last act before exec. Called by
 * whoever starts programs. docs/adapters/isolation.md says what each layer keeps. */
#ifndef CONFINEMENT_PROGRAM_CONFINEMENT_H
#define CONFINEMENT_PROGRAM_CONFINEMENT_H

#include <stdbool.h>
#include <stddef.h>

struct sock_filter;

/* What there is to confine with: a parameter, so that what a kernel lacks can be tried on one that has it. */
struct confinement_layers {
    int landlock_version;      /* 0: none */
    bool filters_system_calls; /* seccomp */
};
struct confinement_layers confinement_layers_of_kernel(void);

struct program_request {
    struct confinement_layers layers;
    int executed; /* descriptor of the program or of its interpreter */
    bool has_network;
    bool has_listener; /* it is handed a socket that listens, and may accept on it */
    bool has_own_user; /* so that it can signal nobody else anyway */
};

struct program_confinement {
    int rules; /* Landlock's; -1: not applied */
    unsigned long long handled;
    struct sock_filter *filter; /* NULL: not applied */
    unsigned short filter_length;
    bool guards_signals; /* neither a user of its own nor Landlock does */
};

/* What cannot be made of the layers asked for is left out, which shows in the result. */
struct program_confinement program_confinement_prepare(const struct program_request *request);
/* In the child; only system calls. False, with errno, when something that was prepared does not apply. It needs
 * PR_SET_NO_NEW_PRIVS. */
bool program_confinement_enter(const struct program_confinement *confinement);
void program_confinement_dispose(struct program_confinement *confinement);

/* Whether Landlock's rules let every program read this path, links resolved. */
bool program_confinement_lets_read(const char *resolved);

#endif
