/* Who may do what, by Team documents as they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "team/team_rights.h"

static const char documents_text[] =
    "kind: Domain\nmetadata: {name: closed}\nspec: {enabled: false}\n---\n"
    "kind: Issuer\nmetadata: {name: corp}\nspec: {issuer: https://idp.example}\n---\n"
    "kind: Issuer\nmetadata: {name: twin}\nspec: {issuer: https://twin.example}\n---\n"
    "kind: Issuer\nmetadata: {name: off}\nspec: {issuer: https://off.example, enabled: false}\n---\n"
    "kind: Issuer\nmetadata: {name: shut}\nspec: {issuer: https://shut.example, domain: closed}\n---\n"
    "kind: Team\nmetadata: {name: shop}\nspec:\n  members:\n"
    "    - {issuer: corp, attribute: groups, value: shop-devs, rights: [read, apply]}\n"
    "    - {issuer: corp, attribute: groups, value: shop-leads, rights: [delete, kill]}\n"
    "    - {issuer: corp, value: ann, rights: [lift]}\n"
    "    - {issuer: off, value: ann}\n    - {issuer: shut, value: ann}\n---\n"
    "kind: Team\nmetadata: {name: books}\nspec:\n  kinds: [Target, Client]\n  members:\n"
    "    - {issuer: corp, attribute: groups, value: books-devs, rights: [read, apply]}\n---\n"
    "kind: Team\nmetadata: {name: ops}\nspec:\n  operator: true\n  members:\n"
    "    - {issuer: corp, attribute: role, value: operator, rights: [read, kill]}\n";

struct scene {
    struct arena *arena;
    struct world world;
    struct cutoff_book *book;
    struct team_rights rights;
};

static int set_up(void **state)
{
    struct arena *arena = arena_create();
    struct scene *scene = ARENA_NEW(arena, struct scene);
    scene->arena = arena;
    documents_init(&scene->world.documents, arena);
    documents_read(&scene->world.documents, TEXT("test.yaml"), text_of(documents_text));
    assert_int_equal(scene->world.documents.mistake_count, 0);
    scene->book = cutoff_book_create(100);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    cutoff_book_destroy(scene->book);
    arena_destroy(scene->arena);
    return 0;
}

static void find(struct scene *scene, const char *issuer, const char *subject, const char *name,
                 const char *value, bool is_list)
{
    struct token_attribute attribute = {text_of(name), text_of(value), is_list};
    const struct team_caller caller = {{text_of(issuer), text_of(subject)}, &attribute, name == NULL ? 0 : 1};
    team_rights_find(scene->arena, &scene->world, scene->book, &caller, &scene->rights);
}

static struct document *document_of(struct scene *scene, enum document_kind kind, const char *team)
{
    struct document *document = ARENA_NEW(scene->arena, struct document);
    document->kind = kind;
    document->team = text_of(team);
    return document;
}

static void gives_what_any_of_its_members_entries_gives(void **state)
{
    struct scene *scene = *state;
    find(scene, "https://idp.example", "x", "groups", "staff\nshop-devs\nshop-leads", true);
    assert_int_equal(scene->rights.count, 1);
    assert_int_equal(scene->rights.anywhere,
                     ADMIN_RIGHT_READ | ADMIN_RIGHT_APPLY | ADMIN_RIGHT_DELETE | ADMIN_RIGHT_KILL);
    find(scene, "https://idp.example", "ann", NULL, NULL, false);
    assert_int_equal(scene->rights.anywhere, ADMIN_RIGHT_LIFT);
    assert_int_equal(scene->rights.of_operator, 0);
}

static void takes_a_value_for_itself_alone(void **state)
{
    struct scene *scene = *state;
    static const char *const others[] = {"shop-dev", "shop-devs2", "SHOP-DEVS", "x shop-devs", ""};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        find(scene, "https://idp.example", "x", "groups", others[i], true);
        assert_int_equal(scene->rights.count, 0);
    }
    find(scene, "https://idp.example", "x", "groups", "staff\nshop-devs", false); /* no list: one odd value */
    assert_int_equal(scene->rights.count, 0);
    find(scene, "https://idp.example", "x", "group", "shop-devs", false);
    assert_int_equal(scene->rights.count, 0);
    find(scene, "https://idp.example", "x", "sub", "ann", false); /* sub is the subject and no attribute */
    assert_int_equal(scene->rights.count, 0);
}

static void takes_nobody_elses_word(void **state)
{
    struct scene *scene = *state;
    static const char *const issuers[] = {"https://twin.example", "https://off.example", "https://shut.example",
                                          "https://idp.example/", ""};
    for (size_t i = 0; i < sizeof(issuers) / sizeof(issuers[0]); i++) {
        find(scene, issuers[i], "ann", "groups", "shop-devs", false);
        assert_int_equal(scene->rights.count, 0);
    }
}

static void covers_a_teams_own_and_for_operators_everything(void **state)
{
    struct scene *scene = *state;
    find(scene, "https://idp.example", "x", "groups", "shop-devs", false);
    assert_true(team_rights_cover(&scene->rights, TEXT("shop"), ADMIN_RIGHT_READ));
    assert_false(team_rights_cover(&scene->rights, TEXT("shop"), ADMIN_RIGHT_KILL));
    assert_false(team_rights_cover(&scene->rights, TEXT("books"), ADMIN_RIGHT_READ));
    assert_false(team_rights_cover(&scene->rights, TEXT_NONE, ADMIN_RIGHT_READ));
    find(scene, "https://idp.example", "x", "role", "operator", false);
    assert_true(team_rights_cover(&scene->rights, TEXT("books"), ADMIN_RIGHT_KILL));
    assert_true(team_rights_cover(&scene->rights, TEXT_NONE, ADMIN_RIGHT_READ));
    assert_false(team_rights_cover(&scene->rights, TEXT("ops"), ADMIN_RIGHT_APPLY));
}

static void covers_documents_of_the_kinds_a_team_may_own(void **state)
{
    struct scene *scene = *state;
    find(scene, "https://idp.example", "x", "groups", "shop-devs\nbooks-devs", true);
    const struct team_rights *rights = &scene->rights;
    assert_true(
        team_rights_cover_document(rights, document_of(scene, DOCUMENT_TARGET, "shop"), ADMIN_RIGHT_APPLY));
    assert_true(
        team_rights_cover_document(rights, document_of(scene, DOCUMENT_CLIENT, "books"), ADMIN_RIGHT_APPLY));
    assert_false(
        team_rights_cover_document(rights, document_of(scene, DOCUMENT_CLIENT, "shop"), ADMIN_RIGHT_APPLY));
    assert_false(
        team_rights_cover_document(rights, document_of(scene, DOCUMENT_TARGET, NULL), ADMIN_RIGHT_APPLY));
    assert_false(
        team_rights_cover_document(rights, document_of(scene, DOCUMENT_TARGET, "shop"), ADMIN_RIGHT_KILL));
    static const enum document_kind never[] = {DOCUMENT_GATEWAY,    DOCUMENT_DOMAIN, DOCUMENT_ISSUER,
                                               DOCUMENT_ADAPTER,    DOCUMENT_TEAM,   DOCUMENT_POLICY,
                                               DOCUMENT_COMBINATION};
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
        assert_false(
            team_rights_cover_document(rights, document_of(scene, never[i], "books"), ADMIN_RIGHT_APPLY));
    struct document *reader = document_of(scene, DOCUMENT_CLIENT, "books");
    reader->client.secret_file = TEXT("/etc/shadow");
    assert_false(team_rights_cover_document(rights, reader, ADMIN_RIGHT_APPLY));
}

static void fills_in_a_team_only_where_there_is_no_choice(void **state)
{
    struct scene *scene = *state;
    find(scene, "https://idp.example", "x", "groups", "shop-devs", false);
    assert_true(text_is(team_rights_only_team(&scene->rights, ADMIN_RIGHT_APPLY), "shop"));
    assert_int_equal(team_rights_only_team(&scene->rights, ADMIN_RIGHT_DELETE).length, 0);
    find(scene, "https://idp.example", "x", "groups", "shop-devs\nbooks-devs", true);
    assert_int_equal(team_rights_only_team(&scene->rights, ADMIN_RIGHT_APPLY).length, 0);
}

static void gives_nothing_from_a_team_that_is_barred(void **state)
{
    struct scene *scene = *state;
    struct store_cutoff bar = {
        .kind = TEXT("team"), .id = TEXT("shop"), .at_us = 5, .epoch = 1, .stands = true};
    cutoff_book_update(scene->book, &bar, 1, (struct store_counter){.number = 1, .mark = 1}, true);
    find(scene, "https://idp.example", "x", "groups", "shop-devs\nbooks-devs", true);
    assert_int_equal(scene->rights.count, 1);
    assert_true(text_is(scene->rights.grants[0].team->name, "books"));
}

static void carries_no_more_attributes_than_members_are_known_by(void **state)
{
    struct scene *scene = *state;
    const struct token_attribute attributes[] = {
        {TEXT("groups"), TEXT("staff\nshop-devs\nwheel\nbooks-devs"), true},
        {TEXT("role"), TEXT("operator"), false},
        {TEXT("email"), TEXT("shop-devs"), false}};
    struct team_caller caller = {{TEXT("https://idp.example"), TEXT("x")}, attributes, 3};
    const struct credential_attribute *carried;
    assert_int_equal(team_rights_attributes(scene->arena, &scene->world, &caller, &carried), 2);
    assert_true(carried[0].is_list && text_is(carried[0].value, "shop-devs\nbooks-devs"));
    assert_true(text_is(carried[1].name, "role") && text_is(carried[1].value, "operator"));
    caller.identity.issuer = TEXT("https://twin.example");
    assert_int_equal(team_rights_attributes(scene->arena, &scene->world, &caller, &carried), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(gives_what_any_of_its_members_entries_gives, set_up, tear_down),
        cmocka_unit_test_setup_teardown(takes_a_value_for_itself_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(takes_nobody_elses_word, set_up, tear_down),
        cmocka_unit_test_setup_teardown(covers_a_teams_own_and_for_operators_everything, set_up, tear_down),
        cmocka_unit_test_setup_teardown(covers_documents_of_the_kinds_a_team_may_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fills_in_a_team_only_where_there_is_no_choice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(gives_nothing_from_a_team_that_is_barred, set_up, tear_down),
        cmocka_unit_test_setup_teardown(carries_no_more_attributes_than_members_are_known_by, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
