/* The header of the PROXY protocol: cut anywhere it says the same in the end, and never more than is there. */
#include <stdint.h>
#include <stdlib.h>

#include "origin/proxy_header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct proxy_header header, again;
    enum proxy_header_state state = PROXY_HEADER_PARTIAL;
    size_t count = 0;
    while (state == PROXY_HEADER_PARTIAL && count <= size)
        state = proxy_header_read(data, count++, &header);
    if (state == PROXY_HEADER_PARTIAL)
        return 0;
    if (proxy_header_read(data, size, &again) != state)
        abort();
    bool is_within = header.length == count - 1 && header.length <= PROXY_HEADER_BYTES_MAX;
    if (state == PROXY_HEADER_WHOLE && (!is_within || again.length != header.length))
        abort();
    return 0;
}
