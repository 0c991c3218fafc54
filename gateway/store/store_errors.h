/* Errors of an engine by kind, for the metrics: what an operator would look at differently. */
#ifndef STORE_STORE_ERRORS_H
#define STORE_STORE_ERRORS_H

#include "runtime/metrics.h"

/* By SQLSTATE (PostgreSQL's Appendix A); NULL or empty: the connection is gone. */
enum metric store_error_of_state(const char *state);
/* By SQLite's result code. */
enum metric store_error_of_code(int code);

#endif
