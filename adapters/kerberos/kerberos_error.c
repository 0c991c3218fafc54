/* The table, measured against MIT's KDC and Samba's, with what Active Directory is known to say besides. A code
 * without a row is the adapter's failure, so that nobody is told what it may not mean. */
#include "kerberos_error.h"

#include <com_err.h>
#include <krb5/krb5.h>

#include "principal_mapping.h"

enum { RETRY_S = 5, ACQUIRE = 1 << KERBEROS_ACQUIRE, SELF = 1 << KERBEROS_SELF, PROXY = 1 << KERBEROS_PROXY };
enum { USER = SELF | PROXY, ANY = ACQUIRE | SELF | PROXY };

/* KG_CCACHE_NOMATCH, which no header has that is installed: what gssproxy could log in as is somebody else. */
#define NO_SUCH_LOGIN 39756032U

struct row {
    int32_t code;
    unsigned steps;
    enum kerberos_cause cause;
    const char *name;
    const char *remedy; /* of CAUSE_GATEWAY and CAUSE_TARGET: what people can do */
};

#define STALE     "make the keytab anew: its key is not the account's any more"
#define OWN       "look at the gateway's account in the directory"
#define DELEGATED "look at the service's account in the directory"
#define ADDRESSES "look at spec.settings.realm and kdcs"
#define PROTOCOL_TRANSITION                                                                                    \
    "the gateway's account needs protocol transition (ok_to_auth_as_delegate, \"use any authentication "       \
    "protocol\")"

/* The first that fits. */
static const struct row rows[] = {
    {(int32_t)KRB5_KDC_UNREACH, ANY, CAUSE_UNREACHABLE, "KDC_UNREACH", NULL},
    {(int32_t)KRB5_REALM_CANT_RESOLVE, ANY, CAUSE_UNREACHABLE, "REALM_CANT_RESOLVE", NULL},
    {(int32_t)KRB5KDC_ERR_SVC_UNAVAILABLE, ANY, CAUSE_UNREACHABLE, "KDC_ERR_SVC_UNAVAILABLE", NULL},
    {(int32_t)KRB5KRB_AP_ERR_TKT_EXPIRED, USER, CAUSE_UNREACHABLE, "KRB_AP_ERR_TKT_EXPIRED", NULL},
    {(int32_t)KRB5KRB_AP_ERR_SKEW, ANY, CAUSE_GATEWAY, "KRB_AP_ERR_SKEW", "set the clocks"},
    {(int32_t)KRB5KRB_AP_ERR_BAD_INTEGRITY, ANY, CAUSE_GATEWAY, "KRB_AP_ERR_BAD_INTEGRITY", STALE},
    {(int32_t)KRB5KDC_ERR_PREAUTH_FAILED, ANY, CAUSE_GATEWAY, "KDC_ERR_PREAUTH_FAILED", STALE},
    {(int32_t)KRB5_KT_KVNONOTFOUND, ANY, CAUSE_GATEWAY, "KT_KVNONOTFOUND", STALE},
    {(int32_t)KRB5_KT_NOTFOUND, ANY, CAUSE_GATEWAY, "KT_NOTFOUND", "the keytab has no key for this"},
    /* libkrb5 speaks of a credentials cache where a keytab is not there or lacks the principal */
    {(int32_t)KRB5_FCC_NOFILE, ACQUIRE, CAUSE_GATEWAY, "FCC_NOFILE", "the keytab lacks the principal"},
    {(int32_t)KRB5KDC_ERR_TGT_REVOKED, ANY, CAUSE_GATEWAY, "KDC_ERR_TGT_REVOKED", OWN},
    {(int32_t)KRB5KDC_ERR_ETYPE_NOSUPP, PROXY, CAUSE_TARGET, "KDC_ERR_ETYPE_NOSUPP",
     "the service's account has no AES keys"},
    {(int32_t)KRB5KDC_ERR_ETYPE_NOSUPP, ANY, CAUSE_GATEWAY, "KDC_ERR_ETYPE_NOSUPP",
     "the gateway's account has no AES keys"},
    {(int32_t)KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, USER, CAUSE_SUBJECT, "KDC_ERR_C_PRINCIPAL_UNKNOWN", NULL},
    {(int32_t)KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, ACQUIRE, CAUSE_GATEWAY, "KDC_ERR_C_PRINCIPAL_UNKNOWN", OWN},
    {(int32_t)KRB5KDC_ERR_CLIENT_REVOKED, USER, CAUSE_SUBJECT, "KDC_ERR_CLIENT_REVOKED", NULL},
    {(int32_t)KRB5KDC_ERR_CLIENT_REVOKED, ACQUIRE, CAUSE_GATEWAY, "KDC_ERR_CLIENT_REVOKED", OWN},
    {(int32_t)KRB5KDC_ERR_POLICY, USER, CAUSE_SUBJECT, "KDC_ERR_POLICY", NULL},
    {(int32_t)KRB5KDC_ERR_POLICY, ACQUIRE, CAUSE_GATEWAY, "KDC_ERR_POLICY", OWN},
    {(int32_t)KRB5KDC_ERR_NAME_EXP, USER, CAUSE_SUBJECT, "KDC_ERR_NAME_EXP", NULL},
    {(int32_t)KRB5KDC_ERR_NAME_EXP, ACQUIRE, CAUSE_GATEWAY, "KDC_ERR_NAME_EXP", OWN},
    {(int32_t)KRB5KDC_ERR_KEY_EXP, USER, CAUSE_SUBJECT, "KDC_ERR_KEY_EXPIRED", NULL},
    {(int32_t)KRB5KDC_ERR_KEY_EXP, ACQUIRE, CAUSE_GATEWAY, "KDC_ERR_KEY_EXPIRED", OWN},
    {(int32_t)KRB5KDC_ERR_CLIENT_NOTYET, USER, CAUSE_SUBJECT, "KDC_ERR_CLIENT_NOTYET", NULL},
    {(int32_t)KRB5KDC_ERR_CLIENT_NOTYET, ACQUIRE, CAUSE_GATEWAY, "KDC_ERR_CLIENT_NOTYET", OWN},
    {(int32_t)KRB5_PARSE_MALFORMED, SELF, CAUSE_SUBJECT, "PARSE_MALFORMED", NULL},
    {(int32_t)KRB5KDC_ERR_WRONG_REALM, USER, CAUSE_SUBJECT, "KDC_ERR_WRONG_REALM", NULL},
    {(int32_t)KRB5KDC_ERR_WRONG_REALM, ACQUIRE, CAUSE_GATEWAY, "KDC_ERR_WRONG_REALM", ADDRESSES},
    /* at S4U2Self the realm of a user, or a gateway that is no service itself (Active Directory: no SPN) */
    {(int32_t)KRB5_REALM_UNKNOWN, SELF, CAUSE_SUBJECT_OR_GATEWAY, "REALM_UNKNOWN", ADDRESSES},
    {(int32_t)KRB5_REALM_UNKNOWN, ANY, CAUSE_GATEWAY, "REALM_UNKNOWN", ADDRESSES},
    {(int32_t)KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, PROXY, CAUSE_TARGET, "KDC_ERR_S_PRINCIPAL_UNKNOWN",
     "no account has this service"},
    {(int32_t)KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, SELF, CAUSE_SUBJECT_OR_GATEWAY, "KDC_ERR_S_PRINCIPAL_UNKNOWN",
     "the gateway's account needs a service principal name"},
    {(int32_t)KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, ACQUIRE, CAUSE_GATEWAY, "KDC_ERR_S_PRINCIPAL_UNKNOWN",
     ADDRESSES},
    {(int32_t)KRB5KDC_ERR_PRINCIPAL_NOT_UNIQUE, PROXY, CAUSE_TARGET, "KDC_ERR_PRINCIPAL_NOT_UNIQUE",
     "several accounts have this service"},
    {(int32_t)KRB5KDC_ERR_SERVICE_EXP, PROXY, CAUSE_TARGET, "KDC_ERR_SERVICE_EXP", DELEGATED},
    {(int32_t)KRB5KDC_ERR_SERVICE_EXP, ANY, CAUSE_GATEWAY, "KDC_ERR_SERVICE_EXP", OWN},
    {(int32_t)KRB5KDC_ERR_SERVICE_REVOKED, PROXY, CAUSE_TARGET, "KDC_ERR_SERVICE_REVOKED", DELEGATED},
    {(int32_t)KRB5KDC_ERR_SERVICE_REVOKED, ANY, CAUSE_GATEWAY, "KDC_ERR_SERVICE_REVOKED", OWN},
    {(int32_t)KRB5KDC_ERR_SERVICE_NOTYET, PROXY, CAUSE_TARGET, "KDC_ERR_SERVICE_NOTYET", DELEGATED},
    {(int32_t)KRB5KDC_ERR_MUST_USE_USER2USER, PROXY, CAUSE_TARGET, "KDC_ERR_MUST_USE_USER2USER", DELEGATED},
    /* at S4U2Proxy see separate() */
    {(int32_t)KRB5KDC_ERR_BADOPTION, USER, CAUSE_SUBJECT_OR_GATEWAY, "KDC_ERR_BADOPTION", PROTOCOL_TRANSITION},
};

static const struct row *find(const struct kerberos_failure *failure)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        if (rows[i].code == (int32_t)failure->minor && (rows[i].steps & (1U << failure->step)) != 0)
            return &rows[i];
    }
    return NULL;
}

/* Three causes share BADOPTION: a forwardable evidence ticket is good, so the service is not in the list; one
 * that is not is a protected user's, or everybody's where the gateway may not change protocols. A user that is
 * known to be good tells the two apart. */
static enum kerberos_cause separate(const struct row *row, const struct kerberos_failure *failure)
{
    if (row->code == (int32_t)KRB5KDC_ERR_BADOPTION && failure->step == KERBEROS_PROXY &&
        failure->is_forwardable)
        return CAUSE_TARGET;
    if (row->cause != CAUSE_SUBJECT_OR_GATEWAY || failure->probe == PROBE_NONE)
        return row->cause;
    return failure->probe == PROBE_GOOD ? CAUSE_SUBJECT : CAUSE_GATEWAY;
}

/* What the operator has not let gssproxy do, as that says it. NULL: it is something else. */
static const char *withheld(const struct kerberos_failure *failure)
{
    OM_uint32 error = GSS_ROUTINE_ERROR(failure->major);
    if (!failure->is_proxied)
        return NULL;
    if (failure->step == KERBEROS_ACQUIRE && failure->minor == NO_SUCH_LOGIN)
        return "gssproxy has no key of spec.settings.principal: look at that and at cred_store of its service";
    if (failure->step == KERBEROS_SELF && error == GSS_S_NO_CRED &&
        failure->minor == (OM_uint32)KRB5_CC_NOTFOUND)
        return "gssproxy's service needs allow_protocol_transition = true";
    if (failure->step == KERBEROS_PROXY && error == GSS_S_UNAUTHORIZED)
        return "gssproxy's service needs allow_constrained_delegation = true";
    return NULL;
}

bool kerberos_error_hangs_on_service(const struct kerberos_failure *failure)
{
    return failure->is_proxied && failure->step == KERBEROS_PROXY &&
           failure->minor == (OM_uint32)KRB5KDC_ERR_BADOPTION;
}

static enum kerberos_cause cause_of(const struct kerberos_failure *failure)
{
    if (failure->is_unanswered)
        return CAUSE_UNREACHABLE;
    if (withheld(failure) != NULL)
        return CAUSE_GATEWAY;
    const struct row *row = find(failure);
    if (row != NULL)
        return separate(row, failure);
    bool is_name = failure->step == KERBEROS_SELF && GSS_ROUTINE_ERROR(failure->major) == GSS_S_BAD_NAME;
    return is_name || failure->is_other_name ? CAUSE_SUBJECT : CAUSE_UNKNOWN;
}

/* The probe is no caller's: whoever chose it mends it. */
enum kerberos_cause kerberos_error_cause(const struct kerberos_failure *failure)
{
    enum kerberos_cause cause = cause_of(failure);
    return cause == CAUSE_SUBJECT && failure->tried.length != 0 ? CAUSE_GATEWAY : cause;
}

/* --- how calls end --- */

static const char *step_name(enum kerberos_step step)
{
    static const char *const names[] = {"the gateway's login", "S4U2Self", "S4U2Proxy"};
    return names[step];
}

/* "KDC_ERR_POLICY (-1765328372) at S4U2Self" */
static struct text what_came(struct arena *arena, const struct kerberos_failure *failure)
{
    const struct row *row = find(failure);
    if (failure->is_other_name)
        return TEXT("the KDC gave a ticket for another name than was asked for");
    if (failure->is_unanswered)
        return arena_print(arena, "gssproxy has not answered in time at %s", step_name(failure->step));
    return arena_print(arena, "%s (%d) at %s", row != NULL ? row->name : "an error", (int)failure->minor,
                       step_name(failure->step));
}

static const char *what_of(struct arena *arena, const struct kerberos_failure *failure)
{
    struct text came = what_came(arena, failure);
    if (failure->tried.length == 0)
        return came.base;
    return arena_print(arena, "%.*s: %.*s", TEXT_ARGUMENTS(failure->tried), TEXT_ARGUMENTS(came)).base;
}

/* Whoever reads the log has to do something about it. */
static enum adapter_outcome end_gateway(struct adapter_call *call, const char *what, const char *remedy)
{
    adapter_log(call, ADAPTER_LOG_ERROR, "no tickets: %s: %s", what, remedy);
    return adapter_misconfigured(call, NULL, "%s: %s", what, remedy);
}

static enum adapter_outcome end_unclear(struct adapter_call *call, const char *what, const char *remedy)
{
    adapter_log(call, ADAPTER_LOG_WARNING,
                "%s: this user may not be impersonated, or nobody: then %s; a user in spec.settings.probe "
                "tells which",
                what, remedy);
    return adapter_refuse_subject(call, SUBJECT_REFUSED_SHOWN, "%s: this user, or everybody: then %s", what,
                                  remedy);
}

/* What libkrb5 said last to this thread, which tells more than the code does, else what the code stands for. */
static enum adapter_outcome end_unknown(struct adapter_call *call, const struct kerberos_failure *failure,
                                        const char *what)
{
    gss_buffer_desc said = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor, more = 0;
    gss_display_status(&minor, failure->minor, GSS_C_MECH_CODE, GSS_C_NO_OID, &more, &said);
    struct text text = said.length != 0 ? (struct text){said.value, said.length}
                                        : text_of(error_message((int32_t)failure->minor));
    enum adapter_outcome outcome =
        adapter_fail(call, "%s, GSS %#x: %.*s", what, (unsigned)failure->major, TEXT_ARGUMENTS(text));
    gss_release_buffer(&minor, &said);
    return outcome;
}

static const char *remedy_of(const struct row *row, const struct kerberos_failure *failure)
{
    const char *allowed = withheld(failure);
    if (allowed != NULL)
        return allowed;
    if (kerberos_error_hangs_on_service(failure))
        return PROTOCOL_TRANSITION ", and the krb5.conf of gssproxy forwardable = true";
    if (failure->tried.length != 0 && cause_of(failure) == CAUSE_SUBJECT)
        return "look at the probe's account in the directory, and at spec.settings.probe";
    if (failure->tried.length != 0 && row != NULL && row->code == (int32_t)KRB5KDC_ERR_BADOPTION)
        return PROTOCOL_TRANSITION ", or the probe is sensitive";
    return row != NULL && row->remedy != NULL ? row->remedy : "";
}

enum adapter_outcome kerberos_error_end(struct adapter_call *call, const struct kerberos_failure *failure)
{
    const struct row *row = find(failure);
    const char *what = what_of(adapter_arena(call), failure);
    const char *remedy = remedy_of(row, failure);
    switch (kerberos_error_cause(failure)) {
    case CAUSE_SUBJECT:
        return adapter_refuse_subject(call, SUBJECT_REFUSED_SHOWN, "%s", what);
    case CAUSE_SUBJECT_OR_GATEWAY:
        return end_unclear(call, what, remedy);
    case CAUSE_TARGET:
        return adapter_refuse(call, "The target's service takes no delegated tickets of this gateway.",
                              "%s: %s", what,
                              failure->is_forwardable && failure->minor == (OM_uint32)KRB5KDC_ERR_BADOPTION
                                  ? "the service is not in the gateway's delegation list"
                                  : remedy);
    case CAUSE_GATEWAY:
        return end_gateway(call, what, remedy);
    case CAUSE_UNREACHABLE:
        return adapter_unavailable_request(call, RETRY_S, "%s", what);
    case CAUSE_UNKNOWN:
        break;
    }
    return end_unknown(call, failure, what);
}
