/* bench_adapter, bench_adapter_outside, bench_adapter_shared: the smallest adapter as a program, without
 * outside effects, with them, and with credentials that leases share; a program, since nobody hands one
 * arguments. Started by the gateway that is measured. */
#include "answering_adapter.h"

int main(void)
{
    static const struct answering_manifest manifest = {HAS_OUTSIDE_EFFECTS, IS_SHARED};
    return answering_adapter_serve(3, &manifest);
}
