/* Records that are on their way to the store, oldest first, of each thread: how old the oldest is shows in
 * dragoman_audit_lag_seconds. */
#ifndef LEDGER_WAITING_RECORD_H
#define LEDGER_WAITING_RECORD_H

#include "ledger/ledger.h"

void waiting_record_begin(struct waiting_record *record);
/* On the thread that began it; elsewhere nothing happens, as then the program ends. */
void waiting_record_end(struct waiting_record *record);

#endif
