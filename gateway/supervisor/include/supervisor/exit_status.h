/* What the exit status of dragomand means, whichever of its processes ends with it. docs/operations.md lists
 * them. */
#ifndef SUPERVISOR_EXIT_STATUS_H
#define SUPERVISOR_EXIT_STATUS_H

enum exit_status {
    EXIT_STATUS_FINE = 0,
    EXIT_STATUS_FAILED = 1,         /* a mistake in documents or files, a store or an address out of reach */
    EXIT_STATUS_USAGE = 2,          /* the command line itself */
    EXIT_STATUS_KEY_WRONG = 3,      /* of a worker: the sealing key does not open what is in the store */
    EXIT_STATUS_NOT_EXECUTED = 127, /* of a worker: its program cannot be executed, as a shell says it */
};

#endif
