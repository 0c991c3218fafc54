/* duration: a 64-bit number of milliseconds. RFC 80 of Cedar. */
#include "cedar/extension.h"
#include "values/digits.h"

#include <inttypes.h>

/* From large to small, which is the order in which they may be written. */
enum unit { DAY, HOUR, MINUTE, SECOND, MILLISECOND, UNIT_COUNT };

static const int64_t unit_milliseconds[UNIT_COUNT] = {
    [DAY] = 86400000, [HOUR] = 3600000, [MINUTE] = 60000, [SECOND] = 1000, [MILLISECOND] = 1,
};

static bool take_unit(struct text *rest, enum unit *unit)
{
    if (digits_skip(rest, 'm')) /* "5ms" are no minutes with something behind them */
        *unit = digits_skip(rest, 's') ? MILLISECOND : MINUTE;
    else if (digits_skip(rest, 'd'))
        *unit = DAY;
    else if (digits_skip(rest, 'h'))
        *unit = HOUR;
    else if (digits_skip(rest, 's'))
        *unit = SECOND;
    else
        return false;
    return true;
}

/* Every part carries the sign, so that the sum reaches the smallest number there is. */
bool cedar_duration_parse(struct text text, int64_t *milliseconds)
{
    bool is_negative = digits_skip(&text, '-');
    if (text.length == 0)
        return false;
    *milliseconds = 0;
    for (int next = DAY; text.length != 0;) {
        struct text digits;
        enum unit unit;
        if (!digits_take(&text, 1, SIZE_MAX, &digits) || !take_unit(&text, &unit) || (int)unit < next)
            return false;
        next = (int)unit + 1;
        int64_t part = 0;
        if (!digits_append(digits, is_negative, &part) ||
            __builtin_mul_overflow(part, unit_milliseconds[unit], &part) ||
            __builtin_add_overflow(*milliseconds, part, milliseconds))
            return false;
    }
    return true;
}

void cedar_duration_print(int64_t milliseconds, struct buffer *out)
{
    buffer_print(out, "%" PRId64 "ms", milliseconds);
}
