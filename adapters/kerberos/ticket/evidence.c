/* One flag of one ticket, in a cache that is destroyed again. */
#include "evidence.h"

#include "stored_credential.h"

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
    if (stored_credential_open(context, evidence, &cache) == 0) {
        is_forwardable = is_found_forwardable(context, cache);
        krb5_cc_destroy(context, cache);
    }
    krb5_free_context(context);
    return is_forwardable;
}
