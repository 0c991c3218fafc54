/* What is written is what MIT's library writes of the same ticket, reads, shows and uses; and nothing of the
 * gateway's is in it. */
#include "private_realm.h"

#include <fcntl.h>
#include <krb5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../../adapters/sdk/call.h"
#include "ccache.h"

/* A file of its own, removed at the end. */
struct kept {
    char path[32], name[40]; /* "FILE:" and the path */
};

static void keep(struct kept *kept, struct text bytes)
{
    snprintf(kept->path, sizeof(kept->path), "/tmp/ccache-test-XXXXXX");
    int file = mkstemp(kept->path);
    assert_true(file >= 0);
    assert_int_equal(write(file, bytes.base, bytes.length), (ssize_t)bytes.length);
    close(file);
    snprintf(kept->name, sizeof(kept->name), "FILE:%s", kept->path);
}

static struct text read_back(struct arena *arena, const char *path)
{
    enum { FILE_MAX = 65536 };
    char *bytes = arena_allocate(arena, FILE_MAX);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = read(file, bytes, FILE_MAX);
    assert_true(length > 0 && length < FILE_MAX);
    close(file);
    return (struct text){bytes, (size_t)length};
}

static struct text components_of_alice[] = {{"alice", 5}};
static struct text components_of_service[] = {{"HTTP", 4}, {"app.mit.example", 15}};
static const struct ticket_item addresses[] = {{ADDRTYPE_INET, {"\x7f\x00\x00\x01", 4}},
                                               {ADDRTYPE_INET6, {"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16}}};
static const struct ticket_item authorization_data[] = {{128, {"a\0b", 3}}};

/* No KDC's: with everything that a ticket may have, and times beyond 2038. */
static const struct service_ticket full = {
    .client = {1, {"MIT.EXAMPLE", 11}, components_of_alice, 1},
    .server = {3, {"MIT.EXAMPLE", 11}, components_of_service, 2},
    .flags = 0x40a50000,
    .authenticated_at_s = 2147483000,
    .starts_at_s = 2147483600,
    .ends_at_s = 2147483900,
    .renewable_until_s = 0,
    .key_type = ENCTYPE_AES256_CTS_HMAC_SHA1_96,
    .key = {"0123456789abcdef0123456789abcdef", 32},
    .ticket = {"\x61\x03\x30\x01\0", 5},
    .addresses = addresses,
    .address_count = 2,
    .authorization_data = authorization_data,
    .authorization_data_count = 1,
};

static void assert_same_bytes(krb5_data read, struct text written)
{
    assert_true(text_equal((struct text){read.data, read.length}, written));
}

static void assert_same_name(krb5_const_principal read, const struct ticket_name *written)
{
    assert_int_equal(read->type, written->type);
    assert_same_bytes(read->realm, written->realm);
    assert_int_equal(read->length, written->component_count);
    for (size_t i = 0; i < written->component_count; i++)
        assert_same_bytes(read->data[i], written->components[i]);
}

static void assert_same_entry(const krb5_creds *read, const struct service_ticket *written)
{
    assert_same_name(read->client, &written->client);
    assert_same_name(read->server, &written->server);
    assert_int_equal(read->keyblock.enctype, written->key_type);
    assert_true(
        text_equal((struct text){(char *)read->keyblock.contents, read->keyblock.length}, written->key));
    assert_int_equal((uint32_t)read->times.authtime, written->authenticated_at_s);
    assert_int_equal((uint32_t)read->times.starttime, written->starts_at_s);
    assert_int_equal((uint32_t)read->times.endtime, written->ends_at_s);
    assert_int_equal((uint32_t)read->times.renew_till, written->renewable_until_s);
    assert_int_equal(read->ticket_flags, written->flags);
    assert_false(read->is_skey);
    assert_int_equal(read->second_ticket.length, 0);
    assert_same_bytes(read->ticket, written->ticket);
    size_t count = 0;
    for (; read->addresses != NULL && read->addresses[count] != NULL; count++) {
        krb5_data bytes = {.data = (char *)read->addresses[count]->contents,
                           .length = read->addresses[count]->length};
        assert_int_equal(read->addresses[count]->addrtype, written->addresses[count].type);
        assert_same_bytes(bytes, written->addresses[count].bytes);
    }
    assert_int_equal(count, written->address_count);
}

static void assert_same_authorization_data(const krb5_creds *read, const struct service_ticket *written)
{
    size_t count = 0;
    for (; read->authdata != NULL && read->authdata[count] != NULL; count++) {
        krb5_data bytes = {.data = (char *)read->authdata[count]->contents,
                           .length = read->authdata[count]->length};
        assert_int_equal(read->authdata[count]->ad_type, written->authorization_data[count].type);
        assert_same_bytes(bytes, written->authorization_data[count].bytes);
    }
    assert_int_equal(count, written->authorization_data_count);
}

/* The library reads it: this default principal, this ticket and no second. */
static void assert_holds_only(krb5_context context, const char *name, const struct service_ticket *ticket)
{
    krb5_ccache cache;
    krb5_principal principal;
    krb5_cc_cursor cursor;
    krb5_creds entry, second;
    assert_int_equal(krb5_cc_resolve(context, name, &cache), 0);
    assert_int_equal(krb5_cc_get_principal(context, cache, &principal), 0);
    assert_same_name(principal, &ticket->client);
    assert_int_equal(krb5_cc_start_seq_get(context, cache, &cursor), 0);
    assert_int_equal(krb5_cc_next_cred(context, cache, &cursor, &entry), 0);
    assert_same_entry(&entry, ticket);
    assert_same_authorization_data(&entry, ticket);
    assert_int_equal(krb5_cc_next_cred(context, cache, &cursor, &second), KRB5_CC_END);
    assert_int_equal(krb5_cc_end_seq_get(context, cache, &cursor), 0);
    krb5_free_cred_contents(context, &entry);
    krb5_free_principal(context, principal);
    krb5_cc_close(context, cache);
}

/* The library's own file of what it has read. */
static struct text rewrite(krb5_context context, struct arena *arena, const char *name)
{
    struct kept other;
    krb5_ccache in, out;
    krb5_principal principal;
    keep(&other, TEXT_NONE);
    assert_int_equal(krb5_cc_resolve(context, name, &in), 0);
    assert_int_equal(krb5_cc_resolve(context, other.name, &out), 0);
    assert_int_equal(krb5_cc_get_principal(context, in, &principal), 0);
    assert_int_equal(krb5_cc_initialize(context, out, principal), 0);
    assert_int_equal(krb5_cc_copy_creds(context, in, out), 0);
    krb5_free_principal(context, principal);
    krb5_cc_close(context, in);
    krb5_cc_close(context, out);
    struct text bytes = read_back(arena, other.path);
    unlink(other.path);
    return bytes;
}

static void writes_the_file_that_the_library_writes(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    setenv("KRB5_CONFIG", "/dev/null", 1);
    krb5_context context;
    assert_int_equal(krb5_init_context(&context), 0);
    struct text file = ccache_file(arena, &full);
    struct kept kept;
    keep(&kept, file);
    assert_holds_only(context, kept.name, &full);
    assert_true(text_equal(rewrite(context, arena, kept.name), file));
    unlink(kept.path);
    krb5_free_context(context);
}

/* A KRB-CRED as krb5_rd_cred reads it, of one ticket and no second. */
static void assert_message_holds_only(struct text message, const struct service_ticket *ticket)
{
    krb5_context context;
    krb5_auth_context conversation;
    krb5_creds **entries;
    krb5_data input = {.data = (char *)(uintptr_t)message.base, .length = (unsigned)message.length};
    assert_int_equal(krb5_init_context(&context), 0);
    assert_int_equal(krb5_auth_con_init(context, &conversation), 0);
    assert_int_equal(krb5_auth_con_setflags(context, conversation, 0), 0);
    assert_int_equal(krb5_rd_cred(context, conversation, &input, &entries, NULL), 0);
    assert_non_null(entries[0]);
    assert_null(entries[1]);
    assert_same_entry(entries[0], ticket);
    krb5_free_tgt_creds(context, entries);
    krb5_auth_con_free(context, conversation);
    krb5_free_context(context);
}

/* --- with a KDC --- */

static void take_alices(struct adapter_call *call, struct service_ticket *ticket)
{
    static const struct service_ticket_wanted wanted = {
        {"MIT.EXAMPLE", 11}, {REALM_SERVICE, sizeof(REALM_SERVICE) - 1}, {"alice", 5}, 300};
    *call = (struct adapter_call){.arena = arena_create()};
    gss_cred_id_t gateway = realm_gateway(), credential = realm_impersonate(gateway, "alice");
    OM_uint32 minor;
    realm_token(call->arena, credential, &realm_krb5, 0, 300, NULL);
    assert_int_equal(service_ticket_take(call, credential, &wanted, ticket), ADAPTER_DONE);
    gss_release_cred(&minor, &credential);
    gss_release_cred(&minor, &gateway);
}

static void writes_a_message_that_the_library_reads(void **state)
{
    (void)state;
    realm_begin(NULL);
    struct adapter_call call;
    struct service_ticket ticket;
    struct text message;
    take_alices(&call, &ticket);
    assert_int_equal(ccache_krb_cred(&call, &ticket, &message), ADAPTER_DONE);
    assert_message_holds_only(message, &ticket);
    ticket.addresses = addresses;
    ticket.address_count = 2;
    assert_int_equal(ccache_krb_cred(&call, &ticket, &message), ADAPTER_DONE);
    assert_message_holds_only(message, &ticket);
    service_ticket_free(&ticket);
    arena_destroy(call.arena);
}

static void says_so_where_no_message_can_be_made(void **state)
{
    (void)state;
    setenv("KRB5_CONFIG", "/dev/null", 1);
    struct adapter_call call = {.arena = arena_create()};
    struct text message;
    assert_int_equal(ccache_krb_cred(&call, &full, &message), ADAPTER_FAILED); /* its ticket is none */
    assert_true(text_starts_with(call.said, TEXT("a KRB-CRED message ends with Kerberos error ")));
    arena_destroy(call.arena);
}

static void holds_nothing_of_the_gateways(void **state)
{
    (void)state;
    realm_begin(NULL);
    struct adapter_call call;
    struct service_ticket ticket;
    struct text outputs[2];
    take_alices(&call, &ticket);
    outputs[0] = ccache_file(call.arena, &ticket);
    assert_int_equal(ccache_krb_cred(&call, &ticket, &outputs[1]), ADAPTER_DONE);
    for (size_t i = 0; i < 2; i++) {
        assert_non_null(memmem(outputs[i].base, outputs[i].length, "alice", 5));
        assert_non_null(memmem(outputs[i].base, outputs[i].length, "app.mit.example", 15));
        assert_null(memmem(outputs[i].base, outputs[i].length, "krbtgt", 6));
        assert_null(memmem(outputs[i].base, outputs[i].length, "gateway", 7));
    }
    service_ticket_free(&ticket);
    arena_destroy(call.arena);
}

/* What klist says about a cache. */
static const char *list(struct arena *arena, const char *cache)
{
    struct kept shown;
    int status;
    keep(&shown, TEXT_NONE);
    pid_t child = fork();
    if (child == 0) {
        int file = open(shown.path, O_WRONLY | O_CLOEXEC);
        if (file < 0 || dup2(file, STDOUT_FILENO) < 0 || setenv("LC_ALL", "C", 1) != 0)
            _exit(99);
        execlp("klist", "klist", "-f", "-c", cache, NULL);
        _exit(99);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    struct text said = read_back(arena, shown.path);
    unlink(shown.path);
    return arena_copy(arena, said).base;
}

static void is_shown_by_klist_as_one_ticket(void **state)
{
    (void)state;
    realm_begin(NULL);
    struct adapter_call call;
    struct service_ticket ticket;
    struct kept kept;
    take_alices(&call, &ticket);
    keep(&kept, ccache_file(call.arena, &ticket));
    const char *shown = list(call.arena, kept.name);
    assert_non_null(strstr(shown, "Default principal: alice@MIT.EXAMPLE\n"));
    const char *entry = strstr(shown, REALM_SERVICE "@MIT.EXAMPLE\n");
    assert_non_null(entry);
    const char *flags = strstr(entry, "Flags: ");
    assert_non_null(flags);
    assert_null(strchr(flags + 7, 'R')); /* renewable */
    assert_null(strchr(flags, '@'));     /* nothing comes behind it */
    unlink(kept.path);
    service_ticket_free(&ticket);
    arena_destroy(call.arena);
}

/* By a program that knows no KDC, whether or not it knows which realm the host is of. */
static void is_good_for_the_service_without_a_kdc(void **state)
{
    (void)state;
    realm_begin(NULL);
    struct adapter_call call;
    struct service_ticket ticket;
    struct kept kept, profile;
    struct text user;
    static const char *const profiles[] = {
        "[libdefaults]\n dns_lookup_kdc = false\n dns_canonicalize_hostname = false\n rdns = false\n",
        "[libdefaults]\n dns_lookup_kdc = false\n dns_canonicalize_hostname = false\n rdns = false\n"
        "[domain_realm]\n .mit.example = MIT.EXAMPLE\n"};
    take_alices(&call, &ticket);
    keep(&kept, ccache_file(call.arena, &ticket));
    for (size_t i = 0; i < 2; i++) {
        keep(&profile, text_of(profiles[i]));
        setenv("KRB5_CONFIG", profile.path, 1);
        gss_cred_id_t credential = realm_from_cache(kept.name);
        for (int calls = 0; calls < 2; calls++) {
            realm_accept(call.arena, realm_token(call.arena, credential, &realm_krb5, 0, 300, NULL), &user);
            assert_true(text_is(user, "alice@MIT.EXAMPLE"));
        }
        OM_uint32 minor;
        gss_release_cred(&minor, &credential);
        unlink(profile.path);
    }
    unlink(kept.path);
    service_ticket_free(&ticket);
    arena_destroy(call.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_the_file_that_the_library_writes),
        cmocka_unit_test(says_so_where_no_message_can_be_made),
        cmocka_unit_test(writes_a_message_that_the_library_reads),
        cmocka_unit_test(holds_nothing_of_the_gateways),
        cmocka_unit_test(is_shown_by_klist_as_one_ticket),
        cmocka_unit_test(is_good_for_the_service_without_a_kdc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
