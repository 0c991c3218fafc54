/* In the order in which one needs the other. What was opened before something went wrong is closed again. */
#include "realm.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "principal_mapping.h"

enum { CONFIRMATIONS_MAX = 1024, CONFIRMATIONS_OF_ONE = CONFIRMATIONS_MAX / 8 };

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

/* Nothing can be made any more, and only the supervisor can make another connection. What is asked for just now
 * is answered first. */
static void end_for_new_connection(void)
{
    const struct timespec moment = {.tv_nsec = 300 * 1000 * 1000};
    log_line(
        NULL, ADAPTER_LOG_WARNING,
        "gssproxy has ended its connection: ends, to be started with another one. Where it always does, none "
        "of its services takes the gateway's user (euid)");
    nanosleep(&moment, NULL);
    _exit(EXIT_FAILURE);
}

static enum adapter_outcome open_proxy(struct adapter_call *call, struct realm *realm)
{
    const struct realm_settings *settings = &realm->settings;
    int connection = adapter_socket(call, "gssproxy");
    if (adapter_file(call, "keytab") >= 0)
        return adapter_misconfigured(
            call, "/gssproxy",
            "spec.files of the Adapter document has a keytab, and gssproxy is to have the "
            "key: leave one of both out");
    if (connection < 0)
        return adapter_misconfigured(call, "/gssproxy",
                                     "the Adapter document names no socket gssproxy in spec.sockets");
    realm->proxy = gssproxy_open(connection, settings->exchange_timeout_ms, end_for_new_connection);
    realm->delegation = delegation_open_proxied(settings->realm, settings->principal, realm->proxy);
    return ADAPTER_DONE;
}

static enum adapter_outcome open_keytab(struct adapter_call *call, struct realm *realm)
{
    if (adapter_socket(call, "gssproxy") >= 0)
        return adapter_misconfigured(
            call, NULL,
            "spec.sockets of the Adapter document has gssproxy, and spec.settings does not "
            "say gssproxy: true");
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

static enum adapter_outcome open_own(struct adapter_call *call, struct realm *realm)
{
    const struct realm_settings *settings = &realm->settings;
    ADAPTER_TRY(open_keytab(call, realm));
    ADAPTER_TRY(open_relay(call, realm));
    realm->delegation = delegation_open(settings->realm, settings->principal, text_of(realm->keytab.name));
    return ADAPTER_DONE;
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
    ADAPTER_TRY(settings->is_proxied ? open_proxy(call, realm) : open_own(call, realm));
    if (settings->directory.is_used)
        ADAPTER_TRY(
            directory_open(call, settings, realm->delegation, adapter_file(call, "ca"), &realm->directory));
    realm->tickets = ticket_supply_open(realm->delegation, settings);
    realm->confirmations = confirmations_open(CONFIRMATIONS_MAX, CONFIRMATIONS_OF_ONE);
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
    gssproxy_close(realm->proxy);
    kdc_relay_close(realm->relay);
    if (realm->keytab.handle != NULL)
        keytab_close(&realm->keytab);
    if (realm->context != NULL)
        krb5_free_context(realm->context);
    realm_profile_close(realm->profile);
    realm_settings_close(&realm->settings);
    arena_destroy(realm->arena);
}
