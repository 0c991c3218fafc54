/* What both engines say alike of the state of adapters: when a submitter is told what its changes became. */
#ifndef STORE_STATE_H
#define STORE_STATE_H

#include "store/store.h"

/* Of one that is stored for good. Not before: until then a transaction may have to be tried once more, with
 * what its submitter asked for. */
void state_tell(struct store_transaction *transaction);

#endif
