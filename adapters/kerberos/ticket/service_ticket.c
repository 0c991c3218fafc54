/* The whole credential is stored in a cache of its own, which is destroyed before this returns. */
#include "service_ticket.h"

#include <string.h>

#include "base/clock.h"
#include "stored_credential.h"

/* What a ticket may last beyond what was asked for: the library asks by its own clock, the KDC starts by its.
 */
enum { LIFETIME_SLACK_S = 60 };

struct taking {
    struct adapter_call *call;
    const struct service_ticket_wanted *wanted;
    krb5_context context;
    krb5_principal client, server;
    krb5_ccache cache;
    struct service_ticket *ticket;
};

static struct text text_of_data(krb5_data data)
{
    return (struct text){data.data, data.length};
}

static enum adapter_outcome fail(const struct taking *taking, const char *step, krb5_error_code code)
{
    return adapter_fail(taking->call, "%s ends with Kerberos error %d", step, (int)code);
}

/* --- copies --- */

static struct ticket_name copy_name(struct arena *arena, krb5_const_principal principal)
{
    size_t count = (size_t)principal->length;
    struct text *components = ARENA_ARRAY(arena, struct text, count);
    for (size_t i = 0; i < count; i++)
        components[i] = arena_copy(arena, text_of_data(principal->data[i]));
    return (struct ticket_name){.type = principal->type,
                                .realm = arena_copy(arena, text_of_data(principal->realm)),
                                .components = components,
                                .component_count = count};
}

static struct ticket_item copy_item(struct arena *arena, int type, const void *bytes, unsigned length)
{
    return (struct ticket_item){(uint16_t)type, arena_copy(arena, (struct text){bytes, length})};
}

static void copy_items(struct service_ticket *ticket, const krb5_creds *entry)
{
    size_t addresses = 0, data = 0;
    while (entry->addresses != NULL && entry->addresses[addresses] != NULL)
        addresses++;
    while (entry->authdata != NULL && entry->authdata[data] != NULL)
        data++;
    struct ticket_item *address_items = ARENA_ARRAY(ticket->arena, struct ticket_item, addresses);
    struct ticket_item *data_items = ARENA_ARRAY(ticket->arena, struct ticket_item, data);
    for (size_t i = 0; i < addresses; i++) {
        const krb5_address *address = entry->addresses[i];
        address_items[i] = copy_item(ticket->arena, address->addrtype, address->contents, address->length);
    }
    for (size_t i = 0; i < data; i++) {
        const krb5_authdata *item = entry->authdata[i];
        data_items[i] = copy_item(ticket->arena, item->ad_type, item->contents, item->length);
    }
    ticket->addresses = address_items;
    ticket->address_count = addresses;
    ticket->authorization_data = data_items;
    ticket->authorization_data_count = data;
}

/* The library's times are the low 32 bits of theirs, and go on after 2038 as numbers without a sign. */
static int64_t seconds_of(krb5_timestamp time)
{
    return (int64_t)(uint32_t)time;
}

static void copy_ticket(struct service_ticket *ticket, const krb5_creds *entry, krb5_const_principal server)
{
    struct arena *arena = arena_create();
    *ticket = (struct service_ticket){
        .arena = arena,
        .client = copy_name(arena, entry->client),
        .server = copy_name(arena, server),
        .flags = (uint32_t)entry->ticket_flags,
        .authenticated_at_s = seconds_of(entry->times.authtime),
        .starts_at_s = seconds_of(entry->times.starttime != 0 ? entry->times.starttime : entry->times.authtime),
        .ends_at_s = seconds_of(entry->times.endtime),
        .renewable_until_s = seconds_of(entry->times.renew_till),
        .key_type = entry->keyblock.enctype,
        .key = arena_copy(arena, (struct text){(const char *)entry->keyblock.contents, entry->keyblock.length}),
        .ticket = arena_copy(arena, text_of_data(entry->ticket)),
    };
    copy_items(ticket, entry);
}

void service_ticket_free(struct service_ticket *ticket)
{
    arena_destroy(ticket->arena);
    *ticket = (struct service_ticket){0};
}

/* --- which one it is --- */

/* Of the components as they are: nothing in a name is an escape or a separator. */
static enum adapter_outcome make_names(struct taking *taking)
{
    const struct service_ticket_wanted *wanted = taking->wanted;
    struct text host = wanted->service, service = text_cut(&host, '/');
    unsigned realm = (unsigned)wanted->realm.length;
    if (service.length == 0 || host.length == 0 || wanted->account.length == 0 || text_is(service, "krbtgt"))
        return adapter_fail(taking->call, "a ticket for \"%.*s\" is none that may leave",
                            TEXT_ARGUMENTS(wanted->service));
    krb5_error_code code =
        krb5_build_principal_ext(taking->context, &taking->server, realm, wanted->realm.base,
                                 (unsigned)service.length, service.base, (unsigned)host.length, host.base, 0);
    if (code == 0)
        code = krb5_build_principal_ext(taking->context, &taking->client, realm, wanted->realm.base,
                                        (unsigned)wanted->account.length, wanted->account.base, 0);
    return code == 0 ? ADAPTER_DONE : fail(taking, "the names of a ticket", code);
}

static enum adapter_outcome store(struct taking *taking, gss_cred_id_t user_credential)
{
    krb5_error_code code = stored_credential_open(taking->context, user_credential, &taking->cache);
    return code != 0 ? fail(taking, "storing a credential", code) : ADAPTER_DONE;
}

/* An entry is kept under the name it was asked for by, which has no realm: whose it is stands in the ticket. Of
 * those with another server there are always two, the gateway's own ticket and the evidence about the user. */
static void consider(struct taking *taking, const krb5_creds *entry)
{
    krb5_ticket *decoded;
    if (krb5_is_config_principal(taking->context, entry->server) ||
        krb5_decode_ticket(&entry->ticket, &decoded) != 0)
        return;
    struct service_ticket *ticket = taking->ticket;
    if (krb5_principal_compare(taking->context, decoded->server, taking->server) &&
        krb5_principal_compare(taking->context, entry->client, taking->client) &&
        (ticket->arena == NULL || seconds_of(entry->times.endtime) > ticket->ends_at_s)) {
        service_ticket_free(ticket);
        copy_ticket(ticket, entry, decoded->server);
    }
    krb5_free_ticket(taking->context, decoded);
}

static enum adapter_outcome find(struct taking *taking)
{
    krb5_cc_cursor cursor;
    krb5_creds entry;
    krb5_error_code code = krb5_cc_start_seq_get(taking->context, taking->cache, &cursor);
    if (code != 0)
        return fail(taking, "reading a cache", code);
    while ((code = krb5_cc_next_cred(taking->context, taking->cache, &cursor, &entry)) == 0) {
        consider(taking, &entry);
        krb5_free_cred_contents(taking->context, &entry);
    }
    (void)krb5_cc_end_seq_get(taking->context, taking->cache, &cursor);
    if (code != KRB5_CC_END)
        return fail(taking, "reading a cache", code);
    if (taking->ticket->arena != NULL)
        return ADAPTER_DONE;
    return adapter_fail(taking->call, "the credential has no ticket of \"%.*s\" for \"%.*s\"",
                        TEXT_ARGUMENTS(taking->wanted->account), TEXT_ARGUMENTS(taking->wanted->service));
}

/* It was made just now. */
static bool is_of_another_clock(const struct service_ticket *ticket)
{
    int64_t apart_s = clock_wall_s() - ticket->starts_at_s;
    return apart_s > LIFETIME_SLACK_S || apart_s < -LIFETIME_SLACK_S;
}

static enum adapter_outcome check_lifetime(const struct taking *taking)
{
    const struct service_ticket *ticket = taking->ticket;
    int64_t lifetime_s = ticket->ends_at_s - ticket->starts_at_s;
    if (lifetime_s > 0 && lifetime_s <= taking->wanted->lifetime_s + LIFETIME_SLACK_S)
        return ADAPTER_DONE;
    struct text said = arena_print(
        adapter_arena(taking->call), "the ticket for \"%.*s\" lasts %lld s, and %lld were asked for",
        TEXT_ARGUMENTS(taking->wanted->service), (long long)lifetime_s, (long long)taking->wanted->lifetime_s);
    if (is_of_another_clock(ticket))
        return adapter_misconfigured(taking->call, NULL, "%.*s: the KDC's clock is not this host's, set them",
                                     TEXT_ARGUMENTS(said));
    return adapter_fail(taking->call, "%.*s", TEXT_ARGUMENTS(said));
}

/* Whoever can renew a ticket has no end to it; a KDC makes one of a request that is longer than it allows. */
static enum adapter_outcome check(const struct taking *taking)
{
    const struct service_ticket *ticket = taking->ticket;
    if ((ticket->flags & TKT_FLG_RENEWABLE) != 0)
        return adapter_misconfigured(taking->call, NULL,
                                     "the KDC's tickets for \"%.*s\" can be renewed by whoever has them",
                                     TEXT_ARGUMENTS(taking->wanted->service));
    if ((ticket->flags & TKT_FLG_INVALID) != 0)
        return adapter_fail(taking->call, "the KDC's ticket for \"%.*s\" is not valid",
                            TEXT_ARGUMENTS(taking->wanted->service));
    return check_lifetime(taking);
}

static enum adapter_outcome take(struct taking *taking, gss_cred_id_t user_credential)
{
    ADAPTER_TRY(make_names(taking));
    ADAPTER_TRY(store(taking, user_credential));
    ADAPTER_TRY(find(taking));
    return check(taking);
}

enum adapter_outcome service_ticket_take(struct adapter_call *call, gss_cred_id_t user_credential,
                                         const struct service_ticket_wanted *wanted,
                                         struct service_ticket *ticket)
{
    struct taking taking = {.call = call, .wanted = wanted, .ticket = ticket};
    *ticket = (struct service_ticket){0};
    krb5_error_code code = krb5_init_context(&taking.context);
    if (code != 0)
        return fail(&taking, "the Kerberos library", code);
    enum adapter_outcome outcome = take(&taking, user_credential);
    if (outcome != ADAPTER_DONE)
        service_ticket_free(ticket);
    if (taking.cache != NULL && krb5_cc_destroy(taking.context, taking.cache) != 0 && outcome == ADAPTER_DONE) {
        service_ticket_free(ticket);
        outcome = adapter_fail(call, "a cache in memory cannot be destroyed");
    }
    krb5_free_principal(taking.context, taking.client);
    krb5_free_principal(taking.context, taking.server);
    krb5_free_context(taking.context);
    return outcome;
}
