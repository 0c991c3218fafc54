/* Which account of the realm a subject is: the first rule that fits says so, or nobody. The account is compared
 * with what may not be asked for before any KDC hears of it, for a KDC gives tickets as krbtgt, too. */
#ifndef KERBEROS_PRINCIPAL_MAPPING_H
#define KERBEROS_PRINCIPAL_MAPPING_H

#include "realm_settings.h"

/* What callers are told of every cause that lies with the subject, so that nobody learns which accounts there
 * are; the record has the cause. */
#define SUBJECT_REFUSED_SHOWN "The subject cannot be used at this target."

/* Of an order whose target target_settings_of has found good, so that all that the rules need is handed over.
 * The account, without the realm, in the call's arena. Where *looked_up_by comes back, *account is what the
 * realm's directory has to be asked for instead, and what it answered goes through principal_check. */
MUST_USE enum adapter_outcome principal_map(struct adapter_call *call, const struct realm_settings *realm,
                                            const struct adapter_order *order, struct text *account,
                                            const struct subject_rule **looked_up_by);
/* The account that was found for this rule: lowered where it says so, and refused where it may not be used. */
MUST_USE enum adapter_outcome principal_check(struct adapter_call *call, const struct realm_settings *realm,
                                              const struct subject_rule *rule, struct text found,
                                              struct text *account);
/* Whether nobody may be this account in this realm: reserved everywhere, denied by the operator, or the gateway
 * itself. */
bool principal_is_denied(const struct realm_settings *realm, struct text account);

#endif
