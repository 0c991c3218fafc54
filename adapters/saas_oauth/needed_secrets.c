/* By the client's authentication and by who signs the assertion, which a preset's fill has said by then. */
#include "needed_secrets.h"

#include <string.h>

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
