/* Tokens to and fro until both know each other (RFC 4752 section 3.1), then which layer: none. The token is
 * bound to the server's certificate (RFC 5929 section 4), which directories can be set to insist on. */
#include "directory_login.h"

#include <gssapi/gssapi_krb5.h>
#include <krb5/krb5.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

enum { ROUNDS_MAX = 8, NO_LAYER = 1, OFFER_SIZE = 4 };

struct login {
    struct adapter_call *call;
    struct directory_link *link;
    gss_cred_id_t gateway;
    gss_name_t directory;
    gss_ctx_id_t context;
    gss_channel_bindings_t binding;
};

/* --- the certificate --- */

/* By the hash of its signature; SHA-256 for those that are broken, and for signatures without one. */
static const EVP_MD *digest_for(const X509 *certificate)
{
    int number = NID_undef;
    bool is_known = X509_get_signature_info((X509 *)(uintptr_t)certificate, &number, NULL, NULL, NULL) == 1;
    const EVP_MD *digest = is_known ? EVP_get_digestbynid(number) : NULL;
    return digest == NULL || number == NID_md5 || number == NID_sha1 ? EVP_sha256() : digest;
}

static struct text digest_of(struct arena *arena, LDAP *session)
{
    struct berval der = {0};
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (ldap_get_option(session, LDAP_OPT_X_TLS_PEERCERT, &der) != LDAP_OPT_SUCCESS || der.bv_val == NULL)
        return TEXT_NONE;
    const unsigned char *bytes = (const unsigned char *)der.bv_val;
    X509 *certificate = d2i_X509(NULL, &bytes, (long)der.bv_len);
    ldap_memfree(der.bv_val);
    bool is_there =
        certificate != NULL && X509_digest(certificate, digest_for(certificate), digest, &size) == 1;
    X509_free(certificate);
    return is_there ? arena_copy(arena, (struct text){(const char *)digest, size}) : TEXT_NONE;
}

/* --- steps --- */

static enum adapter_outcome end(struct login *login, OM_uint32 major, OM_uint32 minor)
{
    const struct kerberos_failure failure = {.step = KERBEROS_ACQUIRE, .major = major, .minor = minor};
    if ((int32_t)minor == (int32_t)KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN)
        return adapter_misconfigured(login->call, "/directory/url",
                                     "the KDC knows no ldap/ service of this host: name the directory as its "
                                     "account does");
    return kerberos_error_end(login->call, &failure);
}

/* One token to the directory, and its answer. */
static enum adapter_outcome tell(struct login *login, struct text token, int expected, struct text *answer)
{
    struct berval sent = {token.length, (char *)(uintptr_t)(token.length != 0 ? token.base : "")};
    struct berval *got = NULL;
    int code = ldap_sasl_bind_s(directory_link_session(login->link), NULL, "GSSAPI", &sent, NULL, NULL, &got);
    *answer = TEXT_NONE;
    if (got != NULL)
        *answer = arena_copy(adapter_arena(login->call), (struct text){got->bv_val, got->bv_len});
    ber_bvfree(got);
    if (code == expected)
        return ADAPTER_DONE;
    if (code == LDAP_SUCCESS || code == LDAP_SASL_BIND_IN_PROGRESS)
        return adapter_unavailable_request(login->call, 0,
                                           "the directory does not keep to RFC 4752 when it is bound to");
    return directory_link_end(login->call, login->link, "the bind", code);
}

/* *token is empty where nothing is left to say. */
static enum adapter_outcome step(struct login *login, struct text given, struct text *token,
                                 bool *is_established)
{
    OM_uint32 minor, released, flags = 0;
    const OM_uint32 wanted = GSS_C_MUTUAL_FLAG | GSS_C_INTEG_FLAG;
    gss_buffer_desc input = {given.length, (void *)(uintptr_t)given.base}, made = GSS_C_EMPTY_BUFFER;
    OM_uint32 major =
        gss_init_sec_context(&minor, login->gateway, &login->context, login->directory, gss_mech_krb5, wanted,
                             0, login->binding, &input, NULL, &made, &flags, NULL);
    *token = arena_copy(adapter_arena(login->call), (struct text){made.value, made.length});
    gss_release_buffer(&released, &made);
    if (GSS_ERROR(major))
        return end(login, major, minor);
    *is_established = major == GSS_S_COMPLETE;
    if (*is_established && (flags & wanted) != wanted)
        return adapter_unavailable_request(login->call, 0, "the directory does not prove who it is");
    return ADAPTER_DONE;
}

static enum adapter_outcome establish(struct login *login, struct text *answer)
{
    bool is_established = false;
    *answer = TEXT_NONE;
    for (int i = 0; i < ROUNDS_MAX && !is_established; i++) {
        struct text token;
        ADAPTER_TRY(step(login, *answer, &token, &is_established));
        ADAPTER_TRY(tell(login, token, LDAP_SASL_BIND_IN_PROGRESS, answer));
    }
    return is_established
               ? ADAPTER_DONE
               : adapter_unavailable_request(login->call, 0, "the directory's bind does not come to an end");
}

/* The directory's offer, a byte of layers and the size of messages, becomes our choice. */
static enum adapter_outcome choose(struct login *login, struct text offer, struct text *choice)
{
    OM_uint32 minor, released;
    char chosen[OFFER_SIZE] = {NO_LAYER, 0, 0, 0};
    gss_buffer_desc wrapped = {offer.length, (void *)(uintptr_t)offer.base}, plain = GSS_C_EMPTY_BUFFER;
    OM_uint32 major = gss_unwrap(&minor, login->context, &wrapped, &plain, NULL, NULL);
    bool is_offer = !GSS_ERROR(major) && plain.length == OFFER_SIZE;
    bool is_offered = is_offer && (((const unsigned char *)plain.value)[0] & NO_LAYER) != 0;
    gss_release_buffer(&released, &plain);
    if (!is_offer)
        return adapter_unavailable_request(login->call, 0, "the directory's offer of layers is none");
    if (!is_offered)
        return adapter_misconfigured(login->call, "/directory/url",
                                     "the directory wants messages signed or sealed on this connection: use "
                                     "ldaps://");
    gss_buffer_desc input = {sizeof(chosen), chosen}, output = GSS_C_EMPTY_BUFFER;
    major = gss_wrap(&minor, login->context, 0, GSS_C_QOP_DEFAULT, &input, NULL, &output);
    *choice = arena_copy(adapter_arena(login->call), (struct text){output.value, output.length});
    gss_release_buffer(&released, &output);
    return GSS_ERROR(major) ? end(login, major, minor) : ADAPTER_DONE;
}

static enum adapter_outcome talk(struct login *login)
{
    struct text answer, choice;
    ADAPTER_TRY(establish(login, &answer));
    ADAPTER_TRY(choose(login, answer, &choice));
    return tell(login, choice, LDAP_SUCCESS, &answer);
}

/* --- */

static enum adapter_outcome talk_to(struct login *login, const struct delegation *delegation, const char *host)
{
    OM_uint32 minor;
    struct kerberos_failure failure;
    struct arena *arena = adapter_arena(login->call);
    struct text name = arena_print(arena, "ldap/%s@%.*s", host, TEXT_ARGUMENTS(delegation_realm(delegation)));
    gss_buffer_desc bytes = {name.length, (void *)(uintptr_t)name.base};
    if (!delegation_log_in(delegation, &login->gateway, &failure))
        return kerberos_error_end(login->call, &failure);
    OM_uint32 major = gss_import_name(&minor, &bytes, (gss_OID)GSS_KRB5_NT_PRINCIPAL_NAME, &login->directory);
    if (GSS_ERROR(major))
        return end(login, major, minor);
    if (directory_link_is_secure(login->link))
        login->binding = delegation_binding(arena, digest_of(arena, directory_link_session(login->link)));
    return talk(login);
}

enum adapter_outcome directory_log_in(struct adapter_call *call, struct directory_link *link,
                                      const struct delegation *delegation, const char *host)
{
    OM_uint32 minor;
    struct login login = {.call = call, .link = link, .binding = GSS_C_NO_CHANNEL_BINDINGS};
    enum adapter_outcome outcome = talk_to(&login, delegation, host);
    gss_delete_sec_context(&minor, &login.context, GSS_C_NO_BUFFER);
    gss_release_name(&minor, &login.directory);
    gss_release_cred(&minor, &login.gateway);
    return outcome;
}
