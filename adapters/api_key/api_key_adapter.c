/* The built-in adapter for API keys. Nothing is kept of a key but its fingerprint, in a lease that is stored in
 * the transaction of the record; so minting costs neither a signature nor a second write. A target's settings
 * may name the header in which its callers show the key. */
#include "api_key_adapter.h"

#include "adapters/api_key.h"
#include "base/buffer.h"
#include "base/clock.h"

enum { HEADER_BYTES_MAX = 64, MISTAKES_MAX = 8 };

static const char usual_header[] = "authorization";

static bool issues(const struct adapter *adapter, struct text token_type_uri)
{
    (void)adapter;
    return text_is(token_type_uri, API_KEY_TOKEN_TYPE);
}

/* Names that mean something to a proxy or a browser would not reach who has to read the key, or would lead
 * elsewhere. */
static bool is_taken(struct text name)
{
    static const char *const taken[] = {
        "connection", "content-length", "content-type",      "cookie",  "host",
        "te",         "trailer",        "transfer-encoding", "upgrade", "proxy-authorization"};
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
        if (text_is(name, taken[i]))
            return true;
    return false;
}

static bool is_header(struct text name)
{
    for (size_t i = 0; i < name.length; i++) {
        char byte = name.base[i];
        if (!(byte >= 'a' && byte <= 'z') && !(byte >= '0' && byte <= '9') && byte != '-')
            return false;
    }
    return name.length != 0 && name.length <= HEADER_BYTES_MAX && !is_taken(name);
}

/* "~" and "/" have to be escaped in a JSON pointer (RFC 6901 section 3). */
static struct text pointer_to(struct arena *arena, struct text name)
{
    struct buffer pointer = buffer_in(arena, name.length + 8);
    buffer_append_byte(&pointer, '/');
    for (size_t i = 0; i < name.length; i++) {
        if (name.base[i] == '~' || name.base[i] == '/')
            buffer_append(&pointer, name.base[i] == '~' ? TEXT("~0") : TEXT("~1"));
        else
            buffer_append_byte(&pointer, name.base[i]);
    }
    return buffer_text(&pointer);
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
    validation->mistakes = ARENA_ARRAY(validation->arena, struct settings_mistake, MISTAKES_MAX);
    const struct json_value *member = settings == NULL ? NULL : settings->first;
    for (; member != NULL && validation->mistake_count < MISTAKES_MAX; member = member->next) {
        struct text sentence = complain_about(member);
        if (sentence.length != 0)
            validation->mistakes[validation->mistake_count++] =
                (struct settings_mistake){pointer_to(validation->arena, member->name), sentence};
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

static void mint(const struct adapter *adapter, const struct credential_order *order,
                 struct credential_minting *minting)
{
    const struct adapter_registry_options *options = adapter->context;
    minting->fault = present(order->target.settings, &minting->presentation);
    if (minting->fault == FAULT_NONE) {
        char *key = arena_allocate(minting->arena, API_KEY_SIZE);
        char *fingerprint = arena_allocate(minting->arena, API_KEY_FINGERPRINT_SIZE);
        api_key_make(clock_wall_us() / 1000, key);
        minting->credential = (struct text){key, API_KEY_LENGTH};
        api_key_fingerprint(options->sealer, minting->credential, fingerprint);
        minting->fingerprint = text_of(fingerprint);
        minting->issued_type = TEXT(API_KEY_TOKEN_TYPE);
        minting->token_type = TEXT("N_A"); /* RFC 8693 section 2.2.1: it is no access token */
        minting->expires_at_s = order->expires_at_s;
        minting->scope = order->scope;
    }
    flow_wait_done(&minting->wait);
}

struct adapter api_key_adapter(struct adapter_registry_options *options)
{
    return (struct adapter){.name = TEXT("api-key"),
                            .issues = issues,
                            .mint = mint,
                            .validate = validate,
                            .is_checked_here = true,
                            .context = options};
}
