/* Whether what an adapter made is what was ordered or less. What is more is WIDER, and is taken back; what is
 * not as the protocol says is BROKEN; what has ended already is of no use, and nobody's fault. */
#include "protocol/minting_check.h"

#include "adapter_protocol/numbers.h"
#include "base/header_name.h"
#include "base/random.h"
#include "store/row.h"

enum { SCHEME_MAX = 32 };

/* Could stand in the value of a header (RFC 9110 section 5.5). */
static bool is_credential(struct text credential)
{
    if (credential.length == 0 || credential.length > PROTOCOL_CREDENTIAL_MAX)
        return false;
    for (size_t i = 0; i < credential.length; i++) {
        unsigned char byte = (unsigned char)credential.base[i];
        if (byte < 0x20 || byte == 0x7f)
            return false;
    }
    return true;
}

static bool is_scheme(struct text scheme)
{
    return scheme.length <= SCHEME_MAX && text_is_token(scheme);
}

static bool is_presentation(const struct json_value *presentation)
{
    struct text name = json_text_of(presentation, "name");
    const struct json_value *scheme = json_member(presentation, TEXT("scheme"));
    if (presentation == NULL)
        return true;
    return presentation->kind == JSON_OBJECT && text_is(json_text_of(presentation, "in"), "header") &&
           header_name_takes_credential(name) && (scheme == NULL || is_scheme(json_string(scheme)));
}

static bool has_scope(struct text scopes, struct text scope)
{
    while (scopes.length != 0)
        if (text_equal(text_cut(&scopes, ' '), scope))
            return true;
    return false;
}

static size_t count_scopes(struct text scopes)
{
    size_t count = 0;
    for (; scopes.length != 0; count++)
        text_cut(&scopes, ' ');
    return count;
}

static enum judgement check_scopes(const struct credential_order *order, const struct json_value *scopes,
                                   const char **mistake)
{
    *mistake = "minted a credential whose scopes are no list of texts";
    if (scopes == NULL)
        return JUDGED_GOOD; /* those of the order */
    if (scopes->kind != JSON_ARRAY)
        return JUDGED_BROKEN;
    /* More than were ordered are not a part of them; so a long list costs nothing. */
    bool is_wider = scopes->count > count_scopes(order->scope);
    for (const struct json_value *scope = scopes->first; scope != NULL && !is_wider; scope = scope->next) {
        if (!json_is_string(scope))
            return JUDGED_BROKEN;
        is_wider = !has_scope(order->scope, json_string(scope));
    }
    if (is_wider)
        *mistake = "minted a credential with scopes that were not ordered";
    return is_wider ? JUDGED_WIDER : JUDGED_GOOD;
}

static enum judgement check_width(const struct credential_order *order, const struct manifest *manifest,
                                  const struct json_value *result, const char **mistake)
{
    int64_t expires_at_s = json_integer_of(result, "expires_at");
    const struct json_value *type = json_member(result, TEXT("type"));
    if (expires_at_s > order->expires_at_s) {
        *mistake = "minted a credential that lives longer than was ordered";
        return JUDGED_WIDER;
    }
    if (type != NULL && manifest_find(manifest, json_string(type)) == NULL) {
        *mistake = "minted a credential of a type that its manifest does not have";
        return JUDGED_WIDER;
    }
    if (type != NULL && order->requested_type.length != 0 &&
        !text_equal(json_string(type), order->requested_type)) {
        *mistake = "minted a credential of another type than was ordered";
        return JUDGED_WIDER;
    }
    return check_scopes(order, json_member(result, TEXT("scopes")), mistake);
}

static bool is_text_or_missing(const struct json_value *value, size_t most)
{
    return value == NULL || (json_is_string(value) && json_string(value).length <= most);
}

static bool is_fingerprint(const struct json_value *value)
{
    struct text text = json_string(value);
    if (value == NULL)
        return true;
    for (size_t i = 0; i < text.length; i++)
        if (text_hexadecimal_value(text.base[i]) < 0)
            return false;
    return text.length == 2 * STORE_HASH_SIZE;
}

static bool is_account(const struct json_value *value)
{
    struct text account = json_string(value);
    return value == NULL ||
           (account.length != 0 && account.length <= PROTOCOL_ACCOUNT_MAX && text_is_printable(account));
}

/* What is shared is good for longer and was made for whomever; of what is not, neither may be said. */
static enum judgement check_sharing(const struct manifest *manifest, const struct json_value *result,
                                    const char **mistake)
{
    const struct json_value *until = json_member(result, TEXT("lives_until"));
    const struct json_value *lease = json_member(result, TEXT("made_for"));
    struct text made_for = json_string(lease);
    int64_t lives_until_s;
    if (until == NULL && lease == NULL)
        return JUDGED_GOOD;
    *mistake = "minted a credential with lives_until or made_for, and its manifest does not say that it shares";
    if (!manifest->shares)
        return JUDGED_BROKEN;
    *mistake = "minted a credential with a lives_until that is no time from expires_at on";
    if (until != NULL && (!json_integer(until, &lives_until_s) || lives_until_s > PROTOCOL_TIME_MAX_S ||
                          lives_until_s < json_integer_of(result, "expires_at")))
        return JUDGED_BROKEN;
    *mistake = "minted a credential whose made_for is no lease";
    if (lease != NULL && (made_for.length == 0 || identifier_time_ms(made_for.base, made_for.length) < 0))
        return JUDGED_BROKEN;
    return JUDGED_GOOD;
}

/* It comes back in confirm, and nowhere else. */
static bool is_confirmation(const struct credential_order *order, const struct manifest *manifest,
                            const struct json_value *value)
{
    struct text text = json_string(value);
    if (value == NULL)
        return true;
    return manifest->confirms && order->is_for_call && text.length != 0 &&
           text.length <= PROTOCOL_CONFIRMATION_MAX;
}

enum judgement minting_check(const struct credential_order *order, const struct manifest *manifest,
                             int64_t now_s, const struct json_value *result, const char **mistake)
{
    int64_t expires_at_s;
    *mistake = "minted a credential without expires_at";
    if (!json_integer(json_member(result, TEXT("expires_at")), &expires_at_s))
        return JUDGED_BROKEN;
    enum judgement width = check_width(order, manifest, result, mistake);
    if (width != JUDGED_GOOD)
        return width;
    *mistake = "minted a credential that is not 1 to 65536 bytes without control characters";
    if (!is_credential(json_text_of(result, "credential")))
        return JUDGED_BROKEN;
    *mistake = "minted a credential whose presentation is none that is known";
    if (!is_presentation(json_member(result, TEXT("presentation"))))
        return JUDGED_BROKEN;
    *mistake = "minted a credential with a handle that is no text of at most 4096 bytes";
    if (!is_text_or_missing(json_member(result, TEXT("handle")), PROTOCOL_HANDLE_MAX))
        return JUDGED_BROKEN;
    *mistake = "minted a credential with a fingerprint that is not 64 hexadecimal digits";
    if (!is_fingerprint(json_member(result, TEXT("fingerprint"))))
        return JUDGED_BROKEN;
    *mistake = "minted a credential for an account that is no printable text of 1 to 256 bytes";
    if (!is_account(json_member(result, TEXT("account"))))
        return JUDGED_BROKEN;
    if (check_sharing(manifest, result, mistake) != JUDGED_GOOD)
        return JUDGED_BROKEN;
    *mistake = "minted a credential with a confirmation that was not asked for, or is not 1 to 128 bytes";
    if (!is_confirmation(order, manifest, json_member(result, TEXT("confirmation"))))
        return JUDGED_BROKEN;
    *mistake = "minted a credential that has ended already";
    return expires_at_s > now_s ? JUDGED_GOOD : JUDGED_FAILED;
}
