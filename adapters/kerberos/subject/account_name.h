/* Which names may be an account that tickets are asked for: a KDC stops none of the dangerous ones (an
 * administrator, another service, the KDC itself), so they are stopped here. Pure; called when settings are
 * read and for every subject. */
#ifndef KERBEROS_ACCOUNT_NAME_H
#define KERBEROS_ACCOUNT_NAME_H

#include "base/text.h"

enum { ACCOUNT_NAME_MAX = 104 };

/* What is wrong with it as a name, or NULL: one component of printable ASCII, as it is and not as some
 * directory may take it. */
const char *account_name_mistake(struct text name);
/* Whether nobody may ever be this account, in whatever realm: those that Kerberos and directories come with,
 * and those of machines. */
bool account_name_is_reserved(struct text name);
bool account_name_begins_with(struct text name, struct text prefix); /* without case */

#endif
