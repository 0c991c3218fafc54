/* The gateway's requests by their names, run on a thread each: params read, the adapter's function called,
 * answered. */
#ifndef SDK_METHODS_H
#define SDK_METHODS_H

#include "call.h"

/* Whether there is such a method, and the adapter has what it needs. */
bool method_is_known(const struct adapter_definition *definition, struct text name);
/* Answers the call, once. */
void method_run(struct adapter_call *call);

#endif
