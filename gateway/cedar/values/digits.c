/* Reading runs of digits, with the bounds of 64 bits. */
#include "values/digits.h"

bool digits_take(struct text *rest, size_t least, size_t most, struct text *digits)
{
    size_t count = 0;
    while (count < rest->length && rest->base[count] >= '0' && rest->base[count] <= '9')
        count++;
    if (count < least || count > most)
        return false;
    *digits = (struct text){rest->base, count};
    *rest = (struct text){rest->base + count, rest->length - count};
    return true;
}

bool digits_take_number(struct text *rest, size_t count, int *number)
{
    struct text front = {rest->base, count};
    struct text digits;
    if (rest->length < count || !digits_take(&front, count, count, &digits))
        return false;
    *rest = (struct text){rest->base + count, rest->length - count};
    *number = 0;
    for (size_t i = 0; i < count; i++)
        *number = *number * 10 + (digits.base[i] - '0');
    return true;
}

bool digits_append(struct text digits, bool is_negative, int64_t *number)
{
    for (size_t i = 0; i < digits.length; i++) {
        int64_t digit = digits.base[i] - '0';
        if (__builtin_mul_overflow(*number, 10, number) ||
            __builtin_add_overflow(*number, is_negative ? -digit : digit, number))
            return false;
    }
    return true;
}

bool digits_skip(struct text *rest, char character)
{
    if (rest->length == 0 || rest->base[0] != character)
        return false;
    *rest = (struct text){rest->base + 1, rest->length - 1};
    return true;
}
