/* Both layers, in the order that works: making Landlock's rules needs calls that the filter refuses. */
#include "confinement/confinement.h"

#include "file_rules.h"
#include "system_calls.h"

struct confinement confinement_enter(const struct confinement_request *request)
{
    struct confinement entered = {.landlock_version = file_rules_apply(request)};
    entered.filters_system_calls = system_calls_apply(request->is_sanitized);
    return entered;
}
