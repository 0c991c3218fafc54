/* The file by hand (MIT Kerberos documentation, "Credential cache file format"): the library writes files only,
 * and this program none. The message by the library, in memory. */
#include "ccache.h"

#include <krb5.h>

#include "base/buffer.h"
#include "base/secret.h"

enum { FILE_VERSION_4 = 0x0504 };

/* --- the file: numbers in network order, everything of any length behind its length --- */

static void put_number(struct buffer *file, uint32_t number, unsigned bytes)
{
    while (bytes-- > 0)
        buffer_append_byte(file, (char)(number >> (8 * bytes) & 0xff));
}

static void put_bytes(struct buffer *file, struct text bytes)
{
    put_number(file, (uint32_t)bytes.length, 4);
    buffer_append(file, bytes);
}

static void put_name(struct buffer *file, const struct ticket_name *name)
{
    put_number(file, (uint32_t)name->type, 4);
    put_number(file, (uint32_t)name->component_count, 4);
    put_bytes(file, name->realm);
    for (size_t i = 0; i < name->component_count; i++)
        put_bytes(file, name->components[i]);
}

static void put_items(struct buffer *file, const struct ticket_item *items, size_t count)
{
    put_number(file, (uint32_t)count, 4);
    for (size_t i = 0; i < count; i++) {
        put_number(file, items[i].type, 2);
        put_bytes(file, items[i].bytes);
    }
}

static void put_ticket(struct buffer *file, const struct service_ticket *ticket)
{
    put_name(file, &ticket->client);
    put_name(file, &ticket->server);
    put_number(file, (uint32_t)ticket->key_type, 2);
    put_bytes(file, ticket->key);
    put_number(file, (uint32_t)ticket->authenticated_at_s, 4);
    put_number(file, (uint32_t)ticket->starts_at_s, 4);
    put_number(file, (uint32_t)ticket->ends_at_s, 4);
    put_number(file, (uint32_t)ticket->renewable_until_s, 4);
    put_number(file, 0, 1); /* is_skey: the ticket is encrypted in the service's own key */
    put_number(file, ticket->flags, 4);
    put_items(file, ticket->addresses, ticket->address_count);
    put_items(file, ticket->authorization_data, ticket->authorization_data_count);
    put_bytes(file, ticket->ticket);
    put_bytes(file, TEXT_NONE); /* a second ticket, which goes with is_skey */
}

struct text ccache_file(struct arena *arena, const struct service_ticket *ticket)
{
    struct buffer file = buffer_in(arena, ticket->ticket.length + 1024);
    put_number(&file, FILE_VERSION_4, 2);
    put_number(&file, 0, 2); /* no header fields: the one there is says how wrong the clock of this host is */
    put_name(&file, &ticket->client);
    put_ticket(&file, ticket);
    return buffer_text(&file);
}

/* --- the message: what the library wants points into the ticket's own memory, and is only read --- */

static krb5_data data_of(struct text text)
{
    return (krb5_data){
        .magic = KV5M_DATA, .length = (unsigned)text.length, .data = (char *)(uintptr_t)text.base};
}

static krb5_principal principal_of(struct arena *arena, const struct ticket_name *name)
{
    krb5_data *components = ARENA_ARRAY(arena, krb5_data, name->component_count);
    for (size_t i = 0; i < name->component_count; i++)
        components[i] = data_of(name->components[i]);
    krb5_principal principal = ARENA_NEW(arena, krb5_principal_data);
    *principal = (krb5_principal_data){.magic = KV5M_PRINCIPAL,
                                       .realm = data_of(name->realm),
                                       .data = components,
                                       .length = (krb5_int32)name->component_count,
                                       .type = name->type};
    return principal;
}

static krb5_address **addresses_of(struct arena *arena, const struct service_ticket *ticket)
{
    if (ticket->address_count == 0)
        return NULL;
    krb5_address **addresses = ARENA_ARRAY(arena, krb5_address *, ticket->address_count + 1);
    for (size_t i = 0; i < ticket->address_count; i++) {
        krb5_data bytes = data_of(ticket->addresses[i].bytes);
        addresses[i] = ARENA_NEW(arena, krb5_address);
        *addresses[i] = (krb5_address){.magic = KV5M_ADDRESS,
                                       .addrtype = ticket->addresses[i].type,
                                       .length = bytes.length,
                                       .contents = (krb5_octet *)bytes.data};
    }
    return addresses;
}

static krb5_timestamp timestamp_of(int64_t seconds)
{
    return (krb5_timestamp)(uint32_t)seconds;
}

static krb5_creds entry_of(struct arena *arena, const struct service_ticket *ticket)
{
    return (krb5_creds){.magic = KV5M_CREDS,
                        .client = principal_of(arena, &ticket->client),
                        .server = principal_of(arena, &ticket->server),
                        .keyblock = {.magic = KV5M_KEYBLOCK,
                                     .enctype = ticket->key_type,
                                     .length = (unsigned)ticket->key.length,
                                     .contents = (krb5_octet *)(uintptr_t)ticket->key.base},
                        .times = {.authtime = timestamp_of(ticket->authenticated_at_s),
                                  .starttime = timestamp_of(ticket->starts_at_s),
                                  .endtime = timestamp_of(ticket->ends_at_s),
                                  .renew_till = timestamp_of(ticket->renewable_until_s)},
                        .ticket_flags = (krb5_flags)ticket->flags,
                        .addresses = addresses_of(arena, ticket),
                        .ticket = data_of(ticket->ticket)};
}

/* Without a key in the context the message is encrypted with none; without flags it is of no conversation,
 * whose messages would have to be remembered. */
static krb5_error_code make_message(krb5_context context, struct arena *arena, krb5_creds *entry,
                                    struct text *message)
{
    krb5_auth_context conversation = NULL;
    krb5_data *made = NULL;
    krb5_error_code code = krb5_auth_con_init(context, &conversation);
    if (code == 0)
        code = krb5_auth_con_setflags(context, conversation, 0);
    if (code == 0)
        code = krb5_mk_1cred(context, conversation, entry, &made, NULL);
    if (code == 0) {
        *message = arena_copy(arena, (struct text){made->data, made->length});
        secret_wipe(made->data, made->length);
    }
    krb5_free_data(context, made);
    if (conversation != NULL)
        krb5_auth_con_free(context, conversation);
    return code;
}

enum adapter_outcome ccache_krb_cred(struct adapter_call *call, const struct service_ticket *ticket,
                                     struct text *message)
{
    krb5_context context = NULL;
    krb5_creds entry = entry_of(adapter_arena(call), ticket);
    krb5_error_code code = krb5_init_context(&context);
    if (code == 0)
        code = make_message(context, adapter_arena(call), &entry, message);
    if (context != NULL)
        krb5_free_context(context);
    return code == 0 ? ADAPTER_DONE
                     : adapter_fail(call, "a KRB-CRED message ends with Kerberos error %d", (int)code);
}
