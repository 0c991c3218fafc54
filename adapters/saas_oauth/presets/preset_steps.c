/* What several presets do. */
#include <string.h>

#include "base/base64url.h"
#include "presets.h"

bool preset_is_made_of(struct text text, const char *characters)
{
    for (size_t i = 0; i < text.length; i++) {
        if (memchr(characters, text.base[i], strlen(characters)) == NULL)
            return false;
    }
    return text.length != 0;
}

void preset_default(struct text *setting, const char *otherwise)
{
    if (setting->base == NULL)
        *setting = text_of(otherwise);
}

static bool has_word(const char *words, struct text word)
{
    struct text rest = text_of(words);
    while (rest.length != 0) {
        if (text_equal(text_cut(&rest, ' '), word))
            return true;
    }
    return false;
}

void preset_check_assertion(const struct oauth_settings *settings, const struct adapter_target *target,
                            const char *algorithms, struct adapter_mistakes *mistakes)
{
    if (target->assertion_audience.base == NULL)
        return; /* a mistake says so already */
    if (!has_word(algorithms, target->assertion_algorithm))
        adapter_mistake(mistakes, TEXT(""), "%s takes assertions signed with %s: spec.token.algorithm is %.*s",
                        settings->grant->name, algorithms, TEXT_ARGUMENTS(target->assertion_algorithm));
    if (!text_is(target->assertion_type, "JWT"))
        adapter_mistake(mistakes, TEXT(""), "%s takes assertions of type JWT: spec.token.type is %.*s",
                        settings->grant->name, TEXT_ARGUMENTS(target->assertion_type));
}

static const struct json_value *claims_of(struct arena *arena, struct text token)
{
    static const struct json_limits limits = {.bytes = 64 * 1024, .depth = 32, .members = 4096};
    const struct json_value *claims = NULL;
    struct text rest = token;
    text_cut(&rest, '.');
    struct text body = text_cut(&rest, '.');
    size_t length = 0;
    unsigned char *bytes = arena_allocate(arena, BASE64URL_DECODED_LENGTH(body.length) + 1);
    if (!base64url_decode(body, bytes, &length) ||
        json_parse(arena, (struct text){(const char *)bytes, length}, &limits, &claims) != FAULT_NONE)
        return NULL;
    return claims;
}

bool preset_token_is_for(struct arena *arena, struct text token, struct text audience)
{
    const struct json_value *named = json_member(claims_of(arena, token), TEXT("aud"));
    if (json_is_string(named))
        return text_equal(json_string(named), audience);
    if (named == NULL || named->kind != JSON_ARRAY)
        return false;
    for (const struct json_value *one = named->first; one != NULL; one = one->next) {
        if (text_equal(json_string(one), audience))
            return true;
    }
    return false;
}

struct text preset_bearer(struct arena *arena, struct text token)
{
    return arena_print(arena, "authorization: Bearer %.*s", TEXT_ARGUMENTS(token));
}
