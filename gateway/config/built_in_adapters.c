/* Which names of adapters need no document. adapters/registry has the adapters themselves. */
#include "config/adapter_document.h"

#include <stddef.h>

const char *const adapters_built_in[] = {"jwt", "api-key", "vault", "mcp", NULL};
