/* A service ticket as programs of Kerberos take it: the bytes of a credential cache file, and a KRB-CRED
 * message (RFC 4120 section 5.8). Either has the session key in it and is good for whoever has it. Both hold
 * that one ticket and nothing else. Called for what is handed out as kerberos-ccache. */
#ifndef KERBEROS_CCACHE_H
#define KERBEROS_CCACHE_H

#include "service_ticket.h"

/* Version 4 of the file format, the client's principal its default one. Pure. */
struct text ccache_file(struct arena *arena, const struct service_ticket *ticket);

/* Encrypted with no key, as Kerberos programs expect of one in a file. */
MUST_USE enum adapter_outcome ccache_krb_cred(struct adapter_call *call, const struct service_ticket *ticket,
                                              struct text *message);

#endif
