/* See client_document.h. */
#include "code/client_document.h"

#include "base/outside_url.h"
#include "code/redirect_uri.h"

static const struct json_value *list_of(const struct json_value *json, const char *name)
{
    const struct json_value *list = json_member(json, text_of(name));
    return list != NULL && list->kind == JSON_ARRAY ? list : NULL;
}

/* Where a list is there, it has this. */
static bool may_have(const struct json_value *json, const char *name, const char *value)
{
    const struct json_value *member = json_member(json, text_of(name)), *list = list_of(json, name);
    if (member == NULL)
        return true;
    for (const struct json_value *item = list == NULL ? NULL : list->first; item != NULL; item = item->next)
        if (text_is(json_string(item), value))
            return true;
    return false;
}

/* A secret in a public document is none, and who says that it has one is to be asked for it. */
static bool is_public(const struct json_value *json)
{
    const struct json_value *method = json_member(json, TEXT("token_endpoint_auth_method"));
    bool has_secret = json_member(json, TEXT("client_secret")) != NULL ||
                      json_member(json, TEXT("client_secret_expires_at")) != NULL;
    return !has_secret && (method == NULL || text_is(json_string(method), "none"));
}

static struct text name_of(struct arena *arena, const struct json_value *json)
{
    struct text name = json_text_of(json, "client_name");
    bool is_shown = name.length != 0 && name.length <= CLIENT_NAME_SHOWN_MAX && text_is_printable(name);
    return is_shown ? arena_copy(arena, name) : TEXT_NONE;
}

static void keep(struct arena *arena, struct client_words *words, struct text uri)
{
    words->redirect_uris[words->redirect_count++] = arena_copy(arena, uri);
}

/* --- a document --- */

static bool is_its_own(struct text uri, struct text client_id)
{
    return redirect_uri_is_acceptable(uri) &&
           (redirect_uri_is_loopback(uri) ||
            text_equal(outside_url_origin(uri), outside_url_origin(client_id)));
}

static void keep_its_own(struct arena *arena, const struct json_value *list, struct text client_id,
                         struct client_words *words)
{
    for (const struct json_value *item = list->first; item != NULL; item = item->next)
        if (words->redirect_count < CLIENT_REDIRECTS_MAX && is_its_own(json_string(item), client_id))
            keep(arena, words, json_string(item));
}

static const char *find_problem(const struct json_value *json, struct text client_id)
{
    if (json->kind != JSON_OBJECT)
        return "it is no JSON object";
    if (!text_equal(json_text_of(json, "client_id"), client_id))
        return "its client_id is not its URL, byte for byte";
    if (!is_public(json))
        return "its token_endpoint_auth_method is another than none, or it has a secret";
    if (!may_have(json, "grant_types", "authorization_code"))
        return "its grant_types do not have authorization_code";
    if (!may_have(json, "response_types", "code"))
        return "its response_types do not have code";
    return list_of(json, "redirect_uris") == NULL ? "it has no redirect_uris" : NULL;
}

enum fault client_document_read(struct arena *arena, struct text document, struct text client_id,
                                struct client_words *words, const char **problem)
{
    const struct json_value *json = NULL;
    *words = (struct client_words){0};
    *problem = "it is no strict JSON";
    if (document.length > CLIENT_DOCUMENT_BYTES_MAX ||
        json_parse(arena, document, &json_limits_token, &json) != FAULT_NONE)
        return FAULT_CLIENT_DOCUMENT_ANSWER;
    *problem = find_problem(json, client_id);
    if (*problem != NULL)
        return FAULT_CLIENT_DOCUMENT_ANSWER;
    words->name = name_of(arena, json);
    keep_its_own(arena, list_of(json, "redirect_uris"), client_id, words);
    *problem = "none of its redirect_uris leads to its own origin or to a loopback address";
    return words->redirect_count != 0 ? FAULT_NONE : FAULT_CLIENT_DOCUMENT_ANSWER;
}

/* --- a registration --- */

static enum fault read_redirects(struct arena *arena, const struct json_value *list, struct client_words *words)
{
    if (list == NULL || list->count == 0 || list->count > CLIENT_REDIRECTS_MAX)
        return FAULT_REGISTRATION_REDIRECT;
    for (const struct json_value *item = list->first; item != NULL; item = item->next) {
        if (!redirect_uri_is_acceptable(json_string(item)))
            return FAULT_REGISTRATION_REDIRECT;
        keep(arena, words, json_string(item));
    }
    return FAULT_NONE;
}

enum fault client_registration_read(struct arena *arena, struct text body, struct client_words *words)
{
    const struct json_value *json = NULL;
    *words = (struct client_words){0};
    if (body.length > CLIENT_DOCUMENT_BYTES_MAX ||
        json_parse(arena, body, &json_limits_token, &json) != FAULT_NONE || json->kind != JSON_OBJECT)
        return FAULT_REGISTRATION_METADATA;
    /* Left out it is client_secret_basic (RFC 7591 section 2), which nobody gets here; what is registered
     * instead is in the answer (section 3.2.1). */
    const struct json_value *name = json_member(json, TEXT("client_name"));
    words->name = name_of(arena, json);
    bool is_named_badly = name != NULL && words->name.length == 0;
    if (!is_public(json) || is_named_badly || !may_have(json, "grant_types", "authorization_code") ||
        !may_have(json, "response_types", "code"))
        return FAULT_REGISTRATION_METADATA;
    return read_redirects(arena, list_of(json, "redirect_uris"), words);
}

/* --- in rows --- */

void client_words_write(struct json_writer *writer, const struct client_words *words)
{
    json_member_text_if(writer, "client_name", words->name);
    json_name(writer, TEXT("redirect_uris"));
    json_begin_array(writer);
    for (size_t i = 0; i < words->redirect_count; i++)
        json_write_text(writer, words->redirect_uris[i]);
    json_end_array(writer);
}

void client_words_from(const struct json_value *row, struct client_words *words)
{
    const struct json_value *list = list_of(row, "redirect_uris");
    *words = (struct client_words){.name = json_text_of(row, "client_name")};
    for (const struct json_value *item = list == NULL ? NULL : list->first; item != NULL; item = item->next)
        if (words->redirect_count < CLIENT_REDIRECTS_MAX)
            words->redirect_uris[words->redirect_count++] = json_string(item);
}
