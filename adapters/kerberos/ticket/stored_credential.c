/* The cache is named to GSSAPI as it names itself, with its type in front. */
#include "stored_credential.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>

static krb5_error_code store(krb5_context context, gss_cred_id_t credential, krb5_ccache cache)
{
    OM_uint32 minor;
    char *name;
    krb5_error_code code = krb5_cc_get_full_name(context, cache, &name);
    if (code != 0)
        return code;
    gss_key_value_element_desc place = {"ccache", name};
    gss_key_value_set_desc places = {1, &place};
    OM_uint32 major =
        gss_store_cred_into(&minor, credential, GSS_C_INITIATE, gss_mech_krb5, 1, 0, &places, NULL, NULL);
    krb5_free_string(context, name);
    if (GSS_ERROR(major))
        return minor != 0 ? (krb5_error_code)minor : (krb5_error_code)KRB5_CC_NOSUPP;
    return 0;
}

krb5_error_code stored_credential_open(krb5_context context, gss_cred_id_t credential, krb5_ccache *cache)
{
    *cache = NULL;
    krb5_error_code code = krb5_cc_new_unique(context, "MEMORY", NULL, cache);
    if (code == 0)
        code = store(context, credential, *cache);
    if (code != 0 && *cache != NULL) {
        krb5_cc_destroy(context, *cache);
        *cache = NULL;
    }
    return code;
}
