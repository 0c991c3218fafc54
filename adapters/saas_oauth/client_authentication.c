/* One row a way. The gateway never sends a secret and an assertion at once (RFC 6749 section 2.3). */
#include "client_authentication.h"

#include <string.h>

#include "base/base64url.h"
#include "base/percent.h"

enum { ASSERTION_LIVES_S = 60 };

#define CLIENT_ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

const char *const client_authentication_names[] = {
    "client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth", "none", NULL};
_Static_assert(sizeof(client_authentication_names) / sizeof(char *) == CLIENT_AUTHENTICATION_COUNT + 1,
               "a name for each");

/* --- which secrets that takes --- */

static bool has_secret(const struct oauth_settings *settings)
{
    return settings->authentication == CLIENT_SECRET_BASIC || settings->authentication == CLIENT_SECRET_POST;
}

bool secret_is_needed(const struct oauth_settings *settings, size_t question)
{
    const char *name = secret_questions[question].name;
    if (strcmp(name, "client_secret") == 0)
        return has_secret(settings);
    if (strcmp(name, "certificate") == 0)
        return settings->authentication == TLS_CLIENT_AUTH;
    return grant_signs(settings) || settings->authentication == TLS_CLIENT_AUTH;
}

enum adapter_outcome needed_secrets_check(const struct grant_run *run, struct text target)
{
    for (size_t i = 0; i < SECRET_QUESTIONS; i++) {
        const char *name = secret_questions[i].name;
        if (secret_is_needed(run->settings, i) && secret_of(&run->secrets, i).base == NULL)
            return adapter_misconfigured(run->call, NULL,
                                         "the %s was not handed over: dragoman connection add %.*s --name %s",
                                         name, TEXT_ARGUMENTS(target), name);
    }
    return ADAPTER_DONE;
}

enum adapter_outcome needed_secrets_check_key(struct adapter_call *call, const struct oauth_settings *settings,
                                              struct text key)
{
    bool is_used = grant_signs(settings) || settings->authentication == TLS_CLIENT_AUTH;
    if (key.base == NULL || !is_used)
        return ADAPTER_DONE;
    return adapter_key_check(call, key, grant_signs(settings) ? settings->algorithm : TEXT_NONE);
}

/* --- the ways --- */

static enum adapter_outcome missing(struct adapter_call *call, const char *what, const char *name)
{
    return adapter_misconfigured(call, NULL,
                                 "%s was not handed over, or for another team or another host: "
                                 "dragoman connection add TARGET --name %s",
                                 what, name);
}

/* RFC 6749 section 2.3.1: both are form-encoded first, so that a colon in them is no separator. */
static enum adapter_outcome by_basic(const struct grant_run *run, struct text *header)
{
    struct arena *arena = adapter_arena(run->call);
    struct buffer pair = buffer_in(arena, 256);
    if (run->secrets.client_secret.base == NULL)
        return missing(run->call, "the client's secret", "client_secret");
    percent_encode(&pair, run->settings->client_id);
    buffer_append_byte(&pair, ':');
    percent_encode(&pair, run->secrets.client_secret);
    struct buffer line = buffer_in(arena, 2 * pair.length + 32);
    buffer_append(&line, TEXT("authorization: Basic "));
    base64_append(&line, pair.base, pair.length);
    *header = buffer_text(&line);
    return ADAPTER_DONE;
}

static enum adapter_outcome by_post(const struct grant_run *run, struct form *form)
{
    if (run->secrets.client_secret.base == NULL)
        return missing(run->call, "the client's secret", "client_secret");
    form_add(form, "client_id", run->settings->client_id);
    form_add_secret(form, "client_secret", run->secrets.client_secret);
    return ADAPTER_DONE;
}

/* The audience is the issuer and nothing else (rfc7523bis section 3: an assertion for the URL of an endpoint
 * can be got by whoever has a client believe in another endpoint); the endpoint only where the settings want
 * it. */
static enum adapter_outcome by_private_key(const struct grant_run *run, struct form *form)
{
    const struct oauth_settings *settings = run->settings;
    struct text token;
    if (run->secrets.private_key.base == NULL)
        return missing(run->call, "the private key", "private_key");
    const struct adapter_assertion assertion = {
        .private_key = run->secrets.private_key,
        .algorithm = settings->algorithm,
        .key_id = settings->key_id,
        .type = TEXT("client-authentication+jwt"),
        .issuer = settings->client_id,
        .subject = settings->client_id,
        .audience = settings->has_endpoint_audience ? settings->token_endpoint : settings->issuer,
        .lives_s = ASSERTION_LIVES_S,
    };
    ADAPTER_TRY(adapter_assertion_sign(run->call, &assertion, &token));
    form_add(form, "client_id", settings->client_id);
    form_add(form, "client_assertion_type", TEXT(CLIENT_ASSERTION_TYPE));
    form_add_secret(form, "client_assertion", token);
    return ADAPTER_DONE;
}

/* RFC 8705 section 2: client_id has to be there, since the certificate names nobody in OAuth's words. */
static enum adapter_outcome by_certificate(const struct grant_run *run, struct form *form,
                                           struct adapter_request *request)
{
    if (run->secrets.certificate.base == NULL)
        return missing(run->call, "the certificate", "certificate");
    if (run->secrets.private_key.base == NULL)
        return missing(run->call, "the private key", "private_key");
    form_add(form, "client_id", run->settings->client_id);
    request->certificate = run->secrets.certificate;
    request->private_key = run->secrets.private_key;
    return ADAPTER_DONE;
}

enum adapter_outcome client_authenticate(const struct grant_run *run, struct form *form, struct text *header,
                                         struct adapter_request *request)
{
    switch (run->settings->authentication) {
    case CLIENT_SECRET_BASIC:
        return by_basic(run, header);
    case CLIENT_SECRET_POST:
        return by_post(run, form);
    case PRIVATE_KEY_JWT:
        return by_private_key(run, form);
    case TLS_CLIENT_AUTH:
        return by_certificate(run, form, request);
    case CLIENT_NONE:
    case CLIENT_AUTHENTICATION_COUNT:
        break;
    }
    form_add(form, "client_id", run->settings->client_id);
    return ADAPTER_DONE;
}
