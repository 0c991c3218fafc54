/* The first call that gets to it opens, on its own thread and with its own deadline, so that the reading thread
 * goes on answering; a call that ends meanwhile has not failed at it, and the next one tries again. */
#include "opening.h"

#include <time.h>

#include "base/clock.h"
#include "call.h"

void opening_begin(struct opening *opening)
{
    pthread_condattr_t attributes;
    *opening = (struct opening){.arena = arena_create()};
    INVARIANT(pthread_mutex_init(&opening->mutex, NULL) == 0);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    INVARIANT(pthread_cond_init(&opening->changed, &attributes) == 0);
    pthread_condattr_destroy(&attributes);
}

static enum adapter_outcome open_now(struct adapter_call *call, void **context)
{
    const struct adapter_definition *definition = call->program->definition;
    if (definition->needs_listener && call->program->listener < 0)
        return adapter_misconfigured(
            call, NULL,
            "this adapter needs a socket to listen on: its Adapter document has to say "
            "loopbackListener: true (and network: any)");
    return definition->open != NULL ? definition->open(call, context) : ADAPTER_DONE;
}

static struct text keep(struct opening *opening, struct text text)
{
    return text.base != NULL ? arena_copy(opening->arena, text) : TEXT_NONE;
}

/* Under the mutex. */
static void remember(struct opening *opening, const struct adapter_call *call, enum adapter_outcome outcome)
{
    opening->failure = (struct opening_failure){.outcome = outcome};
    if (outcome == ADAPTER_DONE)
        return;
    opening->failure.said = keep(opening, call->said);
    opening->failure.shown = keep(opening, call->shown);
    opening->failure.path = keep(opening, call->path);
    opening->failure.retry_after_s = call->retry_after_s;
    opening->failure.about = call->about;
}

/* Under the mutex, which is let go of while it opens. */
static enum adapter_outcome open_and_remember(struct opening *opening, struct adapter_call *call)
{
    void *context = NULL;
    opening->is_running = true;
    pthread_mutex_unlock(&opening->mutex);
    enum adapter_outcome outcome = open_now(call, &context);
    bool is_broken_off = outcome == ADAPTER_CANCELLED || (outcome != ADAPTER_DONE && adapter_is_over(call));
    pthread_mutex_lock(&opening->mutex);
    opening->is_running = false;
    opening->is_over = !is_broken_off;
    if (outcome == ADAPTER_DONE)
        opening->context = context;
    if (!is_broken_off)
        remember(opening, call, outcome);
    pthread_cond_broadcast(&opening->changed);
    return outcome;
}

/* Under the mutex; until something has changed or the call's deadline has come. */
static void wait_for_change(struct opening *opening, struct adapter_call *call)
{
    int64_t until_us = clock_monotonic_us() + adapter_remaining_ms(call) * 1000;
    struct timespec until = {.tv_sec = until_us / 1000000, .tv_nsec = until_us % 1000000 * 1000};
    pthread_cond_timedwait(&opening->changed, &opening->mutex, &until);
}

/* What was remembered outlasts every call. */
static enum adapter_outcome end_like_opening(const struct opening *opening, struct adapter_call *call)
{
    const struct opening_failure *failure = &opening->failure;
    if (failure->outcome == ADAPTER_DONE)
        return ADAPTER_DONE;
    call->said = failure->said;
    call->shown = failure->shown;
    call->path = failure->path;
    call->retry_after_s = failure->retry_after_s;
    call->about = failure->about;
    return failure->outcome;
}

enum adapter_outcome opening_settle(struct adapter_call *call)
{
    struct opening *opening = &call->program->opening;
    enum adapter_outcome outcome;
    pthread_mutex_lock(&opening->mutex);
    while (opening->is_running && !adapter_is_over(call))
        wait_for_change(opening, call);
    if (opening->is_over)
        outcome = end_like_opening(opening, call);
    else if (opening->is_running || adapter_is_over(call))
        outcome = ADAPTER_CANCELLED;
    else
        outcome = open_and_remember(opening, call);
    pthread_mutex_unlock(&opening->mutex);
    return outcome;
}

void opening_wake(struct opening *opening)
{
    pthread_mutex_lock(&opening->mutex);
    pthread_cond_broadcast(&opening->changed);
    pthread_mutex_unlock(&opening->mutex);
}

void opening_dispose(struct opening *opening, const struct adapter_definition *definition)
{
    bool is_open = opening->is_over && opening->failure.outcome == ADAPTER_DONE;
    if (is_open && definition->open != NULL && definition->close != NULL)
        definition->close(opening->context);
    pthread_cond_destroy(&opening->changed);
    pthread_mutex_destroy(&opening->mutex);
    arena_destroy(opening->arena);
}

void *adapter_context(struct adapter_call *call)
{
    return call->program->opening.context;
}
