/* adapter_run() without what a process does once, on any descriptor: what tests start in processes of their
 * own. */
#ifndef SDK_RUN_H
#define SDK_RUN_H

#include "dragoman/adapter_sdk.h"

int adapter_run_on(const struct adapter_definition *definition, int descriptor);

#endif
