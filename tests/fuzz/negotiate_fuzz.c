/* What a server answers to a Kerberos token: values of WWW-Authenticate, one a line, and the token that stands
 * there; the whole input besides, as a token. A token is what OpenSSL's base64 says it is, an answer is one at
 * exactly its length, and what it has for the library lies within it. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "negotiate_challenge.h"
#include "spnego.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { VALUES_MAX = 8, INPUT_MAX = 8192 };

/* In memory of its own size, where a byte too many is noticed. */
static bool is_read(struct text token)
{
    char *copy = malloc(token.length == 0 ? 1 : token.length);
    INVARIANT(copy != NULL);
    memcpy(copy, token.base, token.length);
    enum spnego_state state;
    struct text mech_token;
    bool is_it = spnego_unwrap_answer((struct text){copy, token.length}, &state, &mech_token);
    INVARIANT(mech_token.base == NULL ? mech_token.length == 0
                                      : is_it && mech_token.length != 0 && mech_token.base >= copy &&
                                            mech_token.base + mech_token.length <= copy + token.length);
    INVARIANT(!is_it || state == SPNEGO_COMPLETED || state == SPNEGO_INCOMPLETE || state == SPNEGO_REJECTED);
    free(copy);
    return is_it;
}

static void check_answer(struct text token)
{
    char longer[INPUT_MAX + 1] = {0};
    if (!is_read(token))
        return;
    memcpy(longer, token.base, token.length);
    INVARIANT(!is_read((struct text){longer, token.length + 1}));
    INVARIANT(!is_read((struct text){token.base, token.length - 1}));
}

static bool is_behind_scheme(struct text value, const char *at)
{
    for (; at > value.base && (at[-1] == ' ' || at[-1] == '\t'); at--)
        ;
    return at - value.base >= 9 && text_equal_ignoring_case((struct text){at - 9, 9}, TEXT("negotiate"));
}

/* As another encoder writes it, behind a "negotiate" of some spelling. */
static bool stands_in(struct text value, struct text token)
{
    unsigned char encoded[INPUT_MAX * 2];
    size_t length = (size_t)EVP_EncodeBlock(encoded, (const unsigned char *)token.base, (int)token.length);
    for (size_t at = 0; at + length <= value.length; at++)
        if (memcmp(value.base + at, encoded, length) == 0 && is_behind_scheme(value, value.base + at))
            return true;
    return false;
}

static void check_challenges(struct arena *arena, struct text input)
{
    struct text values[VALUES_MAX], token;
    size_t count = 0, holding = 0;
    while (input.base != NULL && count < VALUES_MAX)
        values[count++] = text_cut(&input, '\n');
    if (!negotiate_challenge_find(arena, values, count, &token)) {
        INVARIANT(token.base == NULL);
        return;
    }
    INVARIANT(token.length != 0);
    for (size_t i = 0; i < count; i++)
        holding += stands_in(values[i], token);
    INVARIANT(holding != 0);
    check_answer(token);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size > INPUT_MAX)
        return 0;
    SCOPED_ARENA arena = arena_create();
    struct text input = {(const char *)bytes, size};
    check_answer(input);
    check_challenges(arena, input);
    return 0;
}
