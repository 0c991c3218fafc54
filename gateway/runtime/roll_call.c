/* One message per loop, posted again only when it has run. */
#include "runtime/roll_call.h"

static void answer(struct loop_message *message)
{
    struct roll_call_loop *asked = (struct roll_call_loop *)message;
    atomic_store_explicit(&asked->is_asked, false, memory_order_release);
}

void roll_call_open(struct roll_call *call, struct loop *const *loops, size_t count)
{
    INVARIANT(count <= ROLL_CALL_LOOPS_MAX);
    call->count = count;
    for (size_t i = 0; i < count; i++) {
        call->loops[i].question.run = answer;
        call->loops[i].loop = loops[i];
        atomic_init(&call->loops[i].is_asked, false);
    }
}

bool roll_call_take(struct roll_call *call, struct buffer *silent)
{
    size_t missing = 0;
    for (size_t i = 0; i < call->count; i++)
        if (atomic_load_explicit(&call->loops[i].is_asked, memory_order_acquire))
            buffer_print(silent, "%sloop %zu", missing++ == 0 ? "" : ", ", i);
    for (size_t i = 0; missing == 0 && i < call->count; i++) {
        atomic_store_explicit(&call->loops[i].is_asked, true, memory_order_relaxed);
        loop_post(call->loops[i].loop, &call->loops[i].question);
    }
    return missing == 0;
}
