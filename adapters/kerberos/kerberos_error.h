/* What libkrb5's and the KDC's errors mean at each step, and how a call ends with them: whose fault it is
 * decides what callers are told, and the record has the code as the KDC said it. */
#ifndef KERBEROS_KERBEROS_ERROR_H
#define KERBEROS_KERBEROS_ERROR_H

#include <gssapi/gssapi.h>

#include "dragoman/adapter_sdk.h"

enum kerberos_step {
    KERBEROS_ACQUIRE, /* the gateway logs in */
    KERBEROS_SELF,    /* a ticket to itself as the user (S4U2Self) */
    KERBEROS_PROXY    /* from that one to the service (S4U2Proxy) */
};

/* What the self-test knows of whether any user can be impersonated at all. */
enum kerberos_probe { PROBE_NONE, PROBE_GOOD, PROBE_BAD };

enum kerberos_cause {
    CAUSE_SUBJECT,            /* this user is not to be had */
    CAUSE_SUBJECT_OR_GATEWAY, /* nothing here can tell: as of the subject, with a warning */
    CAUSE_TARGET,             /* this service is not */
    CAUSE_GATEWAY,            /* nobody gets anything until people change something */
    CAUSE_UNREACHABLE,        /* later */
    CAUSE_UNKNOWN
};

struct kerberos_failure {
    enum kerberos_step step;
    OM_uint32 major, minor;
    bool is_forwardable;       /* at KERBEROS_PROXY: the evidence ticket's flag */
    enum kerberos_probe probe; /* how the last self-test ended */
    bool is_other_name;        /* at KERBEROS_SELF: the ticket is for another name than was asked for */
    bool is_proxied;           /* gssproxy says so */
    bool is_unanswered;        /* or has said nothing in time */
    struct text tried;         /* the self-test's own: "the probe … at …", which what is said begins with */
};

enum kerberos_cause kerberos_error_cause(const struct kerberos_failure *failure);
/* Whether only a user who may be delegated tells if it is this one or the service: gssproxy shows no flags of
 * the evidence that it has. is_forwardable says so then: true, where such a user gets no ticket either. */
bool kerberos_error_hangs_on_service(const struct kerberos_failure *failure);
/* Ends the call with it, never with ADAPTER_DONE. A cause that people have to mend is logged as an error. */
MUST_USE enum adapter_outcome kerberos_error_end(struct adapter_call *call,
                                                 const struct kerberos_failure *failure);

#endif
