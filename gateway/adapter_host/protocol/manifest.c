/* See manifest.h. Everything is bounded and copied, since the line it stood in goes. */
#include "protocol/manifest.h"

#include <string.h>

struct text manifest_text_of(const struct manifest_text *text)
{
    return (struct text){text->bytes, text->length};
}

static bool keep(struct manifest_text *kept, struct text text, size_t most)
{
    if (text.length == 0 || text.length > most || !text_is_printable(text))
        return false;
    memcpy(kept->bytes, text.base, text.length);
    kept->length = text.length;
    return true;
}

/* Members that may be missing; false for one that is there and of another kind. */
static bool read_boolean(const struct json_value *object, const char *name, bool *value)
{
    const struct json_value *member = json_member(object, text_of(name));
    *value = json_is_true(member);
    return member == NULL || member->kind == JSON_BOOLEAN;
}

static bool read_credential(const struct json_value *value, struct manifest *manifest)
{
    struct manifest_credential *credential = &manifest->credentials[manifest->credential_count];
    struct text type = json_text_of(value, "type"), token_type = json_text_of(value, "token_type");
    credential->is_bearer = text_is(token_type, "Bearer");
    if (!text_is_absolute_uri(type) || !keep(&credential->type, type, MANIFEST_TYPE_MAX) ||
        manifest_find(manifest, type) != NULL)
        return false;
    manifest->credential_count++;
    return credential->is_bearer || text_is(token_type, "N_A");
}

static bool read_credentials(const struct json_value *list, struct manifest *manifest)
{
    if (list == NULL || list->kind != JSON_ARRAY || list->count == 0 || list->count > MANIFEST_CREDENTIALS_MAX)
        return false;
    for (const struct json_value *item = list->first; item != NULL; item = item->next)
        if (item->kind != JSON_OBJECT || !read_credential(item, manifest))
            return false;
    return true;
}

static bool read_choice(const struct json_value *object, const char *name, const char *const choices[],
                        int *chosen)
{
    const struct json_value *member = json_member(object, text_of(name));
    for (*chosen = 0; choices[*chosen] != NULL; ++*chosen)
        if (member == NULL || text_is(json_string(member), choices[*chosen]))
            return true;
    return false;
}

static bool read_rest(const struct json_value *value, struct manifest *manifest, const char **mistake)
{
    static const char *const networks[] = {"none", "any", NULL};
    static const char *const connects[] = {"none", "secret", "browser", NULL};
    const struct json_value *schema = json_member(value, TEXT("settings_schema"));
    int network, connect;
    *mistake = "its manifest's outside_effects, renews, shares, binds or confirms is neither true nor false";
    if (!read_boolean(value, "outside_effects", &manifest->has_outside_effects) ||
        !read_boolean(value, "renews", &manifest->renews) ||
        !read_boolean(value, "shares", &manifest->shares) || !read_boolean(value, "binds", &manifest->binds) ||
        !read_boolean(value, "confirms", &manifest->confirms))
        return false;
    if (json_member(value, TEXT("outside_effects")) == NULL)
        manifest->has_outside_effects = true; /* who does not say may have some */
    *mistake = "its manifest says that it confirms, which is for what has no outside effects and is not shared";
    if (manifest->confirms && (manifest->has_outside_effects || manifest->shares))
        return false;
    *mistake = "its manifest's network is neither none nor any";
    if (!read_choice(value, "network", networks, &network))
        return false;
    *mistake = "its manifest's connects is not none, secret or browser";
    if (!read_choice(value, "connects", connects, &connect))
        return false;
    *mistake = "its manifest's settings_schema is no object";
    if (schema != NULL && schema->kind != JSON_OBJECT)
        return false;
    *mistake = "its manifest's concurrency is not 1 to 1024";
    manifest->wants_network = network != 0;
    manifest->connects = (enum manifest_connects)connect;
    return json_integer(json_member(value, TEXT("concurrency")), &manifest->concurrency) &&
           manifest->concurrency >= 1 && manifest->concurrency <= 1024;
}

bool manifest_read(const struct json_value *result, struct manifest *manifest, const char **mistake)
{
    const struct json_value *value = json_member(result, TEXT("manifest"));
    *manifest = (struct manifest){0};
    *mistake = "it speaks no version of the protocol that this gateway speaks";
    if (json_integer_of(result, "protocol") != PROTOCOL_VERSION)
        return false;
    *mistake = "it has no manifest, or one without a name and version of 1 to 64 printable bytes";
    if (value == NULL || value->kind != JSON_OBJECT ||
        !keep(&manifest->name, json_text_of(value, "name"), MANIFEST_NAME_MAX) ||
        !keep(&manifest->version, json_text_of(value, "version"), MANIFEST_NAME_MAX))
        return false;
    *mistake = "its manifest's credentials are not 1 to 16 different types, each with a token_type";
    if (!read_credentials(json_member(value, TEXT("credentials")), manifest))
        return false;
    return read_rest(value, manifest, mistake);
}

const struct manifest_credential *manifest_find(const struct manifest *manifest, struct text type)
{
    for (size_t i = 0; i < manifest->credential_count; i++)
        if (text_equal(manifest_text_of(&manifest->credentials[i].type), type))
            return &manifest->credentials[i];
    return NULL;
}

void manifest_write(const struct manifest *manifest, struct json_writer *writer)
{
    static const char *const connects[] = {"none", "secret", "browser"};
    json_begin_object(writer);
    json_member_text(writer, "name", manifest_text_of(&manifest->name));
    json_member_text(writer, "version", manifest_text_of(&manifest->version));
    json_name(writer, TEXT("credentials"));
    json_begin_array(writer);
    for (size_t i = 0; i < manifest->credential_count; i++)
        json_write_text(writer, manifest_text_of(&manifest->credentials[i].type));
    json_end_array(writer);
    json_member_boolean(writer, "outside_effects", manifest->has_outside_effects);
    json_member_text(writer, "network", manifest->wants_network ? TEXT("any") : TEXT("none"));
    json_member_integer(writer, "concurrency", manifest->concurrency);
    json_member_boolean(writer, "renews", manifest->renews);
    json_member_boolean(writer, "shares", manifest->shares);
    json_member_boolean(writer, "binds", manifest->binds);
    json_member_boolean(writer, "confirms", manifest->confirms);
    json_member_text(writer, "connects", text_of(connects[manifest->connects]));
    json_end_object(writer);
}
