/* The built-in adapter for API keys. Nothing is kept of a key but its fingerprint, in a lease that is stored in
 * the transaction of the record; so minting costs neither a signature nor a second write. A target's settings
 * may name the header in which its callers show the key. */
#include "api_key_adapter.h"

#include <string.h>

#include "../registry/settings_validation.h"
#include "adapters/api_key.h"
#include "base/buffer.h"
#include "base/clock.h"

static const char usual_header[] = "authorization";

static bool issues(const struct adapter *adapter, struct text token_type_uri)
{
    (void)adapter;
    return text_is(token_type_uri, API_KEY_TOKEN_TYPE);
}

static struct text usual_type(const struct adapter *adapter, struct arena *arena)
{
    (void)adapter;
    (void)arena;
    return TEXT(API_KEY_TOKEN_TYPE);
}

/* Proxies leave out names with underscores, as what stands behind them may take those for hyphens. */
static bool is_header(struct text name)
{
    return settings_name_header(name) && memchr(name.base, '_', name.length) == NULL;
}

/* What is wrong with one member, or TEXT_NONE. */
static struct text complain_about(const struct json_value *member)
{
    if (!text_is(member->name, "header"))
        return TEXT("The adapter api-key has one setting, header.");
    if (!json_is_string(member) || !is_header(member->text))
        return TEXT("header is the name of a request header in lower case, such as x-api-key, and none that "
                    "proxies give a meaning.");
    return TEXT_NONE;
}

static void validate(const struct adapter *adapter, struct settings_validation *validation)
{
    (void)adapter;
    const struct json_value *settings = validation->target.settings;
    const struct json_value *member = settings == NULL ? NULL : settings->first;
    for (; member != NULL; member = member->next) {
        struct text sentence = complain_about(member);
        if (sentence.length != 0)
            settings_validation_add(validation, member->name, sentence);
    }
    flow_wait_done(&validation->wait);
}

/* Settings that nobody has validated are held to the same. */
static enum fault present(const struct json_value *settings, struct credential_presentation *presentation)
{
    const struct json_value *member = settings == NULL ? NULL : settings->first;
    *presentation = (struct credential_presentation){TEXT(usual_header), TEXT("Bearer")};
    for (; member != NULL; member = member->next) {
        if (complain_about(member).length != 0)
            return FAULT_ADAPTER_MISCONFIGURED;
        presentation->header = member->text;
    }
    if (!text_is(presentation->header, usual_header))
        presentation->scheme = TEXT_NONE;
    return FAULT_NONE;
}

void api_key_mint(const struct sealer *sealer, const struct credential_order *order,
                  struct credential_minting *minting)
{
    char *key = arena_allocate(minting->arena, API_KEY_SIZE);
    char *fingerprint = arena_allocate(minting->arena, API_KEY_FINGERPRINT_SIZE);
    api_key_make(clock_wall_us() / 1000, key);
    minting->credential = (struct text){key, API_KEY_LENGTH};
    api_key_fingerprint(sealer, minting->credential, fingerprint);
    minting->fingerprint = text_of(fingerprint);
    minting->token_type = TEXT("N_A"); /* RFC 8693 section 2.2.1: it is no access token */
    minting->expires_at_s = order->expires_at_s;
    minting->scope = order->scope;
}

static void mint(const struct adapter *adapter, const struct credential_order *order,
                 struct credential_minting *minting)
{
    const struct adapter_registry_options *options = adapter->context;
    minting->fault = present(order->target.settings, &minting->presentation);
    if (minting->fault == FAULT_NONE) {
        api_key_mint(options->sealer, order, minting);
        minting->issued_type = TEXT(API_KEY_TOKEN_TYPE);
    }
    flow_wait_done(&minting->wait);
}

struct adapter api_key_adapter(struct adapter_registry_options *options)
{
    return (struct adapter){.name = TEXT("api-key"),
                            .issues = issues,
                            .usual_type = usual_type,
                            .mint = mint,
                            .validate = validate,
                            .is_checked_here = true,
                            .context = options};
}
