/* What is wrong with a target's settings, for the built-in adapters that have some. */
#ifndef ADAPTERS_SETTINGS_VALIDATION_H
#define ADAPTERS_SETTINGS_VALIDATION_H

#include "adapters/adapter.h"

/* sentence: static, or in the arena. After so many there are no more. */
enum { SETTINGS_MISTAKES_MAX = 16 };
void settings_validation_add(struct settings_validation *validation, struct text member, struct text sentence);

/* A header in which a credential can be shown, in lower case: HTTP/2 has no capitals (RFC 9113 section 8.2.1).
 */
bool settings_name_header(struct text name);

#endif
