/* Opens an address in the browser of whoever sits here, if there is a way to; says nothing and waits for
 * nothing. The address is printed besides: there may be no browser. */
#ifndef CLI_BROWSER_H
#define CLI_BROWSER_H

#include "base/text.h"

/* url is zero-terminated. */
void browser_open(struct text url);

#endif
