/* Runs of ASCII digits at the front of a text: what the constructors of decimal, ipaddr, datetime and duration
 * read. Other digits of Unicode are none. */
#ifndef CEDAR_VALUES_DIGITS_H
#define CEDAR_VALUES_DIGITS_H

#include "base/text.h"

/* Cuts the digits off the front of *rest. false: fewer than least or more than most stand there. */
bool digits_take(struct text *rest, size_t least, size_t most, struct text *digits);
/* Exactly so many, as a number; at most 4, so that it fits. */
bool digits_take_number(struct text *rest, size_t count, int *number);
/* Writes the digits behind those *number already has, away from zero: a negative number reaches one further. */
bool digits_append(struct text digits, bool is_negative, int64_t *number);
/* Cuts one character off the front of *rest, if it is this one. */
bool digits_skip(struct text *rest, char character);

#endif
