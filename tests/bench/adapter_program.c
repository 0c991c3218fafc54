/* bench_adapter, bench_adapter_outside: the smallest adapter as a program, without and with outside effects; a
 * program, since nobody hands one arguments. Started by the gateway that is measured. */
#include "answering_adapter.h"

int main(void)
{
    return answering_adapter_serve(3, HAS_OUTSIDE_EFFECTS);
}
