/* Reading what is there already. A variable is overwritten where it stands, since /proc/PID/environ shows that
 * place and not what the C library makes of it. */
#include "sealing_source.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "keys/sealing_key.h"

enum sealing_source sealing_source_of(const struct sealing_document *settings)
{
    if (settings->credential.length != 0)
        return SEALING_CREDENTIAL;
    if (settings->environment.length != 0)
        return SEALING_ENVIRONMENT;
    if (settings->command.count != 0)
        return SEALING_COMMAND;
    return settings->is_manual ? SEALING_MANUAL : SEALING_KEY_FILE;
}

const char *sealing_source_name(enum sealing_source source)
{
    static const char *const names[] = {[SEALING_KEY_FILE] = "keyFile",
                                        [SEALING_CREDENTIAL] = "credential",
                                        [SEALING_ENVIRONMENT] = "environment",
                                        [SEALING_COMMAND] = "command",
                                        [SEALING_MANUAL] = "manual"};
    return names[source];
}

static struct secret *read_credential(struct text name, char *detail)
{
    char path[PATH_MAX];
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    struct secret *key = NULL;
    if (folder == NULL || folder[0] != '/') {
        snprintf(detail, SEALING_KEY_DETAIL_SIZE,
                 "CREDENTIALS_DIRECTORY names no folder: LoadCredential= of the service makes systemd set it");
        return NULL;
    }
    snprintf(path, sizeof(path), "%s/%.*s", folder, TEXT_ARGUMENTS(name));
    return sealing_key_read_file(path, &key, detail) == FAULT_NONE ? key : NULL;
}

static struct secret *read_environment(const char *name, char *detail)
{
    char *value = getenv(name);
    if (value == NULL) {
        snprintf(detail, SEALING_KEY_DETAIL_SIZE,
                 "the environment variable %.100s is not set, or was read and wiped before", name);
        return NULL;
    }
    struct secret *key = sealing_key_parse(text_of(value));
    secret_wipe(value, strlen(value));
    unsetenv(name);
    LOG(LOG_WARNING, "sealing_key_in_environment", log_text("variable", text_of(name)),
        log_text("reason", TEXT("others of this user could read it until now; a credential is safer")));
    if (key == NULL)
        snprintf(detail, SEALING_KEY_DETAIL_SIZE,
                 "the environment variable %.100s must hold 64 hexadecimal digits or 43 base64url characters",
                 name);
    return key;
}

struct secret *sealing_source_read(const struct sealing_document *settings, char *detail)
{
    struct secret *key = NULL;
    switch (sealing_source_of(settings)) {
    case SEALING_CREDENTIAL:
        return read_credential(settings->credential, detail);
    case SEALING_ENVIRONMENT:
        return read_environment(settings->environment.base, detail);
    default:
        return sealing_key_read_file(settings->key_file.base, &key, detail) == FAULT_NONE ? key : NULL;
    }
}
