/* Adapters of a change, one after the other. */
#include "documents/document_change.h"

static const struct document *next_to_try(struct document_change *x)
{
    while (x->tried < x->change_count) {
        const struct planned_change *change = &x->changes[x->tried++];
        if (change->kind == DOCUMENT_ADAPTER && change->document != NULL &&
            change->document->adapter.is_enabled && !text_is(text_of(change->change), "unchanged"))
            return change->document;
    }
    return NULL;
}

void document_trial_start(struct document_change *x)
{
    x->trial =
        (struct adapter_trial){.wait = x->trial.wait, .arena = x->call.arena, .document = next_to_try(x)};
    if (x->trial.document == NULL)
        flow_wait_done(&x->trial.wait);
    else
        adapter_host_try(x->call.gateway->adapter_host, &x->trial);
}

enum fault document_trial_take(struct document_change *x, bool *is_more)
{
    const struct document *document = x->trial.document;
    enum fault fault = x->trial.fault;
    *is_more = document != NULL;
    if (fault != FAULT_NONE)
        x->call.detail = arena_print(x->call.arena, "Adapter/%.*s does not work: %.*s",
                                     TEXT_ARGUMENTS(document->name), TEXT_ARGUMENTS(x->trial.detail));
    x->trial = (struct adapter_trial){0};
    return fault;
}
