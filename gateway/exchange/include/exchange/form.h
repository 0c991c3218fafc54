/* An application/x-www-form-urlencoded body, decoded and bounded (RFC 6749 appendix B, section 3.2): a
 * parameter without a value counts as omitted, unknown ones are ignored, doubled ones refused but for audience
 * and resource (RFC 8693 section 2.1). Pure. */
#ifndef EXCHANGE_FORM_H
#define EXCHANGE_FORM_H

#include "base/arena.h"
#include "base/fault.h"

enum { FORM_PARAMETERS_MAX = 64, FORM_NAME_BYTES_MAX = 64, FORM_VALUES_MAX = 16 };

struct form_parameter {
    struct text name, value;
};

struct form {
    struct form_parameter
        *parameters; /* in the order sent, empty ones left out; room for FORM_PARAMETERS_MAX */
    size_t count;
};

/* An empty one. */
struct form form_in(struct arena *arena);
/* REQUEST_MALFORMED (bad percent-encoding, NUL), PARAMETER_INVALID (not UTF-8, control characters),
 * PARAMETER_TOO_MANY, PARAMETER_DOUBLED. Values lie in body, or in the arena where something was decoded. */
MUST_USE enum fault form_parse(struct arena *arena, struct text body, struct form *form);
struct text form_value(const struct form *form, const char *name); /* TEXT_NONE if omitted */
/* Every value of a repeatable parameter; at most FORM_VALUES_MAX, more were refused when parsing. */
size_t form_values(const struct form *form, const char *name, struct text values[FORM_VALUES_MAX]);

#endif
