/* A worker says which dangerous choices it serves with: a line of the log and a metric for each, from its start
 * on, so that nobody has to read the configuration to find out. */
#ifndef SUPERVISOR_INSECURE_CHOICES_H
#define SUPERVISOR_INSECURE_CHOICES_H

#include "config/gateway_document.h"

void insecure_choices_show(const struct gateway_document *settings);

#endif
