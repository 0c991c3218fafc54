/* The private realm of tests/kit/kdc.py in tests of the Kerberos adapter, by way of GSSAPI: a gateway's
 * credential, one that speaks for a user, tokens of it, and the service that takes them. Every failure fails
 * the test. */
#ifndef KERBEROS_TEST_PRIVATE_REALM_H
#define KERBEROS_TEST_PRIVATE_REALM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gssapi/gssapi.h>

#include "base/arena.h"

#define REALM_GATEWAY "gw/gateway.mit.example"
#define REALM_SERVICE "HTTP/app.mit.example"

extern gss_OID_desc realm_krb5, realm_spnego;

/* Of the realm where DRAGOMAN_TEST_KDC says it is; skips the test where it does not. more: lines of a profile
 * that come before the realm's own, or NULL. */
void realm_begin(const char *more);
const char *realm_path(struct arena *arena, const char *file);

gss_name_t realm_name(const char *spelt, gss_OID type);
gss_cred_id_t realm_gateway(void);
/* The gateway's, speaking for this user. */
gss_cred_id_t realm_impersonate(gss_cred_id_t gateway, const char *user);
/* The user's own, with the password that all have. */
gss_cred_id_t realm_login(const char *user, gss_OID mechanism);
/* What a credential cache holds, by its name. */
gss_cred_id_t realm_from_cache(const char *cache);
/* Asks for a ticket of so many seconds. context: for more of the conversation, or NULL. */
struct text realm_token(struct arena *arena, gss_cred_id_t credential, gss_OID mechanism, OM_uint32 flags,
                        OM_uint32 seconds, gss_ctx_id_t *context);
/* What the service answers; TEXT_NONE user where it does not take the token. */
struct text realm_accept(struct arena *arena, struct text token, struct text *user);

#endif
