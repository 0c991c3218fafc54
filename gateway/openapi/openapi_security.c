/* Scopes that an operation needs: those of OAuth 2 and OpenID Connect schemes (OpenAPI 3.1.1 section 4.8.30).
 * Of requirements of which one is enough, the first that names any counts: more may be asked for than the other
 * side would, never less than its first way. */
#include "openapi_parts.h"

static bool has_scopes(struct openapi_reading *reading, struct openapi_spot requirement, struct text scheme)
{
    static const char *const path[] = {"components", "securitySchemes"};
    struct openapi_spot spot = {reading->document, TEXT("")};
    for (size_t i = 0; i < sizeof(path) / sizeof(path[0]); i++)
        spot = openapi_member(reading, spot, text_of(path[i]));
    spot = openapi_member(reading, spot, scheme);
    if (spot.value == NULL)
        openapi_mistake(reading, requirement, "there is no security scheme %.*s",
                        TEXT_ARGUMENTS(openapi_quote(reading, scheme)));
    if (spot.value == NULL || !openapi_resolve(reading, &spot))
        return false;
    struct text type = json_text_of(spot.value, "type");
    return text_is(type, "oauth2") || text_is(type, "openIdConnect");
}

/* RFC 6749 section 3.3: scope-token. */
static bool is_scope(const struct json_value *value)
{
    struct text scope = json_string(value);
    for (size_t i = 0; i < scope.length; i++) {
        char byte = scope.base[i];
        if (byte <= ' ' || byte > '~' || byte == '"' || byte == '\\')
            return false;
    }
    return scope.length != 0 && scope.length <= OPENAPI_NAME_BYTES_MAX;
}

static void add_scope(struct openapi_reading *reading, struct openapi_spot requirement,
                      struct openapi_operation *operation, struct text *scopes, const struct json_value *scope)
{
    if (!is_scope(scope)) {
        openapi_mistake(reading, requirement, "expected scopes, of printable ASCII without spaces");
        return;
    }
    for (size_t i = 0; i < operation->scope_count; i++)
        if (text_equal(scopes[i], scope->text))
            return;
    if (operation->scope_count == OPENAPI_SCOPES_MAX)
        openapi_mistake(reading, requirement, "more than %d scopes", OPENAPI_SCOPES_MAX);
    else
        scopes[operation->scope_count++] = scope->text;
}

/* All schemes of one requirement are needed together. */
static void read_requirement(struct openapi_reading *reading, struct openapi_spot requirement,
                             struct openapi_operation *operation, struct text *scopes)
{
    const struct json_value *scheme = requirement.value->kind == JSON_OBJECT ? requirement.value->first : NULL;
    for (; scheme != NULL; scheme = scheme->next) {
        if (scheme->kind != JSON_ARRAY || !has_scopes(reading, requirement, scheme->name))
            continue;
        for (const struct json_value *scope = scheme->first; scope != NULL; scope = scope->next)
            add_scope(reading, requirement, operation, scopes, scope);
    }
}

void openapi_read_security(struct openapi_reading *reading, struct openapi_spot root,
                           struct openapi_draft *draft)
{
    struct openapi_spot list = openapi_member(reading, draft->spot, TEXT("security"));
    struct text *scopes = ARENA_ARRAY(reading->arena, struct text, OPENAPI_SCOPES_MAX);
    if (list.value == NULL)
        list = openapi_member(reading, root, TEXT("security"));
    draft->operation.scopes = scopes;
    if (list.value == NULL || list.value->kind != JSON_ARRAY)
        return;
    for (size_t i = 0; i < list.value->count && draft->operation.scope_count == 0; i++)
        read_requirement(reading, openapi_item(reading, list, i), &draft->operation, scopes);
}
