/* The adapter: what it makes and how it is asked. */
#ifndef KERBEROS_KERBEROS_H
#define KERBEROS_KERBEROS_H

#include "dragoman/adapter_sdk.h"

extern const struct adapter_definition kerberos_definition;

#endif
