/* Adapters that are programs are tried before their documents are stored: what cannot be started is not for the
 * store. */
#include "documents/document_change.h"

/* The next Adapter that is new or another. */
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
    x->trial.arena = x->call.arena;
    x->trial.document = next_to_try(x);
    if (x->trial.document == NULL)
        flow_wait_done(&x->trial.wait);
    else
        adapter_host_try(x->call.gateway->adapter_host, &x->trial);
}
