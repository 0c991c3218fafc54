/* What comes to the relay and what KDCs answer: four bytes of length and DER. What is taken has the tags and
 * the length it is taken for, and where the DER ends early nothing is read behind it. */
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "kdc_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_length(const uint8_t *bytes)
{
    size_t length;
    if (!kdc_length_read(bytes, KDC_REQUEST_MAX, &length))
        return;
    INVARIANT(length >= 1 && length <= KDC_REQUEST_MAX);
    INVARIANT(bytes[0] == 0 && length == ((size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3]));
}

static void check_message(struct text message)
{
    unsigned char tag = message.length != 0 ? (unsigned char)message.base[0] : 0;
    if (kdc_is_request(message))
        INVARIANT(tag == 0x6a || tag == 0x6c);
    switch (kdc_answer_kind(message)) {
    case KDC_ANSWER:
        INVARIANT(tag == 0x6b || tag == 0x6d || tag == 0x7e);
        break;
    case KDC_ANSWER_UNAVAILABLE:
        INVARIANT(tag == 0x7e && memmem(message.base, message.length, "\x02\x01\x1d", 3) != NULL);
        break;
    default:
        break;
    }
}

/* On the heap and exactly as long, so that a byte too far is noticed. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < KDC_LENGTH_SIZE)
        return 0;
    size_t length = size - KDC_LENGTH_SIZE;
    char *copy = malloc(length != 0 ? length : 1);
    INVARIANT(copy != NULL);
    memcpy(copy, bytes + KDC_LENGTH_SIZE, length);
    check_length(bytes);
    check_message((struct text){copy, length});
    /* A request is whole: with one byte less or more it is none. */
    if (length > 1 && kdc_is_request((struct text){copy, length}))
        INVARIANT(!kdc_is_request((struct text){copy, length - 1}));
    free(copy);
    return 0;
}
