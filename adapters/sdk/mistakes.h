/* Mistakes in settings as the answer to validate. Collected by settings.c and adapters. */
#ifndef SDK_MISTAKES_H
#define SDK_MISTAKES_H

#include "base/buffer.h"
#include "dragoman/adapter_tools.h"

void mistakes_write(const struct adapter_mistakes *mistakes, struct buffer *out);

#endif
