/* In the order in which one needs the other. What was opened before something went wrong is closed again. */
#include "realm.h"

#include <stdio.h>

#include "principal_mapping.h"

enum { CONFIRMATIONS_MAX = 1024 };

static void log_line(void *context, enum adapter_log_level level, const char *line)
{
    (void)context, (void)level;
    fprintf(stderr, "%s\n", line); /* of no call: the gateway logs it as it is */
}

static enum adapter_outcome open_profile(struct adapter_call *call, struct realm *realm)
{
    const char *mistake = NULL;
    const struct realm_profile_options options = {.realm = realm->settings.realm,
                                                  .listener = adapter_listener(call)};
    if (!realm_profile_open(&options, &realm->profile, &mistake))
        return adapter_misconfigured(call, NULL, "%s", mistake);
    krb5_error_code code = krb5_init_context(&realm->context);
    return code == 0 ? ADAPTER_DONE : adapter_fail(call, "libkrb5 cannot be used (%d)", (int)code);
}

static enum adapter_outcome open_key(struct adapter_call *call, struct realm *realm)
{
    struct text principal = arena_print(realm->arena, "%.*s@%.*s", TEXT_ARGUMENTS(realm->settings.principal),
                                        TEXT_ARGUMENTS(realm->settings.realm));
    realm->keytab_file = adapter_file(call, "keytab");
    return keytab_load(call, realm->context, realm->keytab_file, principal, &realm->keytab);
}

static enum adapter_outcome open_relay(struct adapter_call *call, struct realm *realm)
{
    const struct realm_settings *settings = &realm->settings;
    const struct kdc_relay_options options = {.listener = adapter_listener(call),
                                              .kdcs = settings->kdcs.texts,
                                              .kdc_count = settings->kdcs.count,
                                              .exchange_timeout_ms = settings->exchange_timeout_ms,
                                              .log = log_line};
    realm->relay = kdc_relay_open(&options);
    return realm->relay != NULL ? ADAPTER_DONE
                                : adapter_misconfigured(call, "/kdcs", "a KDC is not written as an address");
}

/* No exception for the operator's own list. */
static enum adapter_outcome check_probe(struct adapter_call *call, const struct realm_settings *settings)
{
    struct text subject = settings->probe_subject;
    if (subject.base == NULL || !principal_is_denied(settings, subject))
        return ADAPTER_DONE;
    return adapter_misconfigured(call, "/probe/subject", "nobody may be this account, the probe neither");
}

static enum adapter_outcome open_parts(struct adapter_call *call, struct realm *realm)
{
    const struct realm_settings *settings = &realm->settings;
    ADAPTER_TRY(realm_settings_of(call, realm->arena, &realm->settings));
    ADAPTER_TRY(check_probe(call, settings));
    ADAPTER_TRY(open_profile(call, realm));
    ADAPTER_TRY(open_key(call, realm));
    ADAPTER_TRY(open_relay(call, realm));
    realm->delegation = delegation_open(settings->realm, settings->principal, text_of(realm->keytab.name));
    if (settings->directory.is_used)
        ADAPTER_TRY(
            directory_open(call, settings, realm->delegation, adapter_file(call, "ca"), &realm->directory));
    realm->tickets = ticket_supply_open(realm->delegation, settings);
    realm->confirmations = confirmations_open(CONFIRMATIONS_MAX);
    return ADAPTER_DONE;
}

enum adapter_outcome realm_open(struct adapter_call *call, void **context)
{
    struct arena *arena = arena_create();
    struct realm *realm = ARENA_NEW(arena, struct realm);
    realm->arena = arena;
    enum adapter_outcome outcome = open_parts(call, realm);
    if (outcome == ADAPTER_DONE)
        *context = realm;
    else
        realm_close(realm);
    return outcome;
}

void realm_close(void *context)
{
    struct realm *realm = context;
    if (realm == NULL)
        return;
    confirmations_close(realm->confirmations);
    ticket_supply_close(realm->tickets);
    directory_close(realm->directory);
    delegation_close(realm->delegation);
    kdc_relay_close(realm->relay);
    if (realm->keytab.handle != NULL)
        keytab_close(&realm->keytab);
    if (realm->context != NULL)
        krb5_free_context(realm->context);
    realm_profile_close(realm->profile);
    realm_settings_close(&realm->settings);
    arena_destroy(realm->arena);
}
