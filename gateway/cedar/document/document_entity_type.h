/* What an entity type may be called in JSON, where the grammar of policies is not at hand. */
#ifndef CEDAR_DOCUMENT_ENTITY_TYPE_H
#define CEDAR_DOCUMENT_ENTITY_TYPE_H

#include "base/text.h"

/* Identifiers with "::" between them, without white space, none of them a word of the language. */
bool document_is_entity_type(struct text text);

#endif
