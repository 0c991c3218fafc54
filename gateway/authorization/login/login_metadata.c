/* Nothing is inferred: the issuer must name itself byte for byte, so that no document can speak for another. */
#include "login/login_metadata.h"

#include "page.h"
#include "json/json_value.h"

struct text login_metadata_url(struct arena *arena, struct text issuer)
{
    if (issuer.length != 0 && issuer.base[issuer.length - 1] == '/')
        issuer.length--;
    return arena_print(arena, "%.*s/.well-known/openid-configuration", TEXT_ARGUMENTS(issuer));
}

/* Credentials and codes go there, and a browser: nothing that is read by whoever listens. */
static bool may_be_gone_to(struct text url, struct text issuer)
{
    bool is_secure = text_starts_with(url, TEXT("https://")) ||
                     (text_starts_with(url, TEXT("http://")) && text_starts_with(issuer, TEXT("http://")));
    return url.length <= LOGIN_ENDPOINT_BYTES_MAX && is_secure && page_may_go_to(url);
}

/* Whether a list has it; one that is not there says nothing against it. */
static bool may_have(const struct json_value *metadata, const char *name, const char *value)
{
    const struct json_value *list = json_member(metadata, text_of(name));
    if (list == NULL)
        return true;
    for (const struct json_value *item = list->first; item != NULL; item = item->next)
        if (text_is(json_string(item), value))
            return true;
    return false;
}

static const char *find_problem(const struct json_value *metadata, struct text issuer,
                                const struct login_metadata *read)
{
    const struct json_value *name = json_member(metadata, TEXT("issuer"));
    if (!json_is_string(name) || !text_equal(json_string(name), issuer))
        return "the metadata's issuer is not the configured one";
    if (!may_be_gone_to(read->authorization_endpoint, issuer))
        return "the metadata has no https authorization_endpoint";
    if (!may_be_gone_to(read->token_endpoint, issuer))
        return "the metadata has no https token_endpoint";
    if (!may_have(metadata, "response_types_supported", "code"))
        return "the metadata has no response type code";
    if (!may_have(metadata, "code_challenge_methods_supported", "S256"))
        return "the metadata has no code challenge method S256";
    return NULL;
}

enum fault login_metadata_read(struct arena *arena, struct text document, struct text issuer,
                               struct login_metadata *metadata, const char **problem)
{
    const struct json_value *json = NULL;
    *problem = "the metadata is not strict JSON";
    *metadata = (struct login_metadata){0};
    if (json_parse(arena, document, &json_limits_document, &json) != FAULT_NONE)
        return FAULT_LOGIN_ANSWER;
    const struct login_metadata read = {
        .authorization_endpoint = json_text_of(json, "authorization_endpoint"),
        .token_endpoint = json_text_of(json, "token_endpoint"),
        .names_itself = json_is_true(json_member(json, TEXT("authorization_response_iss_parameter_supported"))),
    };
    *problem = find_problem(json, issuer, &read);
    if (*problem != NULL)
        return FAULT_LOGIN_ANSWER;
    metadata->authorization_endpoint = arena_copy(arena, read.authorization_endpoint);
    metadata->token_endpoint = arena_copy(arena, read.token_endpoint);
    metadata->names_itself = read.names_itself;
    return FAULT_NONE;
}
