/* Challenges of a server: what is said of one has the characters that it may have, and a plain challenge that
 * says the same is read alike. */
#include "base/buffer.h"
#include "base/fault.h"
#include "message/challenge.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_text(struct text text)
{
    for (size_t i = 0; i < text.length; i++)
        INVARIANT(text.base[i] >= ' ' && text.base[i] <= '~' && text.base[i] != '"' && text.base[i] != '\\');
    INVARIANT(text.base == NULL || text.length != 0);
}

static void put(struct buffer *out, const char *name, struct text value)
{
    if (value.base == NULL)
        return;
    buffer_print(out, "%s=\"", name);
    buffer_append(out, value);
    buffer_append(out, TEXT("\", "));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    SCOPED_ARENA arena = arena_create();
    struct challenge challenge = challenge_read(arena, (struct text){(const char *)bytes, size});
    bool says = challenge.error.base != NULL || challenge.scope.base != NULL ||
                challenge.resource_metadata.base != NULL;
    INVARIANT(challenge.is_bearer || !says);
    check_text(challenge.error);
    check_text(challenge.scope);
    check_text(challenge.resource_metadata);
    struct buffer plain = buffer_in(arena, 256);
    buffer_append(&plain, challenge.is_bearer ? TEXT("Bearer ") : TEXT(""));
    put(&plain, "error", challenge.error);
    put(&plain, "scope", challenge.scope);
    put(&plain, "resource_metadata", challenge.resource_metadata);
    if (plain.length > CHALLENGE_BYTES_MAX)
        return 0;
    struct challenge again = challenge_read(arena, buffer_text(&plain));
    INVARIANT(again.is_bearer == challenge.is_bearer && text_equal(again.error, challenge.error));
    INVARIANT(text_equal(again.scope, challenge.scope));
    INVARIANT(text_equal(again.resource_metadata, challenge.resource_metadata));
    return 0;
}
