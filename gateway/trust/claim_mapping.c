/* Claim mapping. Lists are joined by a byte that no element has, so that ["x admin"] never reads like
 * ["x", "admin"]: a line feed for attributes, a space where the claim's own grammar has it so. */
#include "claim_mapping.h"

#include <string.h>

bool claim_is_name(const struct json_value *value)
{
    struct text text = json_string(value);
    return text.length != 0 && text.length <= CLAIM_NAME_BYTES_MAX && text_is_printable(text);
}

/* What is printable has no line feed. */
static bool is_element(const struct json_value *value, char separator)
{
    struct text text = json_string(value);
    return text.length != 0 && memchr(text.base, separator, text.length) == NULL && text_is_printable(text);
}

static enum fault join(struct arena *arena, const struct json_value *array, char separator, size_t limit,
                       struct text *joined)
{
    size_t length = 0;
    for (const struct json_value *element = array->first; element != NULL; element = element->next) {
        if (!is_element(element, separator))
            return FAULT_TOKEN_CLAIMS;
        length += element->text.length + (length != 0);
    }
    if (length > limit)
        return FAULT_TOKEN_CLAIMS;
    char *out = arena_allocate(arena, length + 1);
    *joined = (struct text){out, length};
    for (const struct json_value *element = array->first; element != NULL; element = element->next) {
        memcpy(out, element->text.base, element->text.length);
        out += element->text.length;
        if (element->next != NULL)
            *out++ = separator;
    }
    return FAULT_NONE;
}

enum fault claim_read_attribute(struct arena *arena, const struct json_value *claim, struct text *value)
{
    int64_t integer;
    *value = TEXT_NONE;
    if (claim == NULL || claim->kind == JSON_NULL)
        return FAULT_NONE;
    if (claim->kind == JSON_BOOLEAN)
        *value = claim->boolean ? TEXT("true") : TEXT("false");
    else if (claim->kind == JSON_ARRAY)
        return join(arena, claim, '\n', CLAIM_LIST_BYTES_MAX, value);
    else if (claim->kind == JSON_STRING || json_integer(claim, &integer))
        *value = claim->text;
    else
        return FAULT_TOKEN_CLAIMS;
    /* Cut short, a value could mean something else to a policy. */
    return value->length <= CLAIM_ATTRIBUTE_BYTES_MAX && text_is_printable(*value) ? FAULT_NONE
                                                                                   : FAULT_TOKEN_CLAIMS;
}

static enum fault map_attributes(struct arena *arena, const struct issuer_document *spec,
                                 struct verified_token *token)
{
    struct token_attribute *attributes = ARENA_ARRAY(arena, struct token_attribute, spec->attributes.count + 1);
    size_t count = 0;
    for (size_t i = 0; i < spec->attributes.count; i++) {
        struct text value;
        const struct json_value *claim = json_at(token->claims.all, spec->attributes.items[i].value);
        TRY(claim_read_attribute(arena, claim, &value));
        if (value.length != 0)
            attributes[count++] =
                (struct token_attribute){spec->attributes.items[i].name, value, claim->kind == JSON_ARRAY};
    }
    token->attributes = attributes;
    token->attribute_count = count;
    return FAULT_NONE;
}

/* RFC 8693 section 4.2 makes scope a string; some providers send an array, or call it scp. */
static enum fault map_scope(struct arena *arena, struct verified_token *token)
{
    const struct json_value *claim = json_member(token->claims.all, TEXT("scope"));
    if (claim == NULL)
        claim = json_member(token->claims.all, TEXT("scp"));
    if (claim == NULL)
        return FAULT_NONE;
    token->has_scope = true;
    if (claim->kind == JSON_ARRAY)
        return join(arena, claim, ' ', CLAIM_SCOPE_BYTES_MAX, &token->scope);
    if (claim->kind != JSON_STRING || claim->text.length > CLAIM_SCOPE_BYTES_MAX ||
        !text_is_printable(claim->text))
        return FAULT_TOKEN_CLAIMS;
    token->scope = claim->text;
    return FAULT_NONE;
}

static enum fault map_client(struct verified_token *token)
{
    const struct json_value *claim = json_member(token->claims.all, TEXT("client_id"));
    if (claim == NULL)
        claim = json_member(token->claims.all, TEXT("azp"));
    if (claim != NULL && !claim_is_name(claim))
        return FAULT_TOKEN_CLAIMS;
    token->client_id = json_string(claim);
    return FAULT_NONE;
}

/* How the subject authenticated. What is said in another shape is as good as not said: it can only ask for
 * more. */
static void map_authentication(struct arena *arena, struct verified_token *token)
{
    const struct json_value *acr = json_member(token->claims.all, TEXT("acr"));
    const struct json_value *amr = json_member(token->claims.all, TEXT("amr"));
    int64_t auth_time_s = json_integer_of(token->claims.all, "auth_time");
    if (is_element(acr, ' ') && acr->text.length <= CLAIM_ATTRIBUTE_BYTES_MAX)
        token->acr = acr->text;
    if (amr != NULL && amr->kind == JSON_ARRAY &&
        join(arena, amr, ' ', CLAIM_ATTRIBUTE_BYTES_MAX, &token->amr) != FAULT_NONE)
        token->amr = TEXT_NONE;
    token->auth_time_s = auth_time_s > 0 ? auth_time_s : 0;
}

enum fault claim_mapping_apply(struct arena *arena, const struct issuer_document *spec,
                               struct verified_token *token)
{
    const struct json_value *subject =
        json_at(token->claims.all, spec->subject_claim.length != 0 ? spec->subject_claim : TEXT("sub"));
    if (!claim_is_name(subject))
        return FAULT_TOKEN_CLAIMS;
    token->identity.subject = json_string(subject);
    TRY(map_attributes(arena, spec, token));
    TRY(map_scope(arena, token));
    map_authentication(arena, token);
    return map_client(token);
}
