/* Writes the rows of one transaction into the arrays of a batch. Which transactions stand together in one is
 * commit_batch.c's to say. */
#ifndef STORE_POSTGRES_COMMIT_ROWS_H
#define STORE_POSTGRES_COMMIT_ROWS_H

#include "postgres/commit_batch.h"

/* As the batch's next transaction, number batch->count. */
void commit_rows_write(struct commit_batch *batch, const struct store_transaction *transaction);

#endif
