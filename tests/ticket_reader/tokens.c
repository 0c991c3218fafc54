/* Tokens of the Negotiate scheme (RFC 4559), as a service sees them: through GSSAPI, which says who it is and
 * what was agreed, and past it, since GSSAPI does not say what ticket it was. And one of them made. */
#include "ticket_reader.h"

#include <gssapi/gssapi_ext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* RFC 4121 6.2: GSS_C_CHANNEL_BOUND_FLAG, which older headers lack. */
#define CHANNEL_BOUND 2048

static const struct {
    OM_uint32 flag;
    const char *name;
} agreements[] = {
    {GSS_C_DELEG_FLAG, "delegation"},
    {GSS_C_MUTUAL_FLAG, "mutual"},
    {GSS_C_REPLAY_FLAG, "replay"},
    {GSS_C_SEQUENCE_FLAG, "sequence"},
    {GSS_C_CONF_FLAG, "confidentiality"},
    {GSS_C_INTEG_FLAG, "integrity"},
    {GSS_C_DCE_STYLE, "dce-style"},
    {GSS_C_IDENTIFY_FLAG, "identify"},
    {GSS_C_EXTENDED_ERROR_FLAG, "extended-error"},
    {CHANNEL_BOUND, "channel-bound"},
};

/* What GSSAPI and what the mechanism says; the latter is often silent under SPNEGO. */
static void must_work(OM_uint32 major, OM_uint32 minor, const char *what)
{
    if (!GSS_ERROR(major))
        return;
    OM_uint32 ignored, more = 0, rest = 0;
    gss_buffer_desc text, detail;
    gss_display_status(&ignored, major, GSS_C_GSS_CODE, GSS_C_NO_OID, &more, &text);
    gss_display_status(&ignored, minor, GSS_C_MECH_CODE, GSS_C_NO_OID, &rest, &detail);
    fprintf(stderr, "%.*s: ", (int)text.length, (const char *)text.value);
    give_up(what, detail.value);
}

/* The application's part alone; addresses are not used over TLS (RFC 5929). NULL where nothing is bound. */
static gss_channel_bindings_t read_binding(const char *path, struct gss_channel_bindings_struct *binding)
{
    if (path == NULL)
        return GSS_C_NO_CHANNEL_BINDINGS;
    const struct bytes bytes = read_whole_file(path);
    *binding =
        (struct gss_channel_bindings_struct){.application_data = {.length = bytes.length, .value = bytes.data}};
    return binding;
}

static gss_cred_id_t acceptor(const char *keytab)
{
    gss_key_value_element_desc elements[] = {{"keytab", keytab}, {"rcache", "none:"}};
    const gss_key_value_set_desc store = {.count = 2, .elements = elements};
    gss_cred_id_t made;
    OM_uint32 minor;
    OM_uint32 major = gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, GSS_C_NO_OID_SET,
                                            GSS_C_ACCEPT, &store, &made, NULL, NULL);
    must_work(major, minor, keytab);
    return made;
}

struct accepted {
    gss_name_t client;
    OM_uint32 agreed;
    gss_cred_id_t delegated;
};

static struct accepted accept_token(gss_cred_id_t service, struct bytes token, gss_channel_bindings_t binding)
{
    struct accepted accepted = {0};
    gss_ctx_id_t made = GSS_C_NO_CONTEXT;
    gss_buffer_desc input = {.length = token.length, .value = token.data}, output = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor;
    OM_uint32 major = gss_accept_sec_context(&minor, &made, service, &input, binding, &accepted.client, NULL,
                                             &output, &accepted.agreed, NULL, &accepted.delegated);
    must_work(major, minor, "the token is refused");
    gss_release_buffer(&minor, &output);
    gss_delete_sec_context(&minor, &made, GSS_C_NO_BUFFER);
    return accepted;
}

static void print_client(const char *before, struct accepted *accepted)
{
    OM_uint32 minor;
    gss_buffer_desc name;
    OM_uint32 major = gss_display_name(&minor, accepted->client, &name, NULL);
    must_work(major, minor, "the client's name");
    printf("%s%.*s\n", before, (int)name.length, (const char *)name.value);
    gss_release_buffer(&minor, &name);
    gss_release_name(&minor, &accepted->client);
}

static void print_agreed(struct bytes token, const char *keytab, gss_channel_bindings_t binding)
{
    gss_cred_id_t service = acceptor(keytab);
    OM_uint32 minor;
    struct accepted accepted = accept_token(service, token, binding);
    print_client("accepted-as ", &accepted);
    printf("agreed");
    for (size_t i = 0; i < sizeof(agreements) / sizeof(agreements[0]); i++)
        if ((accepted.agreed & agreements[i].flag) != 0)
            printf(" %s", agreements[i].name);
    printf("\ndelegated-credential %s\n", accepted.delegated == GSS_C_NO_CREDENTIAL ? "no" : "yes");
    gss_release_cred(&minor, &accepted.delegated);
    gss_release_cred(&minor, &service);
}

/* RFC 4121 4.1: behind the mechanism's name and 01 00 comes the AP-REQ, an application tag 14 of DER. */
static krb5_data request_in(struct bytes token)
{
    static const char before[] = "\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x01\x00\x6e\x82";
    const char *found = memmem(token.data, token.length, before, sizeof(before) - 1);
    if (found == NULL)
        give_up("the token", "has no request of Kerberos in it");
    size_t start = (size_t)(found - token.data) + sizeof(before) - 3, left = token.length - start;
    const unsigned char *length = (const unsigned char *)token.data + start + 2;
    size_t whole = left < 4 ? 0 : 4 + (size_t)length[0] * 256 + length[1];
    if (whole == 0 || whole > left)
        give_up("the token", "ends within its request");
    return (krb5_data){.data = token.data + start, .length = (unsigned)whole};
}

void print_token(krb5_context context, const char *path, const char *keytab_name, const char *binding_path)
{
    struct bytes token = read_whole_file(path);
    struct gss_channel_bindings_struct binding;
    gss_channel_bindings_t bound = read_binding(binding_path, &binding);
    print_agreed(token, keytab_name, bound);
    krb5_data request = request_in(token);
    krb5_keytab keytab;
    must(context, krb5_kt_resolve(context, keytab_name, &keytab), keytab_name);
    krb5_auth_context conversation = NULL;
    krb5_flags options;
    krb5_ticket *ticket;
    must(context, krb5_rd_req(context, &conversation, &request, NULL, keytab, &options, &ticket), path);
    printf("entry\n");
    print_ticket(context, "", ticket);
    krb5_free_ticket(context, ticket);
    krb5_auth_con_free(context, conversation);
    krb5_kt_close(context, keytab);
    free(token.data);
    if (bound != NULL)
        free(binding.application_data.value);
}

void write_token(const char *service, const char *path, const char *binding_path)
{
    struct gss_channel_bindings_struct binding;
    gss_channel_bindings_t bound = read_binding(binding_path, &binding);
    gss_buffer_desc text = {.length = strlen(service), .value = (void *)(uintptr_t)service}, output;
    gss_name_t name;
    gss_ctx_id_t made = GSS_C_NO_CONTEXT;
    OM_uint32 minor;
    OM_uint32 major = gss_import_name(&minor, &text, GSS_C_NT_HOSTBASED_SERVICE, &name);
    must_work(major, minor, service);
    major = gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &made, name, GSS_C_NO_OID, GSS_C_MUTUAL_FLAG, 0,
                                 bound, GSS_C_NO_BUFFER, NULL, &output, NULL, NULL);
    must_work(major, minor, service);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(output.value, 1, output.length, file) != output.length || fclose(file) != 0)
        give_up(path, "cannot be written");
    gss_release_buffer(&minor, &output);
    gss_release_name(&minor, &name);
    gss_delete_sec_context(&minor, &made, GSS_C_NO_BUFFER);
    if (bound != NULL)
        free(binding.application_data.value);
}
