/* API keys by their text: whole is what has the shape and the checksum, and no other spelling of it is. */
#include <string.h>

#include "adapters/api_key.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Each other byte in each place makes it none: CRC-32 finds every change of one byte. */
static void check_neighbours(struct text key, uint8_t change)
{
    char other[API_KEY_LENGTH];
    memcpy(other, key.base, sizeof(other));
    for (size_t i = 0; change != 0 && i < sizeof(other); i++) {
        other[i] = (char)(other[i] ^ (char)change);
        INVARIANT(!api_key_is_whole((struct text){other, sizeof(other)}));
        other[i] = key.base[i];
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char made[API_KEY_SIZE];
    struct text text = {(const char *)bytes, size};
    uint8_t change = size != 0 ? bytes[0] : 1;
    api_key_make(1800000000000 + change, made);
    INVARIANT(api_key_is_whole(text_of(made)) && strlen(made) == API_KEY_LENGTH);
    check_neighbours(text_of(made), change);
    if (!api_key_is_whole(text))
        return 0;
    INVARIANT(size == API_KEY_LENGTH && api_key_is_meant(text) && text_is_printable(text));
    check_neighbours(text, 0x20);
    return 0;
}
