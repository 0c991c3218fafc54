/* Client authentication up to where it needs a key: the Authorization header (the first line of an input) and
 * the form behind it. One method or none; HTTP Basic means what OpenSSL's base64 says it means; nobody is
 * authenticated before the second half. */
#include <openssl/evp.h>
#include <string.h>

#include "base/percent.h"
#include "exchange/client_authentication.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { HEADER_MAX = 4096 };

/* A world with ourselves, a platform, and one client. */
static const struct world *small_world(void)
{
    static struct document gateway = {.kind = DOCUMENT_GATEWAY}, self_document, platform_document;
    static struct document client_document = {.kind = DOCUMENT_CLIENT};
    static struct issuer self, platform;
    static const struct issuer *issuers[] = {&self, &platform};
    static struct client client = {.document = &client_document};
    static struct world world = {.issuers_by_identifier = issuers, .issuer_count = 2, .clients = &client};
    if (world.client_count != 0)
        return &world;
    world.client_count = 1;
    world.issuer = TEXT("https://gateway.example");
    world.gateway = &gateway.gateway;
    self_document.issuer.issuer = world.issuer;
    platform_document.issuer.issuer = TEXT("https://platform.example");
    platform_document.issuer.is_platform = true;
    client_document.client.client_id = TEXT("orders agent");
    self = (struct issuer){.document = &self_document, .is_self = true};
    platform = (struct issuer){.document = &platform_document};
    return &world;
}

/* The pair as OpenSSL reads it; the padding may be left out. */
static bool decode(struct text encoded, char *pair, size_t *length)
{
    unsigned char padded[HEADER_MAX + 4], decoded[HEADER_MAX + 4];
    while (encoded.length != 0 && encoded.base[encoded.length - 1] == '=')
        encoded.length--;
    size_t missing = (4 - encoded.length % 4) % 4;
    memcpy(padded, encoded.base, encoded.length);
    memset(padded + encoded.length, '=', missing);
    int count = EVP_DecodeBlock(decoded, padded, (int)(encoded.length + missing));
    if (count < 0 || missing == 3)
        return false;
    *length = (size_t)count - missing;
    memcpy(pair, decoded, *length);
    return true;
}

static void check_basic(const struct client_authentication *authentication, struct text authorization)
{
    struct text scheme = text_cut(&authorization, ' '), id, secret;
    char bytes[HEADER_MAX + 4];
    size_t length = 0;
    INVARIANT(text_equal_ignoring_case(scheme, TEXT("basic")));
    INVARIANT(decode(authorization, bytes, &length));
    struct text password = {bytes, length}, name = text_cut(&password, ':');
    INVARIANT(percent_decode_form(authentication->arena, name, &id) &&
              percent_decode_form(authentication->arena, password, &secret));
    INVARIANT(text_equal(id, authentication->caller.client_id) && text_equal(secret, authentication->secret));
}

static void check_identified(const struct client_authentication *authentication, struct text authorization,
                             const struct form *form)
{
    bool has_assertion = form_value(form, "client_assertion").length != 0;
    bool has_secret = form_value(form, "client_secret").length != 0;
    INVARIANT((authorization.length != 0) + has_secret + has_assertion == 1);
    INVARIANT(authentication->caller.method.length != 0);
    INVARIANT(authentication->is_platform_token || authentication->client != NULL);
    INVARIANT(!authentication->is_platform_token || has_assertion);
    INVARIANT(has_assertion == (authentication->secret.base == NULL));
    if (authorization.length != 0)
        check_basic(authentication, authorization);
    else if (has_secret)
        INVARIANT(text_equal(authentication->secret, form_value(form, "client_secret")));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct text body = {(const char *)bytes, size}, authorization = text_cut(&body, '\n');
    SCOPED_ARENA arena = arena_create();
    struct ladder ladder = {0};
    struct form form = {0};
    if (form_parse(arena, body, &form) != FAULT_NONE)
        return 0;
    struct client_authentication authentication = {
        .world = small_world(), .arena = arena, .ladder = &ladder, .now_s = 1795000000};
    enum fault fault = client_authentication_identify(&authentication, authorization, &form, NULL);
    INVARIANT(!authentication.caller.is_authenticated && authentication.caller.assertion_id.length == 0);
    if (fault == FAULT_NONE)
        check_identified(&authentication, authorization, &form);
    else
        INVARIANT(ladder.count != 0 && ladder.rungs[ladder.count - 1].fault == fault);
    client_authentication_dispose(&authentication);
    return 0;
}
