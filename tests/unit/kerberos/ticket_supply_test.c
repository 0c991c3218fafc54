/* What was got is used again, for as long as it may be, and for nobody else and under no other documents. The
 * KDC's own log says what it was asked. */
#include "private_realm.h"

#include <stdio.h>
#include <string.h>

#include "ticket_supply.h"

struct stage {
    struct arena *arena;
    struct delegation *delegation;
    struct ticket_supply *supply;
    struct ticket_order order;
    const char *subject;
};

/* Each test has a subject of its own, by which its lines in the log are told from those of others. */
static void begin(struct stage *stage, const char *subject, const struct realm_settings *settings)
{
    realm_begin(NULL);
    *stage = (struct stage){.arena = arena_create(), .subject = subject};
    const char *keytab = arena_print(stage->arena, "FILE:%s", realm_path(stage->arena, "gw.keytab")).base;
    stage->delegation = delegation_open(TEXT("MIT.EXAMPLE"), TEXT(REALM_GATEWAY), text_of(keytab));
    stage->supply = ticket_supply_open(stage->delegation, settings);
    stage->order = (struct ticket_order){
        .documents = TEXT("1"), .account = text_of(subject), .service = TEXT(REALM_SERVICE), .lifetime_s = 120};
}

static void end(struct stage *stage)
{
    ticket_supply_close(stage->supply);
    delegation_close(stage->delegation);
    arena_destroy(stage->arena);
}

static const struct realm_settings usual = {.evidence_s = 60, .ticket_s = 300, .cache_entries = 64};

static int64_t take(struct stage *stage)
{
    struct delegation_token token = {0};
    struct kerberos_failure failure;
    struct text user;
    assert_true(ticket_supply_token(stage->supply, &stage->order, stage->arena, &token, &failure));
    realm_accept(stage->arena, token.token, &user);
    assert_true(text_starts_with(user, text_of(stage->subject)));
    return token.rest_s;
}

/* How often the KDC gave evidence (S4U2Self) and a ticket (S4U2Proxy) for the subject so far. */
struct asked {
    int evidence, tickets;
};
static struct asked count(const struct stage *stage)
{
    struct asked asked = {0};
    char line[1024];
    const char *client = arena_print(stage->arena, "client=%s@", stage->subject).base;
    FILE *log = fopen(realm_path(stage->arena, "kdc.log"), "r");
    assert_non_null(log);
    while (fgets(line, sizeof(line), log) != NULL) {
        asked.evidence += strstr(line, "PROTOCOL-TRANSITION") != NULL && strstr(line, client) != NULL;
        asked.tickets += strstr(line, "CONSTRAINED-DELEGATION") != NULL && strstr(line, client) != NULL;
    }
    fclose(log);
    return asked;
}

static void assert_asked(const struct stage *stage, struct asked before, int evidence, int tickets)
{
    struct asked now = count(stage);
    assert_int_equal(now.evidence - before.evidence, evidence);
    assert_int_equal(now.tickets - before.tickets, tickets);
}

static void a_second_token_asks_no_kdc(void **state)
{
    struct stage stage;
    (void)state;
    begin(&stage, "erin", &usual);
    struct asked before = count(&stage);
    int64_t first_s = take(&stage), second_s = take(&stage);
    assert_true(first_s <= 120 && second_s <= first_s && second_s > 100);
    assert_asked(&stage, before, 1, 1);
    end(&stage);
}

static void another_lifetime_is_another_ticket_by_the_same_evidence(void **state)
{
    struct stage stage;
    (void)state;
    begin(&stage, "frank", &usual);
    struct asked before = count(&stage);
    take(&stage);
    stage.order.lifetime_s = 300;
    assert_true(take(&stage) > 280);
    stage.order.lifetime_s = 60;
    assert_true(take(&stage) <= 60);
    assert_asked(&stage, before, 1, 3);
    end(&stage);
}

static void other_documents_and_fresh_orders_find_nothing(void **state)
{
    struct stage stage;
    (void)state;
    begin(&stage, "grace", &usual);
    struct asked before = count(&stage);
    take(&stage);
    stage.order.documents = TEXT("2");
    take(&stage);
    assert_asked(&stage, before, 2, 2);
    stage.order.is_fresh = true;
    take(&stage);
    assert_asked(&stage, before, 3, 3);
    end(&stage);
}

static void nothing_is_kept_where_the_settings_say_so(void **state)
{
    struct stage stage;
    const struct realm_settings none = {.evidence_s = 0, .ticket_s = 0, .cache_entries = 64};
    (void)state;
    begin(&stage, "heidi", &none);
    struct asked before = count(&stage);
    take(&stage);
    take(&stage);
    assert_asked(&stage, before, 2, 2);
    end(&stage);
}

static void a_credential_of_ones_own_has_a_ticket_of_just_now(void **state)
{
    struct stage stage;
    struct kerberos_failure failure;
    struct delegation_credential *credential;
    (void)state;
    begin(&stage, "probe", &usual);
    struct asked before = count(&stage);
    take(&stage);
    assert_true(ticket_supply_credential(stage.supply, &stage.order, stage.arena, &credential, &failure));
    assert_asked(&stage, before, 1, 2);
    delegation_release(credential);
    end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_token_asks_no_kdc),
        cmocka_unit_test(another_lifetime_is_another_ticket_by_the_same_evidence),
        cmocka_unit_test(other_documents_and_fresh_orders_find_nothing),
        cmocka_unit_test(nothing_is_kept_where_the_settings_say_so),
        cmocka_unit_test(a_credential_of_ones_own_has_a_ticket_of_just_now),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
