/* ECDSA signatures between R||S and DER, by hand: OpenSSL's way costs four allocations and accepts more than
 * one DER for the same pair. Not a general DER reader; algorithm.c calls it. */
#include "ecdsa_signature.h"

#include <string.h>

enum { TAG_INTEGER = 0x02, TAG_SEQUENCE = 0x30, LENGTH_ONE_BYTE = 0x81, SIGN_BIT = 0x80 };

/* Appends one coordinate as a minimal INTEGER; NULL for zero. */
static unsigned char *put_integer(unsigned char *der, const unsigned char *coordinate, size_t length)
{
    while (length > 0 && *coordinate == 0) {
        coordinate++;
        length--;
    }
    /* An all-zero R or S verifies anything where a library forgets FIPS 186-5 section 6.4.2, step 1. */
    if (length == 0)
        return NULL;
    size_t pad = (*coordinate & SIGN_BIT) != 0;
    *der++ = TAG_INTEGER;
    *der++ = (unsigned char)(length + pad);
    if (pad != 0)
        *der++ = 0;
    memcpy(der, coordinate, length);
    return der + length;
}

bool ecdsa_signature_to_der(struct text raw, size_t coordinate, unsigned char *der, size_t *length)
{
    if (coordinate > ECDSA_COORDINATE_MAX || raw.length != 2 * coordinate)
        return false;
    const unsigned char *bytes = (const unsigned char *)raw.base;
    unsigned char integers[ECDSA_DER_SIZE_MAX];
    unsigned char *end = put_integer(integers, bytes, coordinate);
    if (end != NULL)
        end = put_integer(end, bytes + coordinate, coordinate);
    if (end == NULL)
        return false;
    size_t inner = (size_t)(end - integers);
    unsigned char *out = der;
    *out++ = TAG_SEQUENCE;
    if (inner >= 0x80)
        *out++ = LENGTH_ONE_BYTE;
    *out++ = (unsigned char)inner;
    memcpy(out, integers, inner);
    *length = (size_t)(out - der) + inner;
    return true;
}

/* Takes one INTEGER off the front of *der into a coordinate, left-padded with zeros. */
static bool take_integer(const unsigned char **der, size_t *left, size_t coordinate, unsigned char *out)
{
    if (*left < 3 || (*der)[0] != TAG_INTEGER)
        return false;
    size_t length = (*der)[1];
    if (length == 0 || length >= 0x80 || length > *left - 2)
        return false;
    const unsigned char *number = *der + 2;
    *der += 2 + length;
    *left -= 2 + length;
    if ((number[0] & SIGN_BIT) != 0) /* negative */
        return false;
    if (number[0] == 0) {
        if (length == 1 || (number[1] & SIGN_BIT) == 0) /* zero, or not minimal */
            return false;
        number++;
        length--;
    }
    if (length > coordinate)
        return false;
    memset(out, 0, coordinate - length);
    memcpy(out + coordinate - length, number, length);
    return true;
}

bool ecdsa_signature_from_der(const unsigned char *der, size_t length, size_t coordinate, unsigned char *raw)
{
    size_t header = length >= 2 && der[1] == LENGTH_ONE_BYTE ? 3 : 2;
    if (length < header || der[0] != TAG_SEQUENCE || der[header - 1] != length - header ||
        (header == 3) != (length - header >= 0x80))
        return false;
    const unsigned char *rest = der + header;
    size_t left = length - header;
    return take_integer(&rest, &left, coordinate, raw) &&
           take_integer(&rest, &left, coordinate, raw + coordinate) && left == 0;
}
