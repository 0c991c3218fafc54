/* Documents and policies as they are compiled, a record of an exchange as it is written, and nothing else. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "access_fixture.h"

#define WORLD                                                                                                  \
    "kind: Issuer\nmetadata: {name: corp}\nspec: {domain: home, issuer: 'https://login.example'}\n---\n"       \
    "kind: Client\nmetadata: {name: desk}\nspec: {authentication: {methods: [client_secret_basic], "           \
    "secretFile: /nowhere/s}}\n---\n"                                                                          \
    "kind: Client\nmetadata: {name: other}\nspec: {authentication: {methods: [client_secret_basic], "          \
    "secretFile: /nowhere/s}}\n---\n"                                                                          \
    "kind: Target\nmetadata: {name: files, team: shop}\n"                                                      \
    "spec: {audiences: ['https://gw.example/mcp/files'], scopes: [read, write, admin], "                       \
    "egress: {upstream: 'https://files.example/mcp', adapter: jwt}, mcp: %s}\n"

static const char record[] =
    "{\"at\":\"2027-01-15T08:00:00.000000Z\",\"client_method\":\"client_secret_basic\","
    "\"subject\":{\"iss\":\"https://login.example\",\"sub\":\"alice\"},\"from\":\"home\",\"root\":\"r\","
    "\"target\":\"files\",\"facts\":{\"actor\":{\"kind\":\"agent\",\"iss\":\"https://gw.example\",\"sub\":"
    "\"desk\",\"client\":\"desk\"},\"subject\":{\"kind\":\"user\",\"issuer\":\"corp\"},\"lifetime\":300}}";

static void tell(void *context, const struct document *document, const struct cedar_mistake *mistake)
{
    (void)context;
    fail_msg("%.*s: %.*s", TEXT_ARGUMENTS(document->label), TEXT_ARGUMENTS(mistake->sentence));
}

static void compile(struct access_fixture *fixture, const char *mcp, const char *policies)
{
    const struct policy_set_mistakes mistakes = {tell, NULL};
    struct documents *documents = &fixture->world.documents;
    SCOPED_BUFFER lines = {0};
    documents_init(documents, fixture->arena);
    documents_read(documents, TEXT("world.yaml"), arena_print(fixture->arena, WORLD, mcp));
    if (policies != NULL)
        documents_read(documents, TEXT("p.cedar"), text_of(policies));
    documents_print_mistakes(documents, &lines);
    if (lines.length != 0)
        fail_msg("%.*s", TEXT_ARGUMENTS(buffer_text(&lines)));
    assert_int_equal(policy_set_compile(fixture->arena, documents, TEXT("https://gw.example"), &mistakes,
                                        &fixture->world.policies.set),
                     FAULT_NONE);
    fixture->target.document = documents_find(documents, DOCUMENT_TARGET, TEXT("files"));
}

static void begin_call(struct access_fixture *fixture, const char *scopes)
{
    struct relayed_call *x = &fixture->call;
    x->call.arena = fixture->arena;
    x->call.world = &fixture->world;
    x->call.gateway = &fixture->gateway;
    x->call.caller = &x->call.authentication.caller;
    x->call.authentication.caller.identity =
        (struct identity){.issuer = TEXT("https://gw.example"), .subject = TEXT("desk")};
    x->call.authentication.caller.name = TEXT("desk");
    x->call.now_us = INT64_C(1800000000000000);
    x->call.now_s = 1800000000;
    x->call.address = TEXT("192.0.2.7");
    x->credential.claims.expires_at_s = x->call.now_s + 60;
    x->target = &fixture->target;
    assert_int_equal(json_parse(fixture->arena, text_of(record), &json_limits_document, &x->credential.record),
                     FAULT_NONE);
    assert_int_equal(scope_set_parse(text_of(scopes), &x->scopes), FAULT_NONE);
}

struct access_fixture *access_fixture_make(const char *mcp, const char *policies, const char *scopes)
{
    struct access_fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    fixture->arena = arena_create();
    fixture->catalog.loop = loop_create(); /* that nobody runs */
    fixture->catalog.is_poked = true;
    catalog_book_open(&fixture->catalog.book);
    fixture->gateway.definitions = &fixture->catalog;
    compile(fixture, mcp, policies);
    begin_call(fixture, scopes);
    return fixture;
}

void access_fixture_destroy(struct access_fixture *fixture)
{
    loop_destroy(fixture->catalog.loop);
    catalog_book_close(&fixture->catalog.book);
    arena_destroy(fixture->arena);
    free(fixture);
}

void access_fixture_offer_less(struct access_fixture *fixture)
{
    for (size_t i = 0; i < fixture->world.documents.count; i++)
        if (fixture->world.documents.items[i] == fixture->target.document)
            fixture->world.documents.items[i]->target.scopes.count--;
}

void access_fixture_let_another_call(struct access_fixture *fixture)
{
    struct caller *caller = &fixture->call.call.authentication.caller;
    caller->identity.subject = caller->name = TEXT("other");
}

enum mcp_definition_state access_fixture_list(struct access_fixture *fixture, const char *tool)
{
    const struct mcp_document *mcp = &fixture->target.document->target.mcp;
    const struct json_value *json;
    struct mcp_definition definition;
    assert_int_equal(json_parse(fixture->arena, text_of(tool), &json_limits_document, &json), FAULT_NONE);
    mcp_catalog_note(&fixture->catalog, fixture->arena, TEXT("files"), json, mcp->is_definition_confirmed,
                     &definition);
    return definition.state;
}

static struct mcp_access_question question_of(const struct access_fixture *fixture, enum mcp_access_kind kind,
                                              const char *name, const char *arguments)
{
    struct mcp_access_question question = {
        .kind = kind, .name = text_of(name), .method = TEXT("tools/call"), .generation = TEXT("2026-07-28")};
    if (arguments != NULL)
        assert_int_equal(
            json_parse(fixture->arena, text_of(arguments), &json_limits_document, &question.arguments),
            FAULT_NONE);
    return question;
}

enum mcp_verdict access_fixture_ask(struct access_fixture *fixture, enum mcp_access_kind kind, const char *name,
                                    const char *arguments)
{
    struct relayed_call *x = &fixture->call;
    const struct mcp_access_question question = question_of(fixture, kind, name, arguments);
    x->call.ladder.count = 0;
    x->call.public_reason = x->needed_scopes = TEXT_NONE;
    x->has_effects = false;
    enum fault fault = mcp_access_ask(x, &question, &fixture->access);
    assert_int_equal(fault, fixture->access.fault);
    assert_int_equal(fault == FAULT_NONE, fixture->access.verdict == MCP_ALLOWED);
    if (fault != FAULT_NONE) /* the record says why */
        assert_int_equal(x->call.ladder.rungs[x->call.ladder.count - 1].fault, fault);
    return fixture->access.verdict;
}

enum mcp_verdict access_fixture_look(struct access_fixture *fixture, enum mcp_access_kind kind,
                                     const char *name)
{
    struct mcp_access_question question = question_of(fixture, kind, name, NULL);
    size_t rungs = fixture->call.call.ladder.count;
    struct text facts = fixture->call.facts_json;
    question.is_listing = true;
    question.method = TEXT("tools/list");
    mcp_access_look(&fixture->call, &question, &fixture->access);
    assert_int_equal(fixture->call.call.ladder.count, rungs);
    assert_ptr_equal(fixture->call.facts_json.base, facts.base);
    return fixture->access.verdict;
}
