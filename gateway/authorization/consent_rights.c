/* See consent_rights.h. */
#include "consent_rights.h"

static void find_agreed(const struct person_call *call, struct consent_rights *rights)
{
    rights->agreed.count = 0;
    rights->before = TEXT_NONE;
    for (size_t i = 0; i < call->consents.count; i++) {
        const struct consent *consent = &call->consents.items[i];
        struct scope_set scopes;
        if (text_equal(consent->target, rights->target) && text_equal(consent->client, rights->program) &&
            person_call_is_live(call, consent) && !text_equal(consent->id, rights->ended) &&
            scope_set_parse(consent->scope, &scopes) == FAULT_NONE) {
            scope_set_intersect(&scopes, &call->target->scopes, &rights->agreed);
            rights->before = consent->id;
        }
    }
}

struct text consent_rights_of(const struct person_call *call, struct text asked, struct consent_rights *rights)
{
    struct scope_set all, added;
    find_agreed(call, rights);
    all = rights->agreed;
    if (scope_set_parse(asked, &added) != FAULT_NONE)
        return asked;
    for (size_t i = 0; i < added.count; i++)
        if (!scope_set_has(&all, added.scopes[i])) {
            if (all.count == SCOPES_MAX)
                return asked;
            all.scopes[all.count++] = added.scopes[i];
        }
    struct text text = scope_set_text(call->arena, &all);
    return text.length <= SCOPE_BYTES_MAX ? text : asked;
}
