/* What a test's own process writes to standard error, such as the log, caught between two calls. */
#ifndef KIT_STANDARD_ERROR_H
#define KIT_STANDARD_ERROR_H

#include <stddef.h>

enum { STANDARD_ERROR_MAX = 8191 };

void standard_error_catch(void);
/* Gives standard error back; what was written since, at most STANDARD_ERROR_MAX bytes, stays until the next
 * call. */
const char *standard_error_release(void);

#endif
