/* What is held back equals the beginning of the credential, so that nothing has to be kept. */
#include "relay/answer_guard.h"

#include <string.h>

static bool is_looking(const struct answer_guard *guard)
{
    return guard->credential.length >= ANSWER_GUARD_BYTES_MIN &&
           guard->credential.length <= ANSWER_GUARD_BYTES_MAX;
}

/* Whether what is held and the piece end with this many bytes of the credential's beginning. */
static bool ends_with_beginning(const struct answer_guard *guard, struct text piece, size_t length)
{
    const char *credential = guard->credential.base;
    if (length <= piece.length)
        return memcmp(piece.base + piece.length - length, credential, length) == 0;
    size_t before = length - piece.length;
    return memcmp(credential + guard->held - before, credential, before) == 0 &&
           (piece.length == 0 || memcmp(credential + before, piece.base, piece.length) == 0);
}

/* Whether the credential begins in what is held and goes on in the piece. */
static bool is_across(const struct answer_guard *guard, struct text piece)
{
    struct text credential = guard->credential;
    for (size_t begins = 0; begins < guard->held; begins++) {
        size_t before = guard->held - begins, after = credential.length - before;
        if (after <= piece.length && memcmp(credential.base + begins, credential.base, before) == 0 &&
            memcmp(credential.base + before, piece.base, after) == 0)
            return true;
    }
    return false;
}

bool answer_guard_take(struct answer_guard *guard, struct text piece, struct text *earlier, struct text *now)
{
    struct text credential = guard->credential;
    *earlier = TEXT_NONE;
    *now = piece;
    if (!is_looking(guard) || piece.length == 0)
        return true;
    if (is_across(guard, piece) || memmem(piece.base, piece.length, credential.base, credential.length) != NULL)
        return false;
    size_t all = guard->held + piece.length;
    size_t held = all < credential.length ? all : credential.length - 1;
    while (held != 0 && !ends_with_beginning(guard, piece, held))
        held--;
    size_t of_piece = held < piece.length ? held : piece.length;
    *earlier = (struct text){credential.base, guard->held - (held - of_piece)};
    *now = (struct text){piece.base, piece.length - of_piece};
    guard->held = held;
    return true;
}

struct text answer_guard_end(struct answer_guard *guard)
{
    struct text rest = {guard->credential.base, guard->held};
    guard->held = 0;
    return rest;
}
