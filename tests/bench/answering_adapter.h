/* An adapter as small as one can be (adapters/PROTOCOL.md), to measure what the gateway spends on any. */
#ifndef ANSWERING_ADAPTER_H
#define ANSWERING_ADAPTER_H

#include <stdbool.h>

struct answering_manifest {
    bool has_outside_effects, is_shared;
};

/* Until the other end closes; returns the exit status. */
int answering_adapter_serve(int descriptor, const struct answering_manifest *manifest);

#endif
