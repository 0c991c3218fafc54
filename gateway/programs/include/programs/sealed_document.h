/* A document in memory that nobody can change any more, as programs_start takes it. */
#ifndef PROGRAMS_SEALED_DOCUMENT_H
#define PROGRAMS_SEALED_DOCUMENT_H

#include "base/text.h"

/* A descriptor; -1, with errno, when there is none to be had. */
int sealed_document_make(struct text document);

#endif
