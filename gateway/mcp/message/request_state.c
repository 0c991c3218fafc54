/* The call is the sealed box's associated data, so that it opens for no other; when it ends stands inside. */
#include "request_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64url.h"
#include "canonical_json.h"

/* In front of the state: when it ends, in seconds, as so many digits. */
enum { EXPIRY_DIGITS = 19, SEALED_BYTES_MAX = REQUEST_STATE_BYTES_MAX * 2 };

struct text request_state_arguments(struct arena *arena, const struct json_value *arguments)
{
    SCOPED_ARENA own = arena_create();
    struct buffer canonical = buffer_in(own, 256);
    struct json_writer writer = json_writer_on(&canonical);
    canonical_json_write(own, &writer, arguments);
    unsigned char *digest = arena_allocate(arena, DIGEST_SIZE);
    digest_sha256(buffer_text(&canonical), digest);
    return (struct text){(const char *)digest, DIGEST_SIZE};
}

static struct text call_row(struct arena *arena, const struct request_state_call *call)
{
    const struct text parts[] = {call->owner, call->target, call->method, call->name, call->arguments};
    unsigned char digest[DIGEST_SIZE];
    digest_parts(parts, sizeof(parts) / sizeof(parts[0]), digest);
    char hexadecimal[2 * DIGEST_SIZE + 1];
    digest_hex(digest, hexadecimal);
    return arena_print(arena, "mcp-request-state %s", hexadecimal);
}

enum fault request_state_seal(const struct sealer *sealer, struct arena *arena,
                              const struct request_state_call *call, struct text state, int64_t expires_at_s,
                              struct text *sealed)
{
    if (state.length > REQUEST_STATE_BYTES_MAX)
        return FAULT_MCP_UPSTREAM_ANSWER;
    struct text expiry = arena_print(arena, "%0*lld", EXPIRY_DIGITS, (long long)expires_at_s);
    INVARIANT(expiry.length == EXPIRY_DIGITS);
    const struct text parts[] = {expiry, state};
    struct text box = seal(sealer, arena, arena_join(arena, parts, 2), call_row(arena, call));
    *sealed = base64url_encode_text(arena, box.base, box.length);
    return FAULT_NONE;
}

static enum fault read_plain(struct arena *arena, struct text plain, int64_t now_s, struct text *state)
{
    int64_t expires_at_s = 0;
    if (plain.length < EXPIRY_DIGITS ||
        !text_to_int64((struct text){plain.base, EXPIRY_DIGITS}, &expires_at_s) || expires_at_s <= now_s)
        return FAULT_MCP_STATE;
    *state = arena_copy(arena, (struct text){plain.base + EXPIRY_DIGITS, plain.length - EXPIRY_DIGITS});
    return FAULT_NONE;
}

enum fault request_state_open(const struct sealer *sealer, struct arena *arena,
                              const struct request_state_call *call, struct text sealed, int64_t now_s,
                              struct text *state)
{
    size_t length = 0;
    if (sealed.length == 0 || sealed.length > SEALED_BYTES_MAX)
        return FAULT_MCP_STATE;
    unsigned char *bytes = arena_allocate(arena, BASE64URL_DECODED_LENGTH(sealed.length) + 1);
    if (!base64url_decode(sealed, bytes, &length))
        return FAULT_MCP_STATE;
    SCOPED_SECRET plain = NULL;
    if (unseal(sealer, (struct text){(const char *)bytes, length}, call_row(arena, call), &plain) != FAULT_NONE)
        return FAULT_MCP_STATE;
    return read_plain(arena, (struct text){(const char *)secret_bytes(plain), secret_length(plain)}, now_s,
                      state);
}
