/* Once a second each loop looks at its connections for what no byte announces: time that has passed. */
#ifndef TRANSPORT_CONNECTION_SWEEP_H
#define TRANSPORT_CONNECTION_SWEEP_H

#include "serving.h"

void connection_sweep_start(struct serving *serving);
void connection_sweep_stop(struct serving *serving);

#endif
