/* decimal: a 64-bit number of ten-thousandths. Cedar language reference, "Data types", decimal. */
#include "cedar/extension.h"
#include "values/digits.h"

#include <inttypes.h>

enum { PLACES = 4 };

bool cedar_decimal_parse(struct text text, int64_t *ten_thousandths)
{
    bool is_negative = digits_skip(&text, '-');
    struct text whole, fraction;
    if (!digits_take(&text, 1, SIZE_MAX, &whole) || !digits_skip(&text, '.') ||
        !digits_take(&text, 1, PLACES, &fraction) || text.length != 0)
        return false;
    const struct text missing = {"000", PLACES - fraction.length};
    *ten_thousandths = 0;
    return digits_append(whole, is_negative, ten_thousandths) &&
           digits_append(fraction, is_negative, ten_thousandths) &&
           digits_append(missing, is_negative, ten_thousandths);
}

/* With as few places as say the same, but one. */
void cedar_decimal_print(int64_t ten_thousandths, struct buffer *out)
{
    /* Unsigned, because the smallest number has no positive counterpart. */
    uint64_t magnitude = ten_thousandths < 0 ? -(uint64_t)ten_thousandths : (uint64_t)ten_thousandths;
    uint64_t fraction = magnitude % 10000;
    int places = PLACES;
    while (places > 1 && fraction % 10 == 0) {
        fraction /= 10;
        places--;
    }
    buffer_print(out, "%s%" PRIu64 ".%0*" PRIu64, ten_thousandths < 0 ? "-" : "", magnitude / 10000, places,
                 fraction);
}
