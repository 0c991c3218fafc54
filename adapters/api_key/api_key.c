/* Makes and checks the text of an API key. The checksum is no secret and no signature: it tells typos from
 * keys. */
#include "adapters/api_key.h"

#include <string.h>

#include "base/random.h"

static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

enum { PREFIX_LENGTH = 4, UNIQUE_AT = PREFIX_LENGTH + API_KEY_TIME_DIGITS, BASE = 62 };
enum { CHECKED_LENGTH = UNIQUE_AT + API_KEY_RANDOM_DIGITS, TIME_HEX_DIGITS = 12 };

/* CRC-32 of ISO 3309, as zlib and PNG have it: others can check a key with what their language brings. */
static uint32_t checksum(const char *bytes, size_t length)
{
    uint32_t value = 0xFFFFFFFFU;
    for (size_t i = 0; i < length; i++) {
        value ^= (unsigned char)bytes[i];
        for (int bit = 0; bit < 8; bit++)
            value = (value >> 1) ^ ((value & 1U) != 0 ? 0xEDB88320U : 0U);
    }
    return ~value;
}

/* The highest digit first. */
static void write_number(uint64_t value, char *out, size_t count)
{
    for (size_t i = count; i-- > 0; value /= BASE)
        out[i] = digits[value % BASE];
}

static uint64_t read_number(const char *from, size_t count)
{
    uint64_t value = 0;
    for (size_t i = 0; i < count; i++)
        value = value * BASE + (uint64_t)(strchr(digits, from[i]) - digits);
    return value;
}

/* A byte is taken only where each digit is as likely as any other. */
static void write_random(char *out, size_t count)
{
    enum { FAIR = 256 / BASE * BASE };
    unsigned char bytes[64];
    size_t at = sizeof(bytes);
    for (size_t written = 0; written < count;) {
        if (at == sizeof(bytes)) {
            random_bytes(bytes, sizeof(bytes));
            at = 0;
        }
        if (bytes[at] < FAIR)
            out[written++] = digits[bytes[at] % BASE];
        at++;
    }
    explicit_bzero(bytes, sizeof(bytes));
}

void api_key_make(int64_t issued_at_ms, char key[API_KEY_SIZE])
{
    memcpy(key, API_KEY_PREFIX, PREFIX_LENGTH);
    write_number((uint64_t)issued_at_ms, key + PREFIX_LENGTH, API_KEY_TIME_DIGITS);
    write_random(key + UNIQUE_AT, API_KEY_RANDOM_DIGITS);
    write_number(checksum(key, CHECKED_LENGTH), key + CHECKED_LENGTH, API_KEY_CHECK_DIGITS);
    key[API_KEY_LENGTH] = '\0';
}

bool api_key_is_meant(struct text text)
{
    return text_starts_with(text, TEXT(API_KEY_PREFIX));
}

bool api_key_is_whole(struct text text)
{
    char expected[API_KEY_CHECK_DIGITS];
    if (text.length != API_KEY_LENGTH || !api_key_is_meant(text))
        return false;
    for (size_t i = PREFIX_LENGTH; i < text.length; i++)
        if (text.base[i] == '\0' || strchr(digits, text.base[i]) == NULL)
            return false;
    write_number(checksum(text.base, CHECKED_LENGTH), expected, API_KEY_CHECK_DIGITS);
    return memcmp(text.base + CHECKED_LENGTH, expected, API_KEY_CHECK_DIGITS) == 0;
}

void api_key_fingerprint(const struct sealer *sealer, struct text key, char out[API_KEY_FINGERPRINT_SIZE])
{
    unsigned char digest[DIGEST_SIZE];
    sealer_keyed_hash(sealer, "api-key", key, digest);
    digest_hex(digest, out);
    /* 62 to the eighth is less than 16 to the twelfth. */
    uint64_t issued_at_ms = read_number(key.base + PREFIX_LENGTH, API_KEY_TIME_DIGITS);
    for (size_t i = TIME_HEX_DIGITS; i-- > 0; issued_at_ms /= 16)
        out[i] = "0123456789abcdef"[issued_at_ms % 16];
}
