/* @NAME@: an adapter for Dragoman. mint() makes a credential that whoever shares the target's secret can check;
 * change it to make yours. The adapter protocol is the library's business. */
#include "base/base64url.h"
#include "base/digest.h"
#include "base/random.h"
#include "dragoman/adapter_tools.h"

enum { SECRET_LEAST = 32, SECRET_MOST = 1024, NONCE_SIZE = 9 };

/* Also by mint, so that what is registered and what is used are judged alike. */
static struct text read_settings(const struct adapter_target *target, struct adapter_mistakes *mistakes)
{
    struct adapter_settings settings = adapter_settings_of(mistakes, target->settings);
    struct text secret = adapter_setting_text(&settings, "secret", ADAPTER_REQUIRED, SECRET_MOST);
    if (secret.base != NULL && secret.length < SECRET_LEAST)
        adapter_mistake(mistakes, TEXT("/secret"), "expected a text of at least %d characters", SECRET_LEAST);
    adapter_settings_end(&settings);
    return secret;
}

static enum adapter_outcome validate(struct adapter_call *call, const struct adapter_target *target,
                                     struct adapter_mistakes *mistakes)
{
    (void)call;
    read_settings(target, mistakes);
    return ADAPTER_DONE;
}

/* EXPIRES.SUBJECT.NONCE.SIGNATURE. made comes with the end and the scopes that were ordered: narrow them, never
 * widen. */
static enum adapter_outcome mint(struct adapter_call *call, const struct adapter_order *order,
                                 struct adapter_credential *made)
{
    unsigned char nonce[NONCE_SIZE], signature[DIGEST_SIZE];
    struct arena *arena = adapter_arena(call);
    struct adapter_mistakes *mistakes = adapter_mistakes_begin(call);
    struct text secret = read_settings(&order->target, mistakes);
    ADAPTER_TRY(adapter_mistakes_end(call, mistakes));
    if (adapter_is_over(call))
        return ADAPTER_CANCELLED;
    random_bytes(nonce, sizeof(nonce));
    struct text subject =
        base64url_encode_text(arena, order->subject.subject.base, order->subject.subject.length);
    struct text unique = base64url_encode_text(arena, nonce, sizeof(nonce));
    struct text payload = arena_print(arena, "%lld.%.*s.%.*s", (long long)made->expires_at_s,
                                      TEXT_ARGUMENTS(subject), TEXT_ARGUMENTS(unique));
    digest_hmac(secret, payload, signature);
    struct text signed_part = base64url_encode_text(arena, signature, sizeof(signature));
    made->credential = arena_print(arena, "%.*s.%.*s", TEXT_ARGUMENTS(payload), TEXT_ARGUMENTS(signed_part));
    made->header = TEXT("x-@NAME@");
    return ADAPTER_DONE;
}

static const struct adapter_kind kinds[] = {{"urn:dragoman:token-type:@NAME@", "N_A"}};

static const struct adapter_definition definition = {
    .name = "@NAME@",
    .version = "0.1.0",
    .kinds = kinds,
    .kind_count = 1,
    .settings_schema =
        "{\"type\":\"object\",\"properties\":{\"secret\":{\"type\":\"string\",\"minLength\":32}},"
        "\"required\":[\"secret\"]}",
    .concurrency = 8,
    .mint = mint,
    .validate = validate,
};

int main(void)
{
    return adapter_run(&definition);
}
