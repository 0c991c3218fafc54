/* Reads and checks the settings; nothing here knows a key. */
#include "vault_settings.h"

static const char *const key_words[] = {"either", "own", "shared"};
enum { MEMBERS_MAX = 64, HEADER_BYTES_MAX = 128, SCHEME_BYTES_MAX = 32 };

/* RFC 9110 section 5.6.2, without capital letters: HTTP/2 sends none (RFC 9113 section 8.2.1). */
static bool is_token(struct text text, size_t most, bool may_have_capitals)
{
    if (text.length == 0 || text.length > most)
        return false;
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.base[i];
        bool is_capital = byte >= 'A' && byte <= 'Z';
        if (!(byte >= 'a' && byte <= 'z') && !(byte >= '0' && byte <= '9') && byte != '-' && byte != '_' &&
            !(is_capital && may_have_capitals))
            return false;
    }
    return true;
}

/* Headers that say how a request is to be read or where it goes. */
static bool is_reserved(struct text header)
{
    static const char *const names[] = {
        "host", "connection", "content-length", "transfer-encoding",  "upgrade", "content-type",
        "te",   "trailer",    "cookie",         "proxy-authorization"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (text_is(header, names[i]))
            return true;
    return false;
}

static bool is_header(struct text text)
{
    return is_token(text, HEADER_BYTES_MAX, false) && !is_reserved(text);
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
    if (is_header(header))
        read.presentation = (struct credential_presentation){header, TEXT_NONE};
    if (is_token(scheme, SCHEME_BYTES_MAX, true))
        read.presentation.scheme = scheme;
    if (keys >= 0)
        read.keys = (enum vault_keys)keys;
    return read;
}

static void add(struct settings_validation *validation, struct text name, struct text sentence)
{
    validation->mistakes[validation->mistake_count++] =
        (struct settings_mistake){arena_print(validation->arena, "/%.*s", TEXT_ARGUMENTS(name)), sentence};
}

static void check_member(struct settings_validation *validation, const struct json_value *member)
{
    struct text value = json_string(member);
    if (text_is(member->name, "header")) {
        if (!is_header(value))
            add(validation, member->name,
                TEXT("expected the name of a header in lower case that may carry a key, such as x-api-key"));
    } else if (text_is(member->name, "scheme")) {
        if (!is_token(value, SCHEME_BYTES_MAX, true))
            add(validation, member->name,
                TEXT("expected the word that stands before the key, such as Bearer, or nothing at all"));
    } else if (text_is(member->name, "keys")) {
        if (keys_named(value) < 0)
            add(validation, member->name, TEXT("expected either, own or shared"));
    } else {
        add(validation, member->name, TEXT("unknown; known: header, scheme, keys"));
    }
}

void vault_settings_check(struct settings_validation *validation)
{
    const struct json_value *settings = validation->target.settings;
    validation->mistakes = ARENA_ARRAY(validation->arena, struct settings_mistake, MEMBERS_MAX);
    for (const struct json_value *member = settings == NULL ? NULL : settings->first;
         member != NULL && validation->mistake_count < MEMBERS_MAX; member = member->next)
        check_member(validation, member);
}
