/* Cedar's extension types: decimal, ipaddr, datetime, duration. Cedar language reference, "Data types" and
 * "Operators"; RFC 80 of Cedar for datetime and duration. Pure functions over numbers and text. */
#ifndef CEDAR_EXTENSION_H
#define CEDAR_EXTENSION_H

#include "cedar/value.h"

struct cedar_ipaddr {
    bool is_ipv6;
    unsigned char address[16]; /* network order; the first 4 for IPv4 */
    unsigned char prefix;      /* bits, at most 32 or 128 */
};

/* Each false for what its constructor refuses. */
bool cedar_decimal_parse(struct text text, int64_t *ten_thousandths);
bool cedar_ipaddr_parse(struct text text, struct cedar_ipaddr *ipaddr);
bool cedar_datetime_parse(struct text text, int64_t *milliseconds);
bool cedar_duration_parse(struct text text, int64_t *milliseconds);
/* What the constructor of a kind (CEDAR_DECIMAL and so on) makes of a string. */
bool cedar_extension_parse(struct arena *arena, enum cedar_kind kind, struct text text,
                           struct cedar_value *value);

/* The argument of the constructor: parsing it gives the same value back. A datetime that only arithmetic
 * reaches, beyond the years 0000 to 9999, has none: false, and nothing is printed. */
void cedar_decimal_print(int64_t ten_thousandths, struct buffer *out);
void cedar_ipaddr_print(const struct cedar_ipaddr *ipaddr, struct buffer *out);
bool cedar_datetime_print(int64_t milliseconds, struct buffer *out);
void cedar_duration_print(int64_t milliseconds, struct buffer *out);
bool cedar_extension_print(const struct cedar_value *value, struct buffer *out); /* of whatever kind */

int cedar_ipaddr_compare(const struct cedar_ipaddr *a, const struct cedar_ipaddr *b);
bool cedar_ipaddr_is_loopback(const struct cedar_ipaddr *ipaddr);
bool cedar_ipaddr_is_multicast(const struct cedar_ipaddr *ipaddr);
bool cedar_ipaddr_is_in_range(const struct cedar_ipaddr *ipaddr, const struct cedar_ipaddr *range);

/* false where the result does not fit 64 bits. */
bool cedar_datetime_offset(int64_t datetime, int64_t duration, int64_t *result);
bool cedar_datetime_since(int64_t datetime, int64_t earlier, int64_t *duration);
bool cedar_datetime_to_date(int64_t datetime, int64_t *midnight);
int64_t cedar_datetime_to_time(int64_t datetime); /* a duration since midnight */

#endif
