/* What account somebody has whom the token names otherwise: one question to an LDAP directory, whose answer is
 * kept for a while. Exactly one entry with exactly one such value, or nobody. Called where a rule of
 * subject_rules.h says so; what it finds goes through principal_check. Safe on several threads. */
#ifndef KERBEROS_DIRECTORY_H
#define KERBEROS_DIRECTORY_H

#include "delegation.h"
#include "realm_settings.h"

struct directory;

/* Asks nobody yet. settings and delegation are borrowed; authorities: a file of certificates in PEM, open for
 * reading, or -1. Once in a process (directory_library.h). */
MUST_USE enum adapter_outcome directory_open(struct adapter_call *call, const struct realm_settings *settings,
                                             const struct delegation *delegation, int authorities,
                                             struct directory **directory);
void directory_close(struct directory *directory); /* NULL is fine */

struct directory_question {
    struct text documents; /* of the gateway: what was found under others is not found any more */
    struct text name;      /* of the attribute that the settings match by */
    bool is_fresh;         /* nothing that is kept is used */
};
/* In the call's arena, as the directory has it. */
MUST_USE enum adapter_outcome directory_find(struct adapter_call *call, struct directory *directory,
                                             const struct directory_question *question, struct text *account);
/* Whether it lets itself be asked: the base is there and can be read. */
MUST_USE enum adapter_outcome directory_check(struct adapter_call *call, struct directory *directory);

#endif
