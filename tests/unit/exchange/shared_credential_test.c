/* What a shared credential is for, what it stands on, and for how long it is good. */
#include "exchange_fixture.h"

#include <string.h>

#include "exchange/shared_credential.h"

enum { KEYS = 24 };

static const struct identity planner = {TEXT("https://agents.example"), TEXT("planner")};

static struct shared_purpose purpose_of(struct exchange *x)
{
    return (struct shared_purpose){.target = x->target,
                                   .adapter = x->target->adapter,
                                   .subject = x->subject.token.identity,
                                   .actors = &planner,
                                   .actor_count = 1,
                                   .client_id = TEXT("agent"),
                                   .account = TEXT("client/agent"),
                                   .caller = planner,
                                   .scope = TEXT("orders:read")};
}

struct keys {
    struct arena *arena;
    unsigned char items[KEYS][DIGEST_SIZE];
    size_t count;
};

/* That no two purposes so far have the same key. */
static void is_another(struct keys *keys, const struct shared_purpose *purpose)
{
    assert_true(keys->count < KEYS);
    unsigned char *key = keys->items[keys->count];
    shared_credential_key(keys->arena, purpose, key);
    for (size_t i = 0; i < keys->count; i++)
        assert_memory_not_equal(keys->items[i], key, DIGEST_SIZE);
    keys->count++;
}

static void is_shared_only_where_everything_it_is_for_is_the_same(void **state)
{
    struct exchange *x = fixture_exchange(state);
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    struct keys keys = {.arena = x->call.arena};
    const struct shared_purpose same = purpose_of(x);
    is_another(&keys, &same);
    unsigned char again[DIGEST_SIZE];
    shared_credential_key(x->call.arena, &same, again);
    assert_memory_equal(again, keys.items[0], DIGEST_SIZE);
#define DIFFERS_BY(member, value)                                                                              \
    do {                                                                                                       \
        struct shared_purpose differs = same;                                                                  \
        differs.member = (value);                                                                              \
        is_another(&keys, &differs);                                                                           \
    } while (0)
    DIFFERS_BY(subject.subject, TEXT("bob"));
    DIFFERS_BY(subject.issuer, TEXT("https://elsewhere.example"));
    DIFFERS_BY(actor_count, 0);
    DIFFERS_BY(account, TEXT("agent-class/agent"));
    DIFFERS_BY(caller.subject, TEXT("another"));
    DIFFERS_BY(scope, TEXT("orders:read orders:write"));
    DIFFERS_BY(requested_type, TEXT("urn:x"));
    DIFFERS_BY(root, TEXT("r"));
    DIFFERS_BY(task, TEXT("r"));
    DIFFERS_BY(token_fingerprint, TEXT("r"));
    DIFFERS_BY(consent, TEXT("r"));
    DIFFERS_BY(is_egress, true);
    const struct json_value details = {.kind = JSON_ARRAY};
    DIFFERS_BY(details, &details);
    DIFFERS_BY(channel_binding, TEXT("r"));
    const struct json_value staff = {.kind = JSON_STRING, .name = TEXT("group"), .text = TEXT("staff")};
    const struct json_value none = {.kind = JSON_OBJECT},
                            some = {.kind = JSON_OBJECT, .count = 1, .first = &staff};
    DIFFERS_BY(handed_attributes, &none);
    DIFFERS_BY(handed_attributes, &some);
    const struct credential_claim claim = {TEXT("mail"), TEXT("a@corp.example")};
    struct shared_purpose claims = same;
    claims.claims = &claim;
    claims.claim_count = 1;
    is_another(&keys, &claims);
    const struct adapter adapter = {.name = TEXT("other")};
    DIFFERS_BY(adapter, &adapter);
    struct document document = *x->target->document;
    struct target target = *x->target;
    target.document = &document;
    document.body = TEXT("{}");
    DIFFERS_BY(target, &target);
}

static bool stands_on(const struct standing *standing, const char *kind, const char *id, int64_t issued_at_us)
{
    for (size_t i = 0; i < standing->count; i++)
        if (text_is(standing->things[i].kind, kind) && text_is(standing->things[i].id, id))
            return standing->things[i].issued_at_us == issued_at_us;
    return false;
}

static bool has_kind(const struct standing *standing, const char *kind)
{
    for (size_t i = 0; i < standing->count; i++)
        if (text_is(standing->things[i].kind, kind))
            return true;
    return false;
}

static void stands_on_what_its_leases_have_in_common(void **state)
{
    struct exchange *x = fixture_exchange(state);
    struct standing standing;
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    struct shared_purpose purpose = purpose_of(x);
    purpose.consent = TEXT("C");
    purpose.root = TEXT("root-of-alice");
    shared_credential_stand(&purpose, x->call.arena, x->call.world, TEXT("U"), 7, &standing);
    assert_true(stands_on(&standing, "lease", "U", 0));
    assert_true(stands_on(&standing, "lease", "C", 0));
    assert_true(has_kind(&standing, "everything"));
    assert_true(stands_on(&standing, "issuer", "https://idp.corp.example", 7));
    assert_true(stands_on(&standing, "agent", "https://agents.example planner", 7));
    assert_true(stands_on(&standing, "client", "agent", 7));
    assert_true(stands_on(&standing, "target", "https://api.partner.example", 7));
    assert_true(has_kind(&standing, "subject") && has_kind(&standing, "adapter"));
    assert_false(has_kind(&standing, "root"));
}

static void leaves_a_lease_what_is_its_own(void **state)
{
    struct exchange *x = fixture_exchange(state);
    struct standing shared = {.arena = x->call.arena}, own = {.arena = x->call.arena}, rest;
    standing_add(&shared, TEXT("subject"), TEXT("alice"), 9);
    standing_add(&shared, TEXT("lease"), TEXT("U"), 0);
    standing_add(&own, TEXT("subject"), TEXT("alice"), 3);
    standing_add(&own, TEXT("root"), TEXT("r"), 0);
    standing_add(&own, TEXT("root"), TEXT("parent"), 0);
    standing_add(&own, TEXT("lease"), TEXT("L"), 0);
    standing_add(&own, TEXT("lease"), TEXT("ancestor"), 0);
    shared_credential_rest(&shared, &own, TEXT("L"), TEXT("r"), &rest);
    assert_int_equal(rest.count, 2); /* by the two others it is found without a row */
    assert_true(stands_on(&rest, "root", "parent", 0) && stands_on(&rest, "lease", "ancestor", 0));
}

static struct kept_credential kept_of(int64_t expires_at_s, int64_t lives_until_s, int64_t reserved_until_s)
{
    struct credential_minting minting = {.credential = TEXT("secret"),
                                         .expires_at_s = expires_at_s,
                                         .lives_until_s = lives_until_s,
                                         .fingerprint = TEXT("f"),
                                         .account = TEXT("alice@CORP")};
    struct kept_credential kept;
    shared_credential_describe(&minting, TEXT("U"), INT64_C(1000000000), reserved_until_s, &kept);
    return kept;
}

static void is_made_anew_before_it_ends_but_not_for_every_use(void **state)
{
    (void)state;
    assert_int_equal(kept_of(1000 + 3600, 0, 5000).refresh_from_s, 1000 + 3600 - 720);
    assert_int_equal(kept_of(1000 + 200, 0, 5000).refresh_from_s, 1000 + 200 - 60);
    assert_int_equal(kept_of(1000 + 60, 0, 5000).refresh_from_s, 1000 + 30);
    assert_int_equal(kept_of(1300, 4600, 5000).expires_at_s, 4600);
    assert_int_equal(kept_of(1300, 0, 5000).expires_at_s, 1300);
}

static void ends_before_its_row_is_dropped(void **state)
{
    (void)state;
    struct kept_credential kept = kept_of(1300, 1000 + 90 * 86400, 5000);
    assert_true(kept.expires_at_s > 5000 && kept.expires_at_s < 5000 + STORE_LEASE_KEPT_S - 86400);
}

static void is_given_for_no_longer_than_it_lives(void **state)
{
    (void)state;
    const struct kept_credential kept = kept_of(1300, 4600, 5000);
    struct credential_minting minting = {0};
    shared_credential_give(&kept, 2000, &minting);
    assert_int_equal(minting.expires_at_s, 2000);
    assert_true(text_is(minting.credential, "secret") && text_is(minting.fingerprint, "f"));
    assert_true(text_is(minting.account, "alice@CORP"));
    shared_credential_give(&kept, 9000, &minting);
    assert_int_equal(minting.expires_at_s, 4600);
}

static bool yes(const struct adapter *adapter)
{
    (void)adapter;
    return true;
}

static void is_shared_only_where_it_can_be_withdrawn(void **state)
{
    (void)state;
    struct adapter adapter = {.is_shared = yes};
    assert_false(shared_credential_is_wanted(&adapter));
    adapter.has_outside_effects = yes;
    assert_true(shared_credential_is_wanted(&adapter));
    adapter.is_shared = NULL;
    assert_false(shared_credential_is_wanted(&adapter));
}

static void goes_on_with_what_is_good_unless_somebody_said_no(void **state)
{
    (void)state;
    assert_true(shared_credential_is_setback(FAULT_ADAPTER_UNAVAILABLE));
    assert_true(shared_credential_is_setback(FAULT_ADAPTER_FAILED));
    assert_false(shared_credential_is_setback(FAULT_ADAPTER_REFUSED));
    assert_false(shared_credential_is_setback(FAULT_ADAPTER_REFUSED_SUBJECT));
    assert_false(shared_credential_is_setback(FAULT_CONNECTION_MISSING));
    assert_false(shared_credential_is_setback(FAULT_NONE));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(is_shared_only_where_everything_it_is_for_is_the_same),
        TEST(stands_on_what_its_leases_have_in_common),
        TEST(leaves_a_lease_what_is_its_own),
        cmocka_unit_test(is_made_anew_before_it_ends_but_not_for_every_use),
        cmocka_unit_test(ends_before_its_row_is_dropped),
        cmocka_unit_test(is_given_for_no_longer_than_it_lives),
        cmocka_unit_test(is_shared_only_where_it_can_be_withdrawn),
        cmocka_unit_test(goes_on_with_what_is_good_unless_somebody_said_no),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
