/* String literals and like patterns as they are meant: escapes resolved. Cedar language reference, "String". */
#ifndef CEDAR_SYNTAX_STRING_LITERAL_H
#define CEDAR_SYNTAX_STRING_LITERAL_H

#include "cedar/policy.h"

/* inner: what stands between the quotes. false: there is no such escape; *wrong is where in inner. */
bool cedar_string_unescape(struct arena *arena, struct text inner, struct text *value,
                           struct cedar_span *wrong);
/* The same, with "*" as the wildcard and "\*" for a star. */
bool cedar_pattern_unescape(struct arena *arena, struct text inner, struct cedar_pattern *pattern,
                            struct cedar_span *wrong);

#endif
