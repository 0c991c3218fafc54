/* An adapter as small as one can be (adapters/PROTOCOL.md), to measure what the gateway spends on any. */
#ifndef ANSWERING_ADAPTER_H
#define ANSWERING_ADAPTER_H

#include <stdbool.h>

/* Until the other end closes; returns the exit status. */
int answering_adapter_serve(int descriptor, bool has_outside_effects);

#endif
