/* Reads and checks the settings; nothing here knows a key. */
#include "vault_settings.h"

#include "../registry/settings_validation.h"

static const char *const key_words[] = {"either", "own", "shared"};
enum { SCHEME_BYTES_MAX = 32 };

static bool is_scheme(struct text text)
{
    return text.length <= SCHEME_BYTES_MAX && text_is_token(text);
}

static int keys_named(struct text word)
{
    for (int i = 0; i < (int)(sizeof(key_words) / sizeof(key_words[0])); i++)
        if (text_is(word, key_words[i]))
            return i;
    return -1;
}

struct vault_settings vault_settings_read(const struct json_value *settings)
{
    struct vault_settings read = {.presentation = {TEXT("authorization"), TEXT("Bearer")}};
    struct text header = json_text_of(settings, "header"), scheme = json_text_of(settings, "scheme");
    int keys = keys_named(json_text_of(settings, "keys"));
    if (settings_name_header(header))
        read.presentation = (struct credential_presentation){header, TEXT_NONE};
    if (is_scheme(scheme))
        read.presentation.scheme = scheme;
    if (keys >= 0)
        read.keys = (enum vault_keys)keys;
    return read;
}

static void check_member(struct settings_validation *validation, const struct json_value *member)
{
    struct text value = json_string(member);
    if (text_is(member->name, "header")) {
        if (!settings_name_header(value))
            settings_validation_add(
                validation, member->name,
                TEXT("expected the name of a header in lower case that may carry a key, such as x-api-key"));
    } else if (text_is(member->name, "scheme")) {
        if (!is_scheme(value))
            settings_validation_add(
                validation, member->name,
                TEXT("expected the word that stands before the key, such as Bearer, or nothing at all"));
    } else if (text_is(member->name, "keys")) {
        if (keys_named(value) < 0)
            settings_validation_add(validation, member->name, TEXT("expected either, own or shared"));
    } else {
        settings_validation_add(validation, member->name, TEXT("unknown; known: header, scheme, keys"));
    }
}

void vault_settings_check(struct settings_validation *validation)
{
    const struct json_value *settings = validation->target.settings;
    for (const struct json_value *member = settings == NULL ? NULL : settings->first; member != NULL;
         member = member->next)
        check_member(validation, member);
}
