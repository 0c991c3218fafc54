/* In the order in which one needs the other. What was opened before something went wrong is closed again. */
#include "realm.h"

#include "keytab.h"

enum { KDC_EXCHANGES_MAX = 8 /* at once: more only wait in the KDC's own queue */, CONFIRMATIONS_MAX = 1024 };

static enum adapter_outcome open_key(struct adapter_call *call, struct realm *realm)
{
    realm->keytab_file = adapter_file(call, "keytab");
    if (realm->keytab_file < 0)
        return adapter_misconfigured(call, NULL,
                                     "the Adapter document names no file \"keytab\": add it to spec.files");
    struct text principal = arena_print(realm->arena, "%.*s@%.*s", TEXT_ARGUMENTS(realm->settings.principal),
                                        TEXT_ARGUMENTS(realm->settings.realm));
    return keytab_load(call, realm->keytab_file, principal, &realm->keytab);
}

static void open_rest(struct adapter_call *call, struct realm *realm)
{
    const struct realm_settings *settings = &realm->settings;
    realm->relay = kdc_relay_open(&(struct kdc_relay_options){.listener = adapter_listener(call),
                                                              .kdcs = settings->kdcs,
                                                              .kdc_count = settings->kdc_count,
                                                              .exchange_timeout_ms = settings->exchange_timeout_ms,
                                                              .threads = KDC_EXCHANGES_MAX});
    realm->delegation = delegation_open(settings->realm, settings->principal, realm->keytab);
    realm->tickets = ticket_supply_open(realm->delegation, settings);
    realm->confirmations = confirmations_open(CONFIRMATIONS_MAX);
}

static enum adapter_outcome open_parts(struct adapter_call *call, struct realm *realm)
{
    const char *mistake = NULL;
    ADAPTER_TRY(realm_settings_of(call, realm->arena, &realm->settings));
    realm->profile = realm_profile_open(realm->settings.realm, adapter_listener(call), &mistake);
    if (realm->profile == NULL)
        return adapter_fail(call, "%s", mistake);
    ADAPTER_TRY(open_key(call, realm));
    open_rest(call, realm);
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
    delegation_close(realm->delegation);
    kdc_relay_close(realm->relay);
    realm_profile_close(realm->profile);
    realm_settings_close(&realm->settings);
    arena_destroy(realm->arena);
}
