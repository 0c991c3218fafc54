/* The order of calls is libkrb5's: acquire, impersonate, initiate. Everything that the mechanism gives is
 * copied into the arena or released on the way out. libkrb5's mechanism alone: by SPNEGO's own the ticket could
 * not be taken out again, so the wrapping is ours (spnego.h). */
#include "delegation.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/secret.h"
#include "evidence.h"
#include "proxied_delegation.h"

/* Stays until the end: there are no more of them than the realm's settings let. */
struct known_service {
    struct text service;
    gss_name_t name; /* the mechanism's own, which it need not make of another each time */
    struct known_service *next;
};

struct delegation {
    pthread_mutex_t mutex; /* of arena and services */
    struct known_service *services;
    struct arena *arena;
    struct text realm;
    struct text principal; /* with its realm */
    const char *keytab;    /* zero-terminated */
    const char
        *login; /* the cache of the gateway's own: one name for good, since libkrb5 never gives them back */
    struct gssproxy *proxy; /* has the key then, and there is no keytab */
};

/* One of both. */
struct delegation_credential {
    gss_cred_id_t own;
    struct arena *arena;
    struct text proxied; /* lies in the arena */
};

static struct delegation *open_for(struct text realm, struct text principal)
{
    struct arena *arena = arena_create();
    struct delegation *delegation = ARENA_NEW(arena, struct delegation);
    *delegation = (struct delegation){
        .arena = arena,
        .realm = arena_copy(arena, realm),
        .principal = arena_print(arena, "%.*s@%.*s", TEXT_ARGUMENTS(principal), TEXT_ARGUMENTS(realm)),
    };
    INVARIANT(pthread_mutex_init(&delegation->mutex, NULL) == 0);
    return delegation;
}

struct delegation *delegation_open(struct text realm, struct text principal, struct text keytab)
{
    struct delegation *delegation = open_for(realm, principal);
    delegation->keytab = arena_copy(delegation->arena, keytab).base;
    delegation->login = arena_print(delegation->arena, "MEMORY:%.*s", TEXT_ARGUMENTS(principal)).base;
    return delegation;
}

struct delegation *delegation_open_proxied(struct text realm, struct text principal, struct gssproxy *proxy)
{
    struct delegation *delegation = open_for(realm, principal);
    delegation->proxy = proxy;
    return delegation;
}

bool delegation_keeps_tickets(const struct delegation *delegation)
{
    return delegation->proxy == NULL;
}

struct text delegation_realm(const struct delegation *delegation)
{
    return delegation->realm;
}

static bool fail(struct kerberos_failure *failure, enum kerberos_step step, OM_uint32 major, OM_uint32 minor)
{
    *failure = (struct kerberos_failure){.step = step, .major = major, .minor = minor};
    return false;
}

/* A principal's name, spelled out with its realm, so that no host name is looked up and no realm guessed. */
static gss_name_t import_principal(struct text principal)
{
    OM_uint32 minor;
    gss_name_t name = GSS_C_NO_NAME;
    gss_buffer_desc bytes = {principal.length, (void *)(uintptr_t)principal.base};
    OM_uint32 major = gss_import_name(&minor, &bytes, (gss_OID)GSS_KRB5_NT_PRINCIPAL_NAME, &name);
    return GSS_ERROR(major) ? GSS_C_NO_NAME : name;
}

static void release_name(gss_name_t *name)
{
    OM_uint32 minor;
    gss_release_name(&minor, name);
}

void delegation_close(struct delegation *delegation)
{
    if (delegation == NULL)
        return;
    for (struct known_service *known = delegation->services; known != NULL; known = known->next)
        release_name(&known->name);
    pthread_mutex_destroy(&delegation->mutex);
    arena_destroy(delegation->arena);
}

/* --- credentials --- */

static struct delegation_credential *make_credential(gss_cred_id_t own, struct text proxied)
{
    struct arena *arena = arena_create(); /* wiped */
    struct delegation_credential *credential = ARENA_NEW(arena, struct delegation_credential);
    *credential = (struct delegation_credential){.own = own, .arena = arena};
    if (proxied.base != NULL)
        credential->proxied = arena_copy(arena, proxied);
    return credential;
}

gss_cred_id_t delegation_gss_credential(const struct delegation_credential *credential)
{
    return credential->own;
}

void delegation_release(struct delegation_credential *credential)
{
    OM_uint32 minor;
    if (credential == NULL)
        return;
    gss_release_cred(&minor, &credential->own);
    arena_destroy(credential->arena);
}

static bool copy_own(gss_cred_id_t own, gss_cred_id_t *copy, struct kerberos_failure *failure)
{
    OM_uint32 minor, released;
    gss_buffer_desc bytes = GSS_C_EMPTY_BUFFER;
    OM_uint32 major = gss_export_cred(&minor, own, &bytes);
    if (!GSS_ERROR(major))
        major = gss_import_cred(&minor, &bytes, copy);
    if (bytes.value != NULL)
        secret_wipe(bytes.value, bytes.length);
    gss_release_buffer(&released, &bytes);
    return !GSS_ERROR(major) || fail(failure, KERBEROS_PROXY, major, minor);
}

bool delegation_copy(const struct delegation_credential *credential, struct delegation_credential **copy,
                     struct kerberos_failure *failure)
{
    gss_cred_id_t own = GSS_C_NO_CREDENTIAL;
    if (credential->own != GSS_C_NO_CREDENTIAL && !copy_own(credential->own, &own, failure))
        return false;
    *copy = make_credential(own, credential->proxied);
    return true;
}

/* --- S4U2Self --- */

/* Costs a fifth of a millisecond where the login of before is good. */
bool delegation_log_in(const struct delegation *delegation, gss_cred_id_t *gateway,
                       struct kerberos_failure *failure)
{
    OM_uint32 minor;
    gss_name_t name __attribute__((cleanup(release_name))) = import_principal(delegation->principal);
    gss_key_value_element_desc elements[] = {
        {"client_keytab", delegation->keytab}, {"keytab", delegation->keytab}, {"ccache", delegation->login}};
    gss_key_value_set_desc store = {sizeof(elements) / sizeof(elements[0]), elements};
    gss_OID_set_desc mechanisms = {1, gss_mech_krb5};
    OM_uint32 major = gss_acquire_cred_from(&minor, name, GSS_C_INDEFINITE, &mechanisms, GSS_C_INITIATE, &store,
                                            gateway, NULL, NULL);
    return !GSS_ERROR(major) || fail(failure, KERBEROS_ACQUIRE, major, minor);
}

/* Nothing else than what was asked for is taken: a KDC may know somebody by several names, and what the service
 * sees is this one. */
static bool is_named(gss_cred_id_t credential, struct text principal)
{
    OM_uint32 minor;
    gss_name_t name __attribute__((cleanup(release_name))) = GSS_C_NO_NAME;
    gss_buffer_desc shown = GSS_C_EMPTY_BUFFER;
    if (GSS_ERROR(gss_inquire_cred(&minor, credential, &name, NULL, NULL, NULL)) ||
        GSS_ERROR(gss_display_name(&minor, name, &shown, NULL)))
        return false;
    bool is_same = text_equal((struct text){shown.value, shown.length}, principal);
    gss_release_buffer(&minor, &shown);
    return is_same;
}

static bool impersonate(const struct delegation *delegation, struct text principal, gss_cred_id_t *evidence,
                        struct kerberos_failure *failure)
{
    OM_uint32 minor, released;
    gss_cred_id_t gateway = GSS_C_NO_CREDENTIAL;
    if (!delegation_log_in(delegation, &gateway, failure))
        return false;
    gss_name_t name __attribute__((cleanup(release_name))) = import_principal(principal);
    gss_OID_set_desc mechanisms = {1, gss_mech_krb5};
    OM_uint32 major = gss_acquire_cred_impersonate_name(&minor, gateway, name, GSS_C_INDEFINITE, &mechanisms,
                                                        GSS_C_INITIATE, evidence, NULL, NULL);
    gss_release_cred(&released, &gateway);
    if (GSS_ERROR(major))
        return fail(failure, KERBEROS_SELF, major, minor);
    if (is_named(*evidence, principal))
        return true;
    gss_release_cred(&released, evidence);
    fail(failure, KERBEROS_SELF, GSS_S_BAD_NAME, 0);
    failure->is_other_name = true;
    return false;
}

bool delegation_impersonate(struct delegation *delegation, struct text account,
                            struct delegation_credential **evidence, struct kerberos_failure *failure)
{
    SCOPED_ARENA arena = arena_create();
    gss_cred_id_t own = GSS_C_NO_CREDENTIAL;
    struct text proxied = TEXT_NONE;
    struct text principal =
        arena_print(arena, "%.*s@%.*s", TEXT_ARGUMENTS(account), TEXT_ARGUMENTS(delegation->realm));
    bool is_made =
        delegation->proxy != NULL
            ? proxied_impersonate(delegation->proxy, arena, delegation->principal, principal, &proxied, failure)
            : impersonate(delegation, principal, &own, failure);
    if (is_made)
        *evidence = make_credential(own, proxied);
    return is_made;
}

bool delegation_check_login(const struct delegation *delegation, struct arena *arena,
                            struct kerberos_failure *failure)
{
    struct gssproxy_answer login;
    return proxied_log_in(delegation->proxy, arena, delegation->principal, &login, failure);
}

/* --- S4U2Proxy --- */

static gss_name_t make_service_name(struct text principal)
{
    OM_uint32 minor;
    gss_name_t name = GSS_C_NO_NAME;
    gss_name_t imported __attribute__((cleanup(release_name))) = import_principal(principal);
    OM_uint32 major = gss_canonicalize_name(&minor, imported, gss_mech_krb5, &name);
    return GSS_ERROR(major) ? GSS_C_NO_NAME : name;
}

/* The delegation's own. Making one costs two contexts of libkrb5, as many as the rest of a token. */
static gss_name_t service_name(struct delegation *delegation, struct text principal)
{
    pthread_mutex_lock(&delegation->mutex);
    struct known_service *known = delegation->services;
    while (known != NULL && !text_equal(known->service, principal))
        known = known->next;
    gss_name_t name = known != NULL ? known->name : make_service_name(principal);
    if (known == NULL && name != GSS_C_NO_NAME) {
        known = ARENA_NEW(delegation->arena, struct known_service);
        *known = (struct known_service){
            .service = arena_copy(delegation->arena, principal), .name = name, .next = delegation->services};
        delegation->services = known;
    }
    pthread_mutex_unlock(&delegation->mutex);
    return name;
}

static struct text binding_data(struct arena *arena, struct text digest)
{
    struct text prefix = TEXT("tls-server-end-point:"); /* RFC 5929 section 4.1, RFC 5056 section 2.1 */
    struct text parts[] = {prefix, digest};
    return digest.base != NULL ? arena_join(arena, parts, 2) : TEXT_NONE;
}

gss_channel_bindings_t delegation_binding(struct arena *arena, struct text digest)
{
    if (digest.base == NULL)
        return GSS_C_NO_CHANNEL_BINDINGS;
    gss_channel_bindings_t binding = ARENA_NEW(arena, struct gss_channel_bindings_struct);
    struct text data = binding_data(arena, digest);
    *binding = (struct gss_channel_bindings_struct){.initiator_addrtype = GSS_C_AF_UNSPEC,
                                                    .acceptor_addrtype = GSS_C_AF_UNSPEC};
    binding->application_data = (gss_buffer_desc){data.length, (void *)(uintptr_t)data.base};
    return binding;
}

static bool fail_to_proxy(const struct delegation_request *request, OM_uint32 major, OM_uint32 minor,
                          struct kerberos_failure *failure)
{
    fail(failure, KERBEROS_PROXY, major, minor);
    failure->is_forwardable = evidence_is_forwardable(request->credential->own);
    return false;
}

/* The first token's bytes, and what the answer is checked with, out of what was initiated. */
static void take_token(gss_buffer_t made, struct delegation_context *context, bool is_mutual,
                       struct arena *arena, struct delegation_token *token)
{
    token->token = arena_copy(arena, (struct text){made->value, made->length});
    if (!is_mutual)
        return;
    token->context = *context;
    *context = (struct delegation_context){0};
}

/* No flag but the one for mutual authentication: whoever is handed a bare token has no key to do more with, and
 * delegating on is never wanted. Asked for a time, libkrb5 looks only for tickets that last as long. */
static bool initiate(gss_name_t service, const struct delegation_request *request, struct arena *arena,
                     struct delegation_token *token, struct kerberos_failure *failure)
{
    OM_uint32 minor, released, rest_s = 0;
    gss_buffer_desc made = GSS_C_EMPTY_BUFFER;
    struct delegation_context context = {.service = service};
    OM_uint32 major = gss_init_sec_context(&minor, request->credential->own, &context.context, context.service,
                                           gss_mech_krb5, request->is_mutual ? GSS_C_MUTUAL_FLAG : 0,
                                           request->lifetime_s != 0 ? request->lifetime_s : GSS_C_INDEFINITE,
                                           delegation_binding(arena, request->channel_binding), GSS_C_NO_BUFFER,
                                           NULL, &made, NULL, &rest_s);
    bool is_made = !GSS_ERROR(major);
    if (is_made) {
        token->rest_s = rest_s;
        take_token(&made, &context, request->is_mutual, arena, token);
        secret_wipe(made.value, made.length);
    }
    gss_release_buffer(&released, &made);
    delegation_abandon(&context);
    return is_made || fail_to_proxy(request, major, minor, failure);
}

bool delegation_initiate(struct delegation *delegation, const struct delegation_request *request,
                         struct arena *arena, struct delegation_token *token, struct kerberos_failure *failure)
{
    struct text service =
        arena_print(arena, "%.*s@%.*s", TEXT_ARGUMENTS(request->service), TEXT_ARGUMENTS(delegation->realm));
    if (delegation->proxy == NULL)
        return initiate(service_name(delegation, service), request, arena, token, failure);
    const struct gssproxy_initiation initiation = {.credential = request->credential->proxied,
                                                   .service = service,
                                                   .binding = binding_data(arena, request->channel_binding),
                                                   .lifetime_s = request->lifetime_s,
                                                   .is_mutual = request->is_mutual};
    return proxied_initiate(delegation->proxy, &initiation, arena, token, failure);
}

bool delegation_confirm(struct delegation_context *context, struct text answer)
{
    if (context->proxied != NULL)
        return proxied_confirm(context->proxied, answer);
    OM_uint32 minor, flags = 0;
    gss_buffer_desc given = {answer.length, (void *)(uintptr_t)answer.base}, made = GSS_C_EMPTY_BUFFER;
    OM_uint32 major = gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &context->context, context->service,
                                           gss_mech_krb5, GSS_C_MUTUAL_FLAG, 0, GSS_C_NO_CHANNEL_BINDINGS,
                                           &given, NULL, &made, &flags, NULL);
    gss_release_buffer(&minor, &made);
    return major == GSS_S_COMPLETE && (flags & GSS_C_MUTUAL_FLAG) != 0;
}

void delegation_abandon(struct delegation_context *context)
{
    OM_uint32 minor;
    gss_delete_sec_context(&minor, &context->context, GSS_C_NO_BUFFER);
    proxied_abandon(context->proxied);
    context->proxied = NULL;
}
