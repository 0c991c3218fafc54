/* A number is brought into one form: its digits without zeros at either end, and a power of ten. */
#include "decimal.h"

struct decimal {
    bool is_negative;
    struct text digits; /* a '.' may stand in them, which counts for nothing */
    size_t count;       /* of digits */
    int64_t exponent;   /* of ten, behind the last of the digits */
};

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Digits from the front of *rest; false if there are none. */
static bool skip_digits(struct text *rest)
{
    size_t count = 0;
    while (count < rest->length && is_digit(rest->base[count]))
        count++;
    *rest = (struct text){rest->base + count, rest->length - count};
    return count != 0;
}

static bool skip(struct text *rest, char byte)
{
    if (rest->length == 0 || rest->base[0] != byte)
        return false;
    *rest = (struct text){rest->base + 1, rest->length - 1};
    return true;
}

static bool read_exponent(struct text rest, int64_t *exponent)
{
    enum { EXPONENT_DIGITS_MAX = 6 };
    if (!skip(&rest, 'e') && !skip(&rest, 'E'))
        return rest.length == 0;
    skip(&rest, '+');
    return rest.length <= EXPONENT_DIGITS_MAX + 1 && text_to_int64(rest, exponent);
}

static void strip_zeros(struct decimal *number)
{
    struct text *digits = &number->digits;
    while (digits->length != 0 && !(digits->base[0] >= '1' && digits->base[0] <= '9')) {
        number->count -= digits->base[0] == '0';
        *digits = (struct text){digits->base + 1, digits->length - 1};
    }
    while (digits->length != 0 &&
           !(digits->base[digits->length - 1] >= '1' && digits->base[digits->length - 1] <= '9')) {
        if (digits->base[digits->length - 1] == '0') {
            number->count--;
            number->exponent++;
        }
        digits->length--;
    }
    if (number->count == 0)
        *number = (struct decimal){0}; /* also what minus zero is worth */
}

static bool read(struct text text, struct decimal *number)
{
    struct text rest = text;
    *number = (struct decimal){.is_negative = skip(&rest, '-')};
    const char *begin = rest.base;
    if (!skip_digits(&rest))
        return false;
    number->count = (size_t)(rest.base - begin);
    size_t fraction = 0;
    if (skip(&rest, '.')) {
        const char *point = rest.base;
        if (!skip_digits(&rest))
            return false;
        fraction = (size_t)(rest.base - point);
    }
    number->count += fraction;
    number->digits = (struct text){begin, (size_t)(rest.base - begin)};
    if (!read_exponent(rest, &number->exponent))
        return false;
    number->exponent -= (int64_t)fraction;
    strip_zeros(number);
    return true;
}

static bool has_same_digits(struct text a, struct text b)
{
    size_t i = 0, j = 0;
    for (;; i++, j++) {
        i += i < a.length && a.base[i] == '.';
        j += j < b.length && b.base[j] == '.';
        if (i >= a.length || j >= b.length)
            return i >= a.length && j >= b.length;
        if (a.base[i] != b.base[j])
            return false;
    }
}

bool decimal_equal(struct text a, struct text b)
{
    struct decimal left, right;
    return read(a, &left) && read(b, &right) && left.is_negative == right.is_negative &&
           left.count == right.count && left.exponent == right.exponent &&
           has_same_digits(left.digits, right.digits);
}

bool decimal_has_places(struct text number, int64_t places)
{
    struct decimal decimal;
    return read(number, &decimal) && decimal.count != 0 && (int64_t)decimal.count + decimal.exponent >= places;
}
