/* Each process has profiles and caches of its own in the realm's folder, which goes with the realm. */
#include "private_realm.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

gss_OID_desc realm_krb5 = {9, "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"};
gss_OID_desc realm_spnego = {6, "\x2b\x06\x01\x05\x05\x02"};

static void assert_done(const char *step, OM_uint32 major, OM_uint32 minor)
{
    if (GSS_ERROR(major))
        fail_msg("%s: major 0x%x, minor %d", step, major, (int)minor);
}

const char *realm_path(struct arena *arena, const char *file)
{
    return arena_print(arena, "%s/%s", getenv("DRAGOMAN_TEST_KDC"), file).base;
}

void realm_begin(const char *more)
{
    if (getenv("DRAGOMAN_TEST_KDC") == NULL) {
        print_message("no KDC: DRAGOMAN_TEST_KDC is not set\n");
        skip();
    }
    SCOPED_ARENA arena = arena_create();
    const char *profile = realm_path(arena, "krb5.conf");
    if (more != NULL) {
        const char *first = realm_path(arena, arena_print(arena, "more-%d.conf", (int)getpid()).base);
        FILE *file = fopen(first, "w");
        assert_non_null(file);
        assert_true(fputs(more, file) >= 0);
        assert_int_equal(fclose(file), 0);
        profile = arena_print(arena, "%s:%s", first, profile).base;
    }
    assert_int_equal(setenv("KRB5_CONFIG", profile, 1), 0);
    assert_int_equal(setenv("KRB5RCACHENAME", "none:", 1), 0);
    assert_int_equal(setenv("KRB5CCNAME", "MEMORY:default", 1), 0);
}

gss_name_t realm_name(const char *spelt, gss_OID type)
{
    OM_uint32 minor;
    gss_name_t name;
    gss_buffer_desc buffer = {strlen(spelt), (void *)(uintptr_t)spelt};
    OM_uint32 major = gss_import_name(&minor, &buffer, type, &name);
    assert_done(spelt, major, minor);
    return name;
}

gss_cred_id_t realm_gateway(void)
{
    SCOPED_ARENA arena = arena_create();
    const char *keytab = realm_path(arena, "gw.keytab");
    const char *cache = arena_print(arena, "MEMORY:%s", getenv("KRB5_CONFIG")).base; /* a profile has its own */
    gss_key_value_element_desc places[] = {{"client_keytab", keytab}, {"keytab", keytab}, {"ccache", cache}};
    gss_key_value_set_desc store = {3, places};
    gss_OID_set_desc mechanisms = {1, &realm_krb5};
    gss_name_t name = realm_name(REALM_GATEWAY, (gss_OID)GSS_KRB5_NT_PRINCIPAL_NAME);
    gss_cred_id_t gateway;
    OM_uint32 minor;
    OM_uint32 major = gss_acquire_cred_from(&minor, name, GSS_C_INDEFINITE, &mechanisms, GSS_C_INITIATE, &store,
                                            &gateway, NULL, NULL);
    assert_done("the gateway's credential", major, minor);
    gss_release_name(&minor, &name);
    return gateway;
}

gss_cred_id_t realm_impersonate(gss_cred_id_t gateway, const char *user)
{
    gss_OID_set_desc mechanisms = {1, &realm_krb5};
    gss_name_t name = realm_name(user, (gss_OID)GSS_KRB5_NT_PRINCIPAL_NAME);
    gss_cred_id_t credential;
    OM_uint32 minor;
    OM_uint32 major = gss_acquire_cred_impersonate_name(&minor, gateway, name, GSS_C_INDEFINITE, &mechanisms,
                                                        GSS_C_INITIATE, &credential, NULL, NULL);
    assert_done(user, major, minor);
    gss_release_name(&minor, &name);
    return credential;
}

gss_cred_id_t realm_from_cache(const char *cache)
{
    gss_key_value_element_desc place = {"ccache", cache};
    gss_key_value_set_desc store = {1, &place};
    gss_OID_set_desc mechanisms = {1, &realm_krb5};
    gss_cred_id_t credential;
    OM_uint32 minor;
    OM_uint32 major = gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &mechanisms,
                                            GSS_C_INITIATE, &store, &credential, NULL, NULL);
    assert_done(cache, major, minor);
    return credential;
}

gss_cred_id_t realm_login(const char *user, gss_OID mechanism)
{
    gss_OID_set_desc mechanisms = {1, mechanism};
    gss_name_t name = realm_name(user, (gss_OID)GSS_KRB5_NT_PRINCIPAL_NAME);
    gss_buffer_desc password = {2, "pw"};
    gss_cred_id_t credential;
    OM_uint32 minor;
    OM_uint32 major = gss_acquire_cred_with_password(&minor, name, &password, GSS_C_INDEFINITE, &mechanisms,
                                                     GSS_C_INITIATE, &credential, NULL, NULL);
    assert_done(user, major, minor);
    gss_release_name(&minor, &name);
    return credential;
}

struct text realm_token(struct arena *arena, gss_cred_id_t credential, gss_OID mechanism, OM_uint32 flags,
                        OM_uint32 seconds, gss_ctx_id_t *context)
{
    gss_name_t name = realm_name("HTTP@app.mit.example", GSS_C_NT_HOSTBASED_SERVICE);
    gss_ctx_id_t own = GSS_C_NO_CONTEXT;
    gss_buffer_desc token = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor, unused;
    OM_uint32 major =
        gss_init_sec_context(&minor, credential, &own, name, mechanism, flags, seconds,
                             GSS_C_NO_CHANNEL_BINDINGS, GSS_C_NO_BUFFER, NULL, &token, NULL, NULL);
    assert_done("a token", major, minor);
    struct text copy = arena_copy(arena, (struct text){token.value, token.length});
    gss_release_buffer(&unused, &token);
    gss_release_name(&unused, &name);
    if (context != NULL)
        *context = own;
    else
        gss_delete_sec_context(&unused, &own, NULL);
    return copy;
}

static gss_cred_id_t acceptor(void)
{
    SCOPED_ARENA arena = arena_create();
    gss_key_value_element_desc place = {"keytab", realm_path(arena, "http.keytab")};
    gss_key_value_set_desc store = {1, &place};
    gss_cred_id_t credential;
    OM_uint32 minor;
    OM_uint32 major = gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, GSS_C_NO_OID_SET,
                                            GSS_C_ACCEPT, &store, &credential, NULL, NULL);
    assert_done("the service's credential", major, minor);
    return credential;
}

struct text realm_accept(struct arena *arena, struct text token, struct text *user)
{
    gss_cred_id_t credential = acceptor();
    gss_ctx_id_t context = GSS_C_NO_CONTEXT;
    gss_name_t name = GSS_C_NO_NAME;
    gss_buffer_desc input = {token.length, (void *)(uintptr_t)token.base}, shown = GSS_C_EMPTY_BUFFER;
    gss_buffer_desc answer = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor;
    OM_uint32 major = gss_accept_sec_context(&minor, &context, credential, &input, GSS_C_NO_CHANNEL_BINDINGS,
                                             &name, NULL, &answer, NULL, NULL, NULL);
    *user = TEXT_NONE;
    if (major == GSS_S_COMPLETE) {
        major = gss_display_name(&minor, name, &shown, NULL);
        assert_done("a name", major, minor);
        *user = arena_copy(arena, (struct text){shown.value, shown.length});
    }
    struct text copy = arena_copy(arena, (struct text){answer.value, answer.length});
    gss_release_buffer(&minor, &answer);
    gss_release_buffer(&minor, &shown);
    gss_release_name(&minor, &name);
    gss_delete_sec_context(&minor, &context, NULL);
    gss_release_cred(&minor, &credential);
    return copy;
}
