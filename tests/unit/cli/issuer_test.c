/* The documents issuer add writes, read back by the reader that will read them in earnest, and its warnings.
 * What it fetches is fetched in the demo, over TLS. */
#include "config/documents.h"
#include "issuers/issuer_sample.h"
#include "session.h"

struct writing {
    struct session session;
    struct documents documents;
    struct arena *arena;
};

static void write_documents(struct writing *writing, const char *type, const char *claims, const char *name)
{
    struct issuer_sample sample = {.issuer = TEXT("https://idp.example"),
                                   .jwks_uri = TEXT("https://idp.example/jwks"),
                                   .has_openid_discovery = true,
                                   .jws = {.algorithm = ALGORITHM_ES256, .type = text_of(type)},
                                   .name = text_of(name),
                                   .domain = TEXT("local")};
    const struct command *command = command_table;
    while (strcmp(command->noun, "issuer") != 0)
        command++;
    writing->arena = arena_create();
    struct terminal terminal = {
        .out = open_memstream(&writing->session.out, &writing->session.out_length),
        .error = open_memstream(&writing->session.error, &writing->session.error_length),
    };
    struct invocation invocation = {.command = command, .terminal = &terminal, .arena = writing->arena};
    assert_int_equal(jwt_claims_read(writing->arena, text_of(claims), &sample.claims), FAULT_NONE);
    issuer_documents_print(&invocation, &sample);
    issuer_warnings_print(&invocation, &sample);
    fclose(terminal.out);
    fclose(terminal.error);
    documents_init(&writing->documents, writing->arena);
    documents_read(&writing->documents, TEXT("out"),
                   (struct text){writing->session.out, writing->session.out_length});
    if (writing->documents.mistake_count != 0)
        fail_msg("%.*s in:\n%s", TEXT_ARGUMENTS(writing->documents.mistakes[0].sentence), writing->session.out);
}

static void dispose(struct writing *writing)
{
    arena_destroy(writing->arena);
    session_end(&writing->session);
}

static void writes_documents_that_the_reader_takes(void **state)
{
    struct writing writing = {0};
    (void)state;
    write_documents(
        &writing, "JWT",
        "{\"iss\":\"https://idp.example\",\"sub\":\"alice\",\"aud\":\"https://gateway.example\",\"iat\":1000,"
        "\"exp\":8000,\"scope\":\"orders:read  profile\",\"email\":\"a@b.example\"}",
        "acme");
    assert_int_equal(writing.documents.count, 2);
    const struct issuer_document *issuer =
        &documents_find(&writing.documents, DOCUMENT_ISSUER, TEXT("acme"))->issuer;
    assert_true(text_is(issuer->audiences.items[0], "https://gateway.example"));
    assert_true(text_is(issuer->algorithms.items[0], "ES256"));
    assert_int_equal(issuer->maximum_age_s, 7200);
    assert_false(issuer->is_platform);
    const struct target_document *target =
        &documents_find(&writing.documents, DOCUMENT_TARGET, TEXT("acme-target"))->target;
    assert_int_equal(target->scopes.count, 2);
    dispose(&writing);
}

static void writes_an_agent_class_for_a_platforms_token(void **state)
{
    struct writing writing = {0};
    (void)state;
    write_documents(
        &writing, NULL,
        "{\"iss\":\"https://idp.example\",\"sub\":\"system:serviceaccount:agents:billing\",\"aud\":[\"g\"],"
        "\"iat\":1000,\"exp\":2000,\"kubernetes.io\":{\"namespace\":\"agents\"}}",
        "cluster");
    assert_int_equal(writing.documents.count, 3);
    assert_true(documents_find(&writing.documents, DOCUMENT_ISSUER, TEXT("cluster"))->issuer.is_platform);
    const struct agent_class_document *agents =
        &documents_find(&writing.documents, DOCUMENT_AGENT_CLASS, TEXT("cluster-agents"))->agent_class;
    assert_int_equal(agents->match.count, 2);
    assert_true(text_is(agents->match.items[0].value, "system:serviceaccount:agents:billing"));
    assert_true(text_is(agents->match.items[1].value, "agents"));
    dispose(&writing);
}

static void quotes_what_would_be_read_as_something_else(void **state)
{
    struct writing writing = {0};
    (void)state;
    write_documents(
        &writing, "true",
        "{\"iss\":\"https://idp.example\",\"sub\":\"x\",\"iat\":1,\"exp\":2,"
        "\"aud\":[\"no\",\"a: b\",\"]\\\"\\\\x\",\"# c\",\"1\",\"- d\",\"null\"],\"scope\":\"yes [a] *b\"}",
        "acme");
    const struct issuer_document *issuer =
        &documents_find(&writing.documents, DOCUMENT_ISSUER, TEXT("acme"))->issuer;
    assert_int_equal(issuer->audiences.count, 7);
    assert_true(text_is(issuer->audiences.items[1], "a: b"));
    assert_true(text_is(issuer->audiences.items[2], "]\"\\x"));
    assert_true(text_is(issuer->audiences.items[6], "null"));
    dispose(&writing);
}

/* A name that YAML would take for a number needs quotes, also in the names made of it. */
static void quotes_a_name_together_with_what_is_added_to_it(void **state)
{
    struct writing writing = {0};
    (void)state;
    write_documents(&writing, NULL,
                    "{\"iss\":\"https://idp.example\",\"sub\":\"system:serviceaccount:a:b\",\"aud\":[\"g\"],"
                    "\"iat\":1000,\"exp\":2000,\"kubernetes.io\":{\"namespace\":\"a\"}}",
                    "1st");
    assert_non_null(documents_find(&writing.documents, DOCUMENT_ISSUER, TEXT("1st")));
    assert_non_null(documents_find(&writing.documents, DOCUMENT_AGENT_CLASS, TEXT("1st-agents")));
    const struct target_document *target =
        &documents_find(&writing.documents, DOCUMENT_TARGET, TEXT("1st-target"))->target;
    assert_true(text_is(target->clients.items[0], "1st-agents"));
    dispose(&writing);
}

static void warns_about_what_looks_unsafe(void **state)
{
    struct writing writing = {0};
    (void)state;
    write_documents(&writing, "JWT", "{\"iss\":\"https://idp.example\",\"email_verified\":false}", "acme");
    assert_says(writing.session.error, "no aud");
    assert_says(writing.session.error, "no exp");
    assert_says(writing.session.error, "no iat");
    assert_says(writing.session.error, "no sub");
    assert_says(writing.session.error, "email is not verified");
    dispose(&writing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_documents_that_the_reader_takes),
        cmocka_unit_test(writes_an_agent_class_for_a_platforms_token),
        cmocka_unit_test(quotes_what_would_be_read_as_something_else),
        cmocka_unit_test(quotes_a_name_together_with_what_is_added_to_it),
        cmocka_unit_test(warns_about_what_looks_unsafe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
