/* A credential shows its tickets only once it is stored, so it is stored in a cache of its own in memory, which
 * is destroyed again. */
#include "evidence.h"

#include <gssapi/gssapi_ext.h>
#include <krb5.h>

static bool store(krb5_context context, gss_cred_id_t evidence, krb5_ccache cache)
{
    OM_uint32 minor;
    char *name = NULL;
    if (krb5_cc_get_full_name(context, cache, &name) != 0)
        return false;
    gss_key_value_element_desc element = {"ccache", name};
    gss_key_value_set_desc where = {1, &element};
    OM_uint32 major =
        gss_store_cred_into(&minor, evidence, GSS_C_INITIATE, GSS_C_NO_OID, 1, 1, &where, NULL, NULL);
    krb5_free_string(context, name);
    return !GSS_ERROR(major);
}

/* The one whose client is the subject; the other ticket in there is the gateway's own login. */
static bool is_found_forwardable(krb5_context context, krb5_ccache cache)
{
    krb5_principal subject = NULL;
    krb5_cc_cursor cursor;
    krb5_creds ticket;
    bool is_forwardable = false;
    if (krb5_cc_get_principal(context, cache, &subject) != 0)
        return false;
    if (krb5_cc_start_seq_get(context, cache, &cursor) == 0) {
        while (krb5_cc_next_cred(context, cache, &cursor, &ticket) == 0) {
            if (!krb5_is_config_principal(context, ticket.server) &&
                krb5_principal_compare(context, ticket.client, subject))
                is_forwardable |= (ticket.ticket_flags & TKT_FLG_FORWARDABLE) != 0;
            krb5_free_cred_contents(context, &ticket);
        }
        krb5_cc_end_seq_get(context, cache, &cursor);
    }
    krb5_free_principal(context, subject);
    return is_forwardable;
}

bool evidence_is_forwardable(gss_cred_id_t evidence)
{
    krb5_context context;
    krb5_ccache cache;
    bool is_forwardable = false;
    if (krb5_init_context(&context) != 0)
        return false;
    if (krb5_cc_new_unique(context, "MEMORY", NULL, &cache) == 0) {
        is_forwardable = store(context, evidence, cache) && is_found_forwardable(context, cache);
        krb5_cc_destroy(context, cache);
    }
    krb5_free_context(context);
    return is_forwardable;
}
