/* X-Forwarded-Client-Cert: whatever is before the last element, the last one counts, where all of it can be
 * read. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "origin/forwarded_certificate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LAST "Hash=00000000000000000000000000000000000000000000000000000000000000ff;URI=spiffe://x/last"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SCOPED_ARENA arena = arena_create();
    static struct client_certificate certificate;
    struct text given = {(const char *)data, size};
    if (!forwarded_certificate_read(arena, given, &certificate))
        return 0;
    if (certificate.name_count > CERTIFICATE_NAMES_MAX)
        abort();
    const struct text parts[] = {given, TEXT("," LAST)};
    if (size + sizeof(LAST) > FORWARDED_CERTIFICATE_BYTES_MAX)
        return 0;
    if (!forwarded_certificate_read(arena, arena_join(arena, parts, 2), &certificate) ||
        certificate.thumbprint[31] != 0xff || certificate.name_count != 1 ||
        !client_certificate_has(&certificate, CERTIFICATE_URI, TEXT("spiffe://x/last")))
        abort();
    return 0;
}
