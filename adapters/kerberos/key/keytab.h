/* The gateway's keys, from the file that the Adapter document names into libkrb5's memory: this program opens
 * no files, it gets them open. Looked through when the program opens, once; see keytab_has_changed. */
#ifndef KERBEROS_KEYTAB_H
#define KERBEROS_KEYTAB_H

#include <krb5/krb5.h>
#include <sys/stat.h>

#include "dragoman/adapter_sdk.h"

struct keytab {
    char name[40]; /* "MEMORY:…", for libkrb5; there is something by it until keytab_close */
    krb5_context context;
    krb5_keytab handle;
    off_t size; /* of the file that was read, and when that was written */
    struct timespec written_at;
};

/* Refuses a file that others may read, that is somebody else's, that has no keys of the principal
 * ("gw/gateway.corp.example@CORP.EXAMPLE") or whose newest is not for AES. Only the newest keys and those
 * before them are taken, and of them only AES. The context must live longer than *keytab. */
MUST_USE enum adapter_outcome keytab_load(struct adapter_call *call, krb5_context context, int descriptor,
                                          struct text principal, struct keytab *keytab);
void keytab_close(struct keytab *keytab); /* one that was loaded; libkrb5 wipes its keys */

/* Whether keys were rotated since it was loaded, so that the program has to be started anew: the file by that
 * name is another one by now and what is open is the old one, or that was written to, as ktadd does. */
bool keytab_has_changed(const struct keytab *keytab, int descriptor);

/* What is wrong with the file as such for a process of this user, or NULL. */
const char *keytab_status_mistake(const struct stat *status, uid_t user);

#endif
