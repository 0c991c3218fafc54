/* The login is libkrb5's own and not the one that GSSAPI keeps, so that it is the key of now that is tried. */
#include "self_test.h"

#include <krb5.h>
#include <stdlib.h>
#include <unistd.h>

#include "keytab.h"

enum { CLOCKS_APART_S = 60, PROBE_LIVES_S = 60 };

struct login {
    krb5_error_code error;
    krb5_flags flags;
    krb5_timestamp apart_s; /* the KDC's clock from ours */
};

static void log_in_with(krb5_context context, struct adapter_call *call, const struct realm *realm,
                        struct login *login)
{
    krb5_principal principal = NULL;
    krb5_keytab keytab = NULL;
    krb5_creds ticket = {0};
    krb5_int32 apart_us;
    struct text name = arena_print(adapter_arena(call), "%.*s@%.*s", TEXT_ARGUMENTS(realm->settings.principal),
                                   TEXT_ARGUMENTS(realm->settings.realm));
    login->error = krb5_parse_name(context, name.base, &principal);
    if (login->error == 0)
        login->error = krb5_kt_resolve(context, realm->keytab.name, &keytab);
    if (login->error == 0)
        login->error = krb5_get_init_creds_keytab(context, &ticket, principal, keytab, 0, NULL, NULL);
    if (login->error == 0) {
        login->flags = ticket.ticket_flags;
        krb5_get_time_offsets(context, &login->apart_s, &apart_us);
        krb5_free_cred_contents(context, &ticket);
    }
    if (keytab != NULL)
        krb5_kt_close(context, keytab);
    krb5_free_principal(context, principal);
}

static struct login log_in(struct adapter_call *call, const struct realm *realm)
{
    struct login login = {0};
    krb5_context context;
    login.error = krb5_init_context(&context);
    if (login.error != 0)
        return login;
    log_in_with(context, call, realm, &login);
    krb5_free_context(context);
    return login;
}

/* --- what is made of it --- */

static bool is_old_key(krb5_error_code error)
{
    return error == KRB5KRB_AP_ERR_BAD_INTEGRITY || error == KRB5KDC_ERR_PREAUTH_FAILED;
}

/* Nothing can be made by an old key, so nothing is lost. */
static void end_for_new_key(struct adapter_call *call, const struct realm *realm)
{
    if (!keytab_has_changed(&realm->keytab, realm->keytab_file))
        return;
    adapter_log(call, ADAPTER_LOG_WARNING,
                "the KDC does not take this key any more, and the keytab is another by now: ends, to be "
                "started with that");
    _exit(EXIT_FAILURE);
}

/* One of several may be gone, and nobody would notice but for this. */
static enum adapter_outcome judge_kdcs(struct adapter_call *call, const struct realm *realm)
{
    struct text sentence;
    if (kdc_relay_standing(realm->relay, adapter_arena(call), &sentence) == KDC_STANDING_GOOD)
        return ADAPTER_DONE;
    return adapter_unavailable(call, 0, "%.*s", TEXT_ARGUMENTS(sentence));
}

static enum adapter_outcome judge_failure(struct adapter_call *call, const struct realm *realm,
                                          krb5_error_code error)
{
    struct kerberos_failure failure = {
        .step = KERBEROS_ACQUIRE, .major = GSS_S_FAILURE, .minor = (OM_uint32)error};
    if (is_old_key(error))
        end_for_new_key(call, realm);
    if (kerberos_error_cause(&failure) == CAUSE_UNREACHABLE)
        ADAPTER_TRY(judge_kdcs(call, realm)); /* says which, and what came of each */
    return kerberos_error_end(call, &failure);
}

static enum adapter_outcome judge_login(struct adapter_call *call, const struct login *login)
{
    if ((login->flags & TKT_FLG_FORWARDABLE) == 0)
        return adapter_misconfigured(
            call, NULL,
            "the KDC gives the gateway no forwardable tickets: without them nothing can be "
            "delegated; allow it for the gateway's principal");
    if ((login->flags & TKT_FLG_RENEWABLE) != 0)
        return adapter_misconfigured(
            call, NULL,
            "the KDC gives tickets of less than an hour, and renewable ones in their place: "
            "let the gateway's principal have an hour");
    return ADAPTER_DONE;
}

/* --- the probe --- */

static enum adapter_outcome try_probe(struct adapter_call *call, struct realm *realm)
{
    struct delegation_token token = {0};
    struct kerberos_failure failure;
    const struct ticket_order order = {.documents = TEXT("probe"),
                                       .account = realm->settings.probe_subject,
                                       .service = realm->settings.probe_service,
                                       .lifetime_s = PROBE_LIVES_S,
                                       .is_fresh = true};
    if (order.account.base == NULL)
        return ADAPTER_DONE;
    if (ticket_supply_token(realm->tickets, &order, adapter_arena(call), &token, &failure)) {
        realm->probe = PROBE_GOOD;
        return ADAPTER_DONE;
    }
    if (kerberos_error_cause(&failure) == CAUSE_UNREACHABLE)
        return kerberos_error_end(call, &failure);
    realm->probe = PROBE_BAD;
    failure.probe = PROBE_BAD;
    failure.tried = arena_print(adapter_arena(call), "the probe %.*s at %.*s", TEXT_ARGUMENTS(order.account),
                                TEXT_ARGUMENTS(order.service));
    return kerberos_error_end(call, &failure);
}

/* libkrb5 goes by the KDC's clock for what it asks; what the gateway says of lifetimes does not. */
static enum adapter_outcome judge_clock(struct adapter_call *call, const struct login *login)
{
    if (abs(login->apart_s) <= CLOCKS_APART_S)
        return ADAPTER_DONE;
    return adapter_unavailable(call, 0,
                               "the KDC's clock and this host's are %d seconds apart: lifetimes are wrong by "
                               "as much; set the clock",
                               abs(login->apart_s));
}

/* Whatever is the matter with it, subjects whose rules do not ask it are served: so it is never worse than
 * degraded, with the sentence of directory_check. */
static enum adapter_outcome judge_directory(struct adapter_call *call, const struct realm *realm)
{
    if (realm->directory == NULL || directory_check(call, realm->directory) == ADAPTER_DONE)
        return ADAPTER_DONE;
    return ADAPTER_UNAVAILABLE;
}

/* The key and the way to the KDCs are gssproxy's, and so are the flags of what it gets; the probe shows whether
 * they are good. */
static enum adapter_outcome run_proxied(struct adapter_call *call, struct realm *realm)
{
    struct kerberos_failure failure;
    if (!delegation_check_login(realm->delegation, adapter_arena(call), &failure))
        return kerberos_error_end(call, &failure);
    ADAPTER_TRY(try_probe(call, realm));
    return judge_directory(call, realm);
}

enum adapter_outcome self_test_run(struct adapter_call *call, struct realm *realm)
{
    const char *mistake;
    if (realm->proxy != NULL)
        return run_proxied(call, realm);
    if (!realm_profile_check(realm->profile, &mistake))
        return adapter_fail(call, "%s", mistake);
    struct login login = log_in(call, realm);
    if (login.error != 0)
        return judge_failure(call, realm, login.error);
    ADAPTER_TRY(judge_login(call, &login));
    ADAPTER_TRY(try_probe(call, realm));
    ADAPTER_TRY(judge_clock(call, &login));
    ADAPTER_TRY(judge_kdcs(call, realm));
    return judge_directory(call, realm);
}
