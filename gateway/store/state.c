/* The fence of a claim, from where the engine has kept it. */
#include "state.h"

void state_tell(struct store_transaction *transaction)
{
    for (size_t i = 0; i < transaction->state_count; i++)
        if (transaction->states[i].change == STORE_STATE_CLAIM)
            transaction->states[i].fence = transaction->states[i].new_fence;
}
