/* The realm that this program serves: spec.settings of its Adapter document, which is the operator's. Read once
 * when the program opens, and not changed any more; targets name only what stands here (target_settings.h). */
#ifndef KERBEROS_REALM_SETTINGS_H
#define KERBEROS_REALM_SETTINGS_H

#include "kdc_address.h"
#include "subject_rules.h"

enum { REALM_KDCS_MAX = 8, REALM_SERVICES_MAX = 256, REALM_DENIED_MAX = 256, SERVICE_LIFETIME_S = 600 };

/* What is made for a target; bits. */
enum kerberos_output { KERBEROS_SPNEGO = 1, KERBEROS_CCACHE = 2 };

struct service_settings {
    struct text service;        /* "HTTP/app.corp.example" */
    struct text_list teams;     /* whose targets may name it; none: those alone that no team owns; "*": all */
    unsigned outputs;           /* of enum kerberos_output */
    int64_t maximum_lifetime_s; /* 60 to 600 */
};

struct directory_settings {
    bool is_used;
    struct kdc_host host;
    bool is_secure; /* by TLS from the start; else it is on this host */
    struct text base, match, account;
    bool is_anonymous; /* else it binds by GSSAPI as the gateway's own principal */
};

struct realm_settings {
    struct text realm;
    bool is_proxied;       /* gssproxy has the gateway's key and asks the KDCs; there is no keytab */
    struct text_list kdcs; /* as kdc_address.h reads them; none where is_proxied */
    struct text principal; /* without the realm */
    int64_t exchange_timeout_ms;
    struct subject_rules subjects;
    struct text_list denied, denied_prefixes; /* besides those that account_name.h knows */
    struct service_settings *services;
    size_t service_count;
    struct text probe_subject, probe_service; /* TEXT_NONE: no self-test of a user */
    int64_t evidence_s, ticket_s, cache_entries;
    struct directory_settings directory;
};

/* Everything in *read lies in the arena or hangs on it, object not included; object NULL is a mistake. Close it
 * whether there were mistakes or not, before the arena goes. */
void realm_settings_read(struct adapter_mistakes *mistakes, const struct json_value *object,
                         struct arena *arena, struct realm_settings *read);
/* The Adapter document's, or misconfigured by the first mistake; then there is nothing to close. */
MUST_USE enum adapter_outcome realm_settings_of(struct adapter_call *call, struct arena *arena,
                                                struct realm_settings *read);
void realm_settings_close(struct realm_settings *settings);

/* NULL: the realm has no such service. */
const struct service_settings *realm_service(const struct realm_settings *settings, struct text service);
/* Whether targets of this team may name it; TEXT_NONE: a target that no team owns. */
bool service_is_let_to(const struct service_settings *service, struct text team);

/* Members of an array of names for outputs, as bits; what was not said is otherwise. */
unsigned setting_outputs(struct adapter_settings *settings, struct arena *arena, unsigned otherwise);

#endif
