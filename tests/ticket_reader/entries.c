/* Entries of credential caches and of KRB-CRED messages (RFC 4120 5.8), of which the latter hold the same: what
 * they say of themselves, and, with the service's keys, what the KDC put inside the ticket. */
#include "ticket_reader.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
    krb5_flags flag;
    const char *name;
} ticket_flags[] = {
    {TKT_FLG_FORWARDABLE, "forwardable"},   {TKT_FLG_FORWARDED, "forwarded"},
    {TKT_FLG_PROXIABLE, "proxiable"},       {TKT_FLG_PROXY, "proxy"},
    {TKT_FLG_RENEWABLE, "renewable"},       {TKT_FLG_INITIAL, "initial"},
    {TKT_FLG_INVALID, "invalid"},           {TKT_FLG_POSTDATED, "postdated"},
    {TKT_FLG_MAY_POSTDATE, "may-postdate"}, {TKT_FLG_ANONYMOUS, "anonymous"},
};

static void print_name(krb5_context context, const char *prefix, const char *what,
                       krb5_const_principal principal)
{
    char *name;
    must(context, krb5_unparse_name(context, principal, &name), what);
    printf("%s%s %s\n", prefix, what, name);
    krb5_free_unparsed_name(context, name);
}

/* Times are 32 bits without a sign that matters, to the year 2106. */
static void print_rights(const char *prefix, krb5_flags flags, const krb5_ticket_times *times)
{
    printf("%sflags", prefix);
    for (size_t i = 0; i < sizeof(ticket_flags) / sizeof(ticket_flags[0]); i++)
        if ((flags & ticket_flags[i].flag) != 0)
            printf(" %s", ticket_flags[i].name);
    printf("\n%sstarts %u\n%sends %u\n%srenewable-until %u\n", prefix,
           (unsigned)(times->starttime != 0 ? times->starttime : times->authtime), prefix,
           (unsigned)times->endtime, prefix, (unsigned)times->renew_till);
}

void print_ticket(krb5_context context, const char *prefix, const krb5_ticket *ticket)
{
    print_name(context, prefix, "server", ticket->server);
    if (ticket->enc_part2 == NULL)
        return;
    print_name(context, prefix, "client", ticket->enc_part2->client);
    print_rights(prefix, ticket->enc_part2->flags, &ticket->enc_part2->times);
}

/* entries of the cache's own settings have something that is no ticket. */
static void print_inside(krb5_context context, const krb5_creds *entry, krb5_keytab keytab)
{
    krb5_ticket *ticket;
    if (krb5_decode_ticket(&entry->ticket, &ticket) != 0)
        return;
    if (keytab != NULL)
        must(context, krb5_server_decrypt_ticket_keytab(context, keytab, ticket),
             "a ticket that these keys do not open");
    print_ticket(context, "ticket-", ticket);
    krb5_free_ticket(context, ticket);
}

static void print_entry(krb5_context context, const krb5_creds *entry, krb5_keytab keytab)
{
    printf("entry\n");
    print_name(context, "", "client", entry->client);
    print_name(context, "", "server", entry->server);
    print_rights("", entry->ticket_flags, &entry->times);
    printf("key-type %d\nfurther-ticket-bytes %u\n", (int)entry->keyblock.enctype, entry->second_ticket.length);
    print_inside(context, entry, keytab);
}

static krb5_ccache open_cache(krb5_context context, const char *name)
{
    krb5_ccache cache;
    must(context, krb5_cc_resolve(context, name, &cache), name);
    return cache;
}

void print_cache(krb5_context context, const char *name, krb5_keytab keytab)
{
    krb5_ccache cache = open_cache(context, name);
    krb5_principal owner;
    must(context, krb5_cc_get_principal(context, cache, &owner), name);
    print_name(context, "", "owner", owner);
    krb5_free_principal(context, owner);
    krb5_cc_cursor cursor;
    must(context, krb5_cc_start_seq_get(context, cache, &cursor), name);
    krb5_creds entry;
    krb5_error_code end;
    while ((end = krb5_cc_next_cred(context, cache, &cursor, &entry)) == 0) {
        print_entry(context, &entry, keytab);
        krb5_free_cred_contents(context, &entry);
    }
    if (end != KRB5_CC_END)
        must(context, end, name);
    krb5_cc_end_seq_get(context, cache, &cursor);
    krb5_cc_close(context, cache);
}

/* Without times to compare and without a key: what it holds is not protected by anything. */
static krb5_auth_context bare_context(krb5_context context)
{
    krb5_auth_context made;
    must(context, krb5_auth_con_init(context, &made), "a context");
    must(context, krb5_auth_con_setflags(context, made, 0), "a context");
    return made;
}

void print_message(krb5_context context, const char *path, krb5_keytab keytab)
{
    struct bytes message = read_whole_file(path);
    krb5_data data = {.data = message.data, .length = (unsigned)message.length};
    krb5_auth_context bare = bare_context(context);
    krb5_creds **entries;
    must(context, krb5_rd_cred(context, bare, &data, &entries, NULL), path);
    for (size_t i = 0; entries[i] != NULL; i++)
        print_entry(context, entries[i], keytab);
    krb5_free_tgt_creds(context, entries);
    krb5_auth_con_free(context, bare);
    free(message.data);
}

void write_message(krb5_context context, const char *cache_name, const char *path)
{
    krb5_ccache cache = open_cache(context, cache_name);
    krb5_creds entries[16], *listed[17] = {NULL};
    krb5_cc_cursor cursor;
    must(context, krb5_cc_start_seq_get(context, cache, &cursor), cache_name);
    size_t count = 0;
    while (count < 16 && krb5_cc_next_cred(context, cache, &cursor, &entries[count]) == 0) {
        if (krb5_is_config_principal(context, entries[count].server)) {
            krb5_free_cred_contents(context, &entries[count]);
            continue;
        }
        listed[count] = &entries[count];
        count++;
    }
    krb5_cc_end_seq_get(context, cache, &cursor);
    krb5_auth_context bare = bare_context(context);
    krb5_data *message;
    must(context, krb5_mk_ncred(context, bare, listed, &message, NULL), cache_name);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(message->data, 1, message->length, file) != message->length || fclose(file) != 0)
        give_up(path, "cannot be written");
    krb5_free_data(context, message);
    krb5_auth_con_free(context, bare);
    for (size_t i = 0; i < count; i++)
        krb5_free_cred_contents(context, &entries[i]);
    krb5_cc_close(context, cache);
}
