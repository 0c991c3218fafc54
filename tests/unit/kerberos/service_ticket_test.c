/* Of a credential that speaks for a user, and has the gateway's own tickets in it, the one ticket comes out
 * that was wanted, or none: tickets of a real KDC, and such as no KDC here makes, put into a cache by hand. */
#include "private_realm.h"

#include <krb5.h>
#include <malloc.h>
#include <string.h>

#include "../../../adapters/sdk/call.h"
#include "service_ticket.h"

static const struct service_ticket_wanted alices = {
    {"MIT.EXAMPLE", 11}, {REALM_SERVICE, sizeof(REALM_SERVICE) - 1}, {"alice", 5}, 300};

/* One that has a ticket for the service, as the gateway makes it. */
static gss_cred_id_t speak_for(const char *user, OM_uint32 seconds)
{
    SCOPED_ARENA arena = arena_create();
    gss_cred_id_t gateway = realm_gateway(), credential = realm_impersonate(gateway, user);
    OM_uint32 minor;
    realm_token(arena, credential, &realm_krb5, 0, seconds, NULL);
    gss_release_cred(&minor, &gateway);
    return credential;
}

/* Asserts how it ends, and that its words say why. Nothing is taken then. */
static void assert_not_taken(gss_cred_id_t credential, const struct service_ticket_wanted *wanted,
                             enum adapter_outcome outcome, const char *words)
{
    struct adapter_call call = {.arena = arena_create()};
    struct service_ticket ticket;
    enum adapter_outcome found = service_ticket_take(&call, credential, wanted, &ticket);
    if (found != outcome || strstr(arena_copy(call.arena, call.said).base, words) == NULL)
        fail_msg("%s: %d, %.*s", words, found, TEXT_ARGUMENTS(call.said));
    assert_null(ticket.arena);
    arena_destroy(call.arena);
}

static struct service_ticket take(gss_cred_id_t credential, const struct service_ticket_wanted *wanted)
{
    struct adapter_call call = {.arena = arena_create()};
    struct service_ticket ticket;
    if (service_ticket_take(&call, credential, wanted, &ticket) != ADAPTER_DONE)
        fail_msg("%.*s", TEXT_ARGUMENTS(call.said));
    arena_destroy(call.arena);
    return ticket;
}

static void takes_the_ticket_for_the_service_and_none_of_the_gateways(void **state)
{
    (void)state;
    realm_begin(NULL);
    gss_cred_id_t credential = speak_for("alice", 300);
    struct service_ticket ticket = take(credential, &alices);
    OM_uint32 minor;
    gss_release_cred(&minor, &credential);
    assert_true(text_is(ticket.client.realm, "MIT.EXAMPLE"));
    assert_int_equal(ticket.client.component_count, 1);
    assert_true(text_is(ticket.client.components[0], "alice"));
    assert_true(text_is(ticket.server.realm, "MIT.EXAMPLE")); /* in the cache it has none */
    assert_int_equal(ticket.server.component_count, 2);
    assert_true(text_is(ticket.server.components[0], "HTTP"));
    assert_true(text_is(ticket.server.components[1], "app.mit.example"));
    assert_int_equal(ticket.ends_at_s - ticket.starts_at_s, 300);
    assert_true(ticket.authenticated_at_s != 0 && ticket.authenticated_at_s <= ticket.starts_at_s);
    assert_int_equal(ticket.renewable_until_s, 0);
    assert_int_equal(ticket.flags & TKT_FLG_RENEWABLE, 0);
    assert_int_equal(ticket.key_type, ENCTYPE_AES256_CTS_HMAC_SHA1_96);
    assert_int_equal(ticket.key.length, 32);
    krb5_data bytes = {.data = (char *)(uintptr_t)ticket.ticket.base, .length = (unsigned)ticket.ticket.length};
    krb5_ticket *decoded;
    assert_int_equal(krb5_decode_ticket(&bytes, &decoded), 0);
    assert_memory_equal(decoded->server->data[0].data, "HTTP", 4);
    krb5_free_ticket(NULL, decoded);
    service_ticket_free(&ticket);
    assert_null(ticket.arena);
    assert_null(ticket.key.base);
}

size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static size_t count_allocated_bytes(void)
{
    bool is_sanitized = __sanitizer_get_current_allocated_bytes != NULL;
    return is_sanitized ? __sanitizer_get_current_allocated_bytes() : mallinfo2().uordblks;
}

static void take_and_fail_to_take(gss_cred_id_t credential)
{
    struct service_ticket_wanted bobs = alices, shorter = alices;
    struct service_ticket ticket = take(credential, &alices);
    service_ticket_free(&ticket);
    bobs.account = TEXT("bob");
    assert_not_taken(credential, &bobs, ADAPTER_FAILED, "no ticket");
    shorter.lifetime_s = 1;
    assert_not_taken(credential, &shorter, ADAPTER_FAILED, "lasts");
}

/* A cache in memory that has a name is no leak that anybody finds, and stays: three tickets each time. */
static void leaves_no_cache_behind_however_it_ends(void **state)
{
    (void)state;
    realm_begin(NULL);
    gss_cred_id_t credential = speak_for("alice", 300);
    take_and_fail_to_take(credential); /* what the libraries make once */
    size_t before = count_allocated_bytes();
    for (int i = 0; i < 20; i++)
        take_and_fail_to_take(credential);
    size_t after = count_allocated_bytes();
    if (after > before + 8192)
        fail_msg("%zu bytes more", after - before);
    OM_uint32 minor;
    gss_release_cred(&minor, &credential);
}

static void takes_none_of_another_user_realm_or_service(void **state)
{
    (void)state;
    realm_begin(NULL);
    gss_cred_id_t credential = speak_for("alice", 300);
    const struct service_ticket_wanted wrong[] = {
        {alices.realm, alices.service, TEXT("bob"), 300},
        {alices.realm, alices.service, TEXT("Alice"), 300},
        {alices.realm, alices.service, TEXT("alice@MIT.EXAMPLE"), 300},
        {alices.realm, alices.service, TEXT("gw/gateway.mit.example"), 300},
        {TEXT("OTHER.EXAMPLE"), alices.service, alices.account, 300},
        {TEXT("MIT.EXAMPL"), alices.service, alices.account, 300},
        {alices.realm, TEXT("HTTP/other.mit.example"), alices.account, 300},
        {alices.realm, TEXT("HTTP/app.mit.example/x"), alices.account, 300},
        {alices.realm, TEXT("CIFS/app.mit.example"), alices.account, 300},
        {alices.realm, TEXT("gw/gateway.mit.examplE"), alices.account, 300},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_not_taken(credential, &wrong[i], ADAPTER_FAILED, "no ticket");
    OM_uint32 minor;
    gss_release_cred(&minor, &credential);
}

/* Her own credential has a ticket-granting ticket that is hers, so that it would be found. */
static void never_takes_a_ticket_granting_ticket(void **state)
{
    (void)state;
    realm_begin(NULL);
    gss_cred_id_t credential = realm_login("alice", &realm_krb5);
    const struct service_ticket_wanted wanted = {alices.realm, TEXT("krbtgt/MIT.EXAMPLE"), alices.account,
                                                 360000};
    assert_not_taken(credential, &wanted, ADAPTER_FAILED, "may leave");
    for (size_t i = 0; i < 4; i++) {
        static const char *const services[] = {"", "HTTP", "HTTP/", "/app.mit.example"};
        const struct service_ticket_wanted none = {alices.realm, text_of(services[i]), alices.account, 300};
        assert_not_taken(credential, &none, ADAPTER_FAILED, "may leave");
    }
    OM_uint32 minor;
    gss_release_cred(&minor, &credential);
}

static void refuses_a_ticket_that_can_be_renewed(void **state)
{
    (void)state;
    /* More than the KDC allows, and the library asks for one to renew instead. */
    realm_begin("[libdefaults]\n ticket_lifetime = 24h\n");
    gss_cred_id_t credential = speak_for("alice", 300);
    assert_not_taken(credential, &alices, ADAPTER_MISCONFIGURED, "can be renewed");
    OM_uint32 minor;
    gss_release_cred(&minor, &credential);
}

static void refuses_a_ticket_that_lasts_longer_than_asked(void **state)
{
    (void)state;
    realm_begin(NULL);
    gss_cred_id_t credential = speak_for("alice", 300);
    struct service_ticket_wanted shorter = alices;
    shorter.lifetime_s = 239; /* and a minute for the clocks */
    assert_not_taken(credential, &shorter, ADAPTER_FAILED, "lasts 300 s, and 239 were asked for");
    shorter.lifetime_s = 240;
    struct service_ticket ticket = take(credential, &shorter);
    service_ticket_free(&ticket);
    OM_uint32 minor;
    gss_release_cred(&minor, &credential);
}

/* --- tickets by hand --- */

struct hand {
    krb5_context context;
    krb5_principal client, server;
    krb5_creds entry; /* points into others */
    krb5_ccache cache;
};

/* A ticket of the KDC's, in a cache of its own once it is put there, changed or not. */
static void hand_begin(struct hand *hand, const struct service_ticket *ticket)
{
    *hand = (struct hand){0};
    assert_int_equal(krb5_init_context(&hand->context), 0);
    assert_int_equal(krb5_parse_name(hand->context, "alice@MIT.EXAMPLE", &hand->client), 0);
    assert_int_equal(krb5_parse_name(hand->context, REALM_SERVICE "@MIT.EXAMPLE", &hand->server), 0);
    hand->entry = (krb5_creds){
        .client = hand->client,
        .server = hand->server,
        .keyblock = {.enctype = ticket->key_type,
                     .length = (unsigned)ticket->key.length,
                     .contents = (krb5_octet *)(uintptr_t)ticket->key.base},
        .times = {.authtime = (krb5_timestamp)ticket->authenticated_at_s,
                  .starttime = (krb5_timestamp)ticket->starts_at_s,
                  .endtime = (krb5_timestamp)ticket->ends_at_s},
        .ticket_flags = (krb5_flags)ticket->flags,
        .ticket = {.length = (unsigned)ticket->ticket.length, .data = (char *)(uintptr_t)ticket->ticket.base},
    };
    assert_int_equal(krb5_cc_new_unique(hand->context, "MEMORY", NULL, &hand->cache), 0);
    assert_int_equal(krb5_cc_initialize(hand->context, hand->cache, hand->client), 0);
}

static void hand_put(struct hand *hand)
{
    assert_int_equal(krb5_cc_store_cred(hand->context, hand->cache, &hand->entry), 0);
}

static gss_cred_id_t hand_credential(struct hand *hand)
{
    SCOPED_ARENA arena = arena_create();
    return realm_from_cache(arena_print(arena, "MEMORY:%s", krb5_cc_get_name(hand->context, hand->cache)).base);
}

static void hand_end(struct hand *hand)
{
    krb5_cc_destroy(hand->context, hand->cache);
    krb5_free_principal(hand->context, hand->client);
    krb5_free_principal(hand->context, hand->server);
    krb5_free_context(hand->context);
}

static struct service_ticket ticket_of_kdc(void)
{
    gss_cred_id_t credential = speak_for("alice", 300);
    struct service_ticket ticket = take(credential, &alices);
    OM_uint32 minor;
    gss_release_cred(&minor, &credential);
    return ticket;
}

static void refuses_what_is_not_valid_yet_and_what_has_no_time(void **state)
{
    (void)state;
    realm_begin(NULL);
    struct service_ticket ticket = ticket_of_kdc();
    for (int what = 0; what < 3; what++) {
        struct hand hand;
        hand_begin(&hand, &ticket);
        if (what == 0)
            hand.entry.ticket_flags |= TKT_FLG_INVALID;
        else if (what == 1)
            hand.entry.times.starttime = hand.entry.times.endtime;
        else /* no start: its beginning is when the user was authenticated (RFC 4120 section 5.3) */
            hand.entry.times.starttime = 0, hand.entry.times.authtime = hand.entry.times.endtime - 361;
        hand_put(&hand);
        gss_cred_id_t credential = hand_credential(&hand);
        /* What begins at another time than now is of another clock. */
        assert_not_taken(credential, &alices, what == 0 ? ADAPTER_FAILED : ADAPTER_MISCONFIGURED,
                         what == 0   ? "not valid"
                         : what == 1 ? "lasts 0 s"
                                     : "lasts 361 s");
        OM_uint32 minor;
        gss_release_cred(&minor, &credential);
        hand_end(&hand);
    }
    service_ticket_free(&ticket);
}

static void takes_the_one_that_lasts_longest(void **state)
{
    (void)state;
    realm_begin(NULL);
    struct service_ticket ticket = ticket_of_kdc(), taken;
    for (int is_first = 0; is_first < 2; is_first++) {
        struct hand hand;
        hand_begin(&hand, &ticket);
        hand.entry.times.endtime -= is_first != 0 ? 0 : 100;
        hand_put(&hand);
        hand.entry.times.endtime = (krb5_timestamp)ticket.ends_at_s - (is_first != 0 ? 100 : 0);
        hand_put(&hand);
        gss_cred_id_t credential = hand_credential(&hand);
        taken = take(credential, &alices);
        assert_int_equal(taken.ends_at_s, ticket.ends_at_s);
        service_ticket_free(&taken);
        OM_uint32 minor;
        gss_release_cred(&minor, &credential);
        hand_end(&hand);
    }
    service_ticket_free(&ticket);
}

/* What an entry is called is not what the ticket is for. */
static void believes_the_ticket_and_not_the_name_it_is_kept_under(void **state)
{
    (void)state;
    realm_begin(NULL);
    struct service_ticket ticket = ticket_of_kdc();
    struct hand hand;
    hand_begin(&hand, &ticket);
    krb5_principal other;
    assert_int_equal(krb5_parse_name(hand.context, "HTTP/other.mit.example@MIT.EXAMPLE", &other), 0);
    hand.entry.server = other;
    hand_put(&hand);
    gss_cred_id_t credential = hand_credential(&hand);
    struct service_ticket_wanted others = alices;
    others.service = TEXT("HTTP/other.mit.example");
    assert_not_taken(credential, &others, ADAPTER_FAILED, "no ticket");
    struct service_ticket taken = take(credential, &alices);
    service_ticket_free(&taken);
    OM_uint32 minor;
    gss_release_cred(&minor, &credential);
    krb5_free_principal(hand.context, other);
    hand_end(&hand);
    service_ticket_free(&ticket);
}

static void copies_addresses_and_authorization_data(void **state)
{
    (void)state;
    realm_begin(NULL);
    struct service_ticket ticket = ticket_of_kdc();
    struct hand hand;
    hand_begin(&hand, &ticket);
    krb5_address address = {
        .addrtype = ADDRTYPE_INET, .length = 4, .contents = (krb5_octet *)"\x7f\x00\x00\x01"};
    krb5_authdata item = {.ad_type = 128, .length = 3, .contents = (krb5_octet *)"a\0b"};
    hand.entry.addresses = (krb5_address *[]){&address, NULL};
    hand.entry.authdata = (krb5_authdata *[]){&item, &item, NULL};
    hand_put(&hand);
    gss_cred_id_t credential = hand_credential(&hand);
    struct service_ticket taken = take(credential, &alices);
    assert_int_equal(taken.address_count, 1);
    assert_int_equal(taken.addresses[0].type, ADDRTYPE_INET);
    assert_true(text_equal(taken.addresses[0].bytes, TEXT("\x7f\x00\x00\x01")));
    assert_int_equal(taken.authorization_data_count, 2);
    assert_int_equal(taken.authorization_data[1].type, 128);
    assert_true(text_equal(taken.authorization_data[1].bytes, TEXT("a\0b")));
    service_ticket_free(&taken);
    OM_uint32 minor;
    gss_release_cred(&minor, &credential);
    hand_end(&hand);
    service_ticket_free(&ticket);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_ticket_for_the_service_and_none_of_the_gateways),
        cmocka_unit_test(leaves_no_cache_behind_however_it_ends),
        cmocka_unit_test(takes_none_of_another_user_realm_or_service),
        cmocka_unit_test(never_takes_a_ticket_granting_ticket),
        cmocka_unit_test(refuses_a_ticket_that_can_be_renewed),
        cmocka_unit_test(refuses_a_ticket_that_lasts_longer_than_asked),
        cmocka_unit_test(refuses_what_is_not_valid_yet_and_what_has_no_time),
        cmocka_unit_test(takes_the_one_that_lasts_longest),
        cmocka_unit_test(believes_the_ticket_and_not_the_name_it_is_kept_under),
        cmocka_unit_test(copies_addresses_and_authorization_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
