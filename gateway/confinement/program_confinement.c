/* Both layers of a program, made in the parent and taken up in the child. */
#include "confinement/program_confinement.h"

#include <stdlib.h>

#include "program_calls.h"
#include "program_rules.h"

enum { SCOPED_SIGNALS = 6 /* since when Landlock keeps signals within */ };

struct confinement_layers confinement_layers_of_kernel(void)
{
    return (struct confinement_layers){.landlock_version = rule_set_version_of_kernel(),
                                       .filters_system_calls = true};
}

struct program_confinement program_confinement_prepare(const struct program_request *request)
{
    struct rule_set rules;
    struct program_confinement made = {.rules = -1};
    int version = request->layers.landlock_version;
    if (program_rules_make(&rules, version, request->executed)) {
        made.rules = rules.descriptor;
        made.handled = rules.handled;
    }
    if (request->layers.filters_system_calls)
        made.filter = program_calls_make(request->has_network, request->has_listener, &made.filter_length);
    made.guards_signals =
        made.filter != NULL && !request->has_own_user && (made.rules < 0 || version < SCOPED_SIGNALS);
    return made;
}

/* Landlock first: making its rules needs nothing that the filter refuses, but stays so by this order. */
bool program_confinement_enter(const struct program_confinement *confinement)
{
    struct rule_set rules = {.descriptor = confinement->rules, .handled = confinement->handled};
    if (rules.descriptor >= 0) {
        program_rules_add_own_process(&rules);
        if (!rule_set_apply(&rules))
            return false;
    }
    if (confinement->guards_signals && !program_calls_guard_signals())
        return false;
    return confinement->filter == NULL || program_calls_apply(confinement->filter, confinement->filter_length);
}

void program_confinement_dispose(struct program_confinement *confinement)
{
    struct rule_set rules = {.descriptor = confinement->rules};
    rule_set_end(&rules);
    free(confinement->filter);
    *confinement = (struct program_confinement){.rules = -1};
}

bool program_confinement_lets_read(const char *resolved)
{
    return program_rules_cover(resolved);
}
