/* Attributes that come back: {"department": "sales", "groups": ["staff", "buyers"]}, as the jwt adapter wrote
 * them.
 */
#include "carried_attributes.h"

#include "claim_mapping.h"

static bool is_name(struct text name)
{
    return name.length != 0 && name.length <= CARRIED_NAME_BYTES_MAX && text_is_printable(name);
}

enum fault carried_attributes_read(struct arena *arena, struct verified_token *token)
{
    const struct json_value *claim = json_member(token->claims.all, TEXT("dragoman_attributes"));
    if (claim == NULL)
        return FAULT_NONE;
    if (claim->kind != JSON_OBJECT || claim->count > CARRIED_ATTRIBUTES_MAX)
        return FAULT_TOKEN_CLAIMS;
    struct token_attribute *attributes = ARENA_ARRAY(arena, struct token_attribute, claim->count + 1);
    size_t count = 0;
    for (const struct json_value *member = claim->first; member != NULL; member = member->next) {
        struct text value;
        if (!is_name(member->name) || (member->kind != JSON_STRING && member->kind != JSON_ARRAY))
            return FAULT_TOKEN_CLAIMS;
        TRY(claim_read_attribute(arena, member, &value));
        if (value.length == 0)
            return FAULT_TOKEN_CLAIMS;
        attributes[count++] = (struct token_attribute){member->name, value, member->kind == JSON_ARRAY};
    }
    token->attributes = attributes;
    token->attribute_count = count;
    return FAULT_NONE;
}
