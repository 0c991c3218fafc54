/* The order of calls is libkrb5's: acquire, impersonate, initiate. Everything that the mechanism gives is
 * copied into the arena or released on the way out. */
#include "delegation.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/secret.h"
#include "evidence.h"

/* 1.2.840.113554.1.2.2 (RFC 1964 section 1). With SPNEGO's own the ticket cannot be taken out again, so the
 * wrapping is ours (spnego.h). */
static gss_OID_desc kerberos_mechanism = {9, (void *)"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"};

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
};

struct delegation *delegation_open(struct text realm, struct text principal, struct text keytab)
{
    struct arena *arena = arena_create();
    struct delegation *delegation = ARENA_NEW(arena, struct delegation);
    *delegation = (struct delegation){
        .arena = arena,
        .realm = arena_copy(arena, realm),
        .principal = arena_print(arena, "%.*s@%.*s", TEXT_ARGUMENTS(principal), TEXT_ARGUMENTS(realm)),
        .keytab = arena_copy(arena, keytab).base,
        .login = arena_print(arena, "MEMORY:%.*s", TEXT_ARGUMENTS(principal)).base,
    };
    INVARIANT(pthread_mutex_init(&delegation->mutex, NULL) == 0);
    return delegation;
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
    gss_OID_set_desc mechanisms = {1, &kerberos_mechanism};
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

bool delegation_impersonate(struct delegation *delegation, struct text account, gss_cred_id_t *evidence,
                            struct kerberos_failure *failure)
{
    OM_uint32 minor, released;
    gss_cred_id_t gateway = GSS_C_NO_CREDENTIAL;
    SCOPED_BUFFER principal = {0};
    buffer_append(&principal, account);
    buffer_append_byte(&principal, '@');
    buffer_append(&principal, delegation->realm);
    if (!delegation_log_in(delegation, &gateway, failure))
        return false;
    gss_name_t name __attribute__((cleanup(release_name))) = import_principal(buffer_text(&principal));
    gss_OID_set_desc mechanisms = {1, &kerberos_mechanism};
    OM_uint32 major = gss_acquire_cred_impersonate_name(&minor, gateway, name, GSS_C_INDEFINITE, &mechanisms,
                                                        GSS_C_INITIATE, evidence, NULL, NULL);
    gss_release_cred(&released, &gateway);
    if (GSS_ERROR(major))
        return fail(failure, KERBEROS_SELF, major, minor);
    if (is_named(*evidence, buffer_text(&principal)))
        return true;
    gss_release_cred(&released, evidence);
    fail(failure, KERBEROS_SELF, GSS_S_BAD_NAME, 0);
    failure->is_other_name = true;
    return false;
}

bool delegation_copy(gss_cred_id_t credential, gss_cred_id_t *copy, struct kerberos_failure *failure)
{
    OM_uint32 minor, released;
    gss_buffer_desc bytes = GSS_C_EMPTY_BUFFER;
    OM_uint32 major = gss_export_cred(&minor, credential, &bytes);
    if (!GSS_ERROR(major))
        major = gss_import_cred(&minor, &bytes, copy);
    if (bytes.value != NULL)
        secret_wipe(bytes.value, bytes.length);
    gss_release_buffer(&released, &bytes);
    return !GSS_ERROR(major) || fail(failure, KERBEROS_PROXY, major, minor);
}

/* --- S4U2Proxy --- */

static gss_name_t make_service_name(const struct delegation *delegation, struct text service)
{
    OM_uint32 minor;
    gss_name_t name = GSS_C_NO_NAME;
    SCOPED_BUFFER spelt = {0};
    buffer_append(&spelt, service);
    buffer_append_byte(&spelt, '@');
    buffer_append(&spelt, delegation->realm);
    gss_name_t imported __attribute__((cleanup(release_name))) = import_principal(buffer_text(&spelt));
    OM_uint32 major = gss_canonicalize_name(&minor, imported, &kerberos_mechanism, &name);
    return GSS_ERROR(major) ? GSS_C_NO_NAME : name;
}

/* The delegation's own. Making one costs two contexts of libkrb5, as many as the rest of a token. */
static gss_name_t service_name(struct delegation *delegation, struct text service)
{
    pthread_mutex_lock(&delegation->mutex);
    struct known_service *known = delegation->services;
    while (known != NULL && !text_equal(known->service, service))
        known = known->next;
    if (known == NULL) {
        known = ARENA_NEW(delegation->arena, struct known_service);
        *known = (struct known_service){.service = arena_copy(delegation->arena, service),
                                        .name = make_service_name(delegation, service),
                                        .next = delegation->services};
        delegation->services = known;
    }
    gss_name_t name = known->name;
    pthread_mutex_unlock(&delegation->mutex);
    return name;
}

gss_channel_bindings_t delegation_binding(struct arena *arena, struct text digest)
{
    struct text prefix = TEXT("tls-server-end-point:"); /* RFC 5929 section 4.1, RFC 5056 section 2.1 */
    struct text parts[] = {prefix, digest};
    if (digest.base == NULL)
        return GSS_C_NO_CHANNEL_BINDINGS;
    gss_channel_bindings_t binding = ARENA_NEW(arena, struct gss_channel_bindings_struct);
    struct text data = arena_join(arena, parts, 2);
    *binding = (struct gss_channel_bindings_struct){.initiator_addrtype = GSS_C_AF_UNSPEC,
                                                    .acceptor_addrtype = GSS_C_AF_UNSPEC};
    binding->application_data = (gss_buffer_desc){data.length, (void *)(uintptr_t)data.base};
    return binding;
}

static bool fail_to_proxy(const struct delegation_request *request, OM_uint32 major, OM_uint32 minor,
                          struct kerberos_failure *failure)
{
    fail(failure, KERBEROS_PROXY, major, minor);
    failure->is_forwardable = evidence_is_forwardable(request->credential);
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
bool delegation_initiate(struct delegation *delegation, const struct delegation_request *request,
                         struct arena *arena, struct delegation_token *token, struct kerberos_failure *failure)
{
    OM_uint32 minor, released, rest_s = 0;
    gss_buffer_desc made = GSS_C_EMPTY_BUFFER;
    struct delegation_context context = {.service = service_name(delegation, request->service)};
    OM_uint32 major = gss_init_sec_context(&minor, request->credential, &context.context, context.service,
                                           &kerberos_mechanism, request->is_mutual ? GSS_C_MUTUAL_FLAG : 0,
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

bool delegation_confirm(struct delegation_context *context, struct text answer)
{
    OM_uint32 minor, flags = 0;
    gss_buffer_desc given = {answer.length, (void *)(uintptr_t)answer.base}, made = GSS_C_EMPTY_BUFFER;
    OM_uint32 major = gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &context->context, context->service,
                                           &kerberos_mechanism, GSS_C_MUTUAL_FLAG, 0, GSS_C_NO_CHANNEL_BINDINGS,
                                           &given, NULL, &made, &flags, NULL);
    gss_release_buffer(&minor, &made);
    return major == GSS_S_COMPLETE && (flags & GSS_C_MUTUAL_FLAG) != 0;
}

/* --- */

void delegation_release(gss_cred_id_t credential)
{
    OM_uint32 minor;
    gss_release_cred(&minor, &credential);
}

void delegation_abandon(struct delegation_context *context)
{
    OM_uint32 minor;
    gss_delete_sec_context(&minor, &context->context, GSS_C_NO_BUFFER);
}
