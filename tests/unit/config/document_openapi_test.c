/* spec.mcp.openapi: where the document comes from, where its mistakes are told to be, and what rules it makes.
 */
#include "reading.h"

#include <stdio.h>
#include <unistd.h>

#include "base/buffer.h"
#include "openapi/openapi.h"

#define TARGET                                                                                                 \
    "kind: Target\n"                                                                                           \
    "metadata: {name: shop}\n"                                                                                 \
    "spec:\n"                                                                                                  \
    "  audiences: [https://gw.example/mcp/shop]\n"                                                             \
    "  scopes: [read, write]\n"                                                                                \
    "  egress: {upstream: https://shop.example, adapter: jwt}\n"                                               \
    "  mcp:\n"                                                                                                 \
    "    tools: [{names: [get*], scopes: [write], upstreamLifetime: 9s}, {names: [list]}]\n"
#define INLINE   "    openapi:\n      document:\n"
#define SECURITY "        components: {securitySchemes: {o: {type: oauth2}}}\n"

static const struct target_document *target_of(struct arena *arena, const char *content)
{
    return &reading_one(arena, content)->target;
}

static const char good[] =
    TARGET INLINE "        openapi: 3.0.3\n"
                  "        paths:\n"
                  "          /a:\n"
                  "            get: {operationId: getA, security: [{o: [read, write]}]}\n"
                  "            put: {operationId: unruled, parameters: 7}\n"
                  "          /b:\n"
                  "            get:\n"
                  "              operationId: list\n"
                  "              description: |\n"
                  "                Several\n"
                  "                lines.\n" SECURITY;

static void makes_a_rule_for_each_tool_with_what_its_operation_needs(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct mcp_document *mcp = &target_of(arena, good)->mcp;
    const struct mcp_rule *rules = mcp->tools.items;
    assert_non_null(mcp->openapi.compiled);
    assert_int_equal(mcp->openapi.compiled->count, 2);
    assert_int_equal(mcp->tools.count, 2);
    assert_true(rules[0].names.count == 1 && text_is(rules[0].names.items[0], "getA"));
    assert_int_equal(rules[0].scopes.count, 2);
    assert_true(text_is(rules[0].scopes.items[0], "write") && text_is(rules[0].scopes.items[1], "read"));
    assert_int_equal(rules[0].upstream_lifetime_s, 9);
    assert_true(text_is(rules[1].names.items[0], "list") && rules[1].scopes.count == 0);
}

/* As it is stored, sent and read by other gateways. */
static void reads_the_same_from_what_is_stored(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct documents again;
    const struct document *document = reading_one(arena, good);
    documents_init(&again, arena);
    documents_read(&again, TEXT("store"), document->body);
    reading_assert_mistakes(&again, "");
    assert_true(text_equal(again.items[0]->body, document->body));
    assert_int_equal(again.items[0]->target.mcp.openapi.compiled->count, 2);
}

static void tells_mistakes_where_they_stand(void **state)
{
    (void)state;
    static const struct reading_case cases[] = {
        {TARGET INLINE
         "        openapi: 3.1.0\n        paths:\n          /a/{x}:\n            get: {operationId: getA}\n",
         "f.yaml:13:11: /paths/~1a~1{x}: a part in braces is no parameter of the path\n"},
        {TARGET INLINE
         "        openapi: 3.1.0\n        paths:\n          /a:\n            get:\n              operationId: "
         "getA\n              parameters:\n"
         "                - {in: query, name: a, schema: {}}\n                - $ref: other.yaml\n",
         "f.yaml:18:19: /paths/~1a/get/parameters/1: $ref: expected a place in this document "
         "(#/components/...), found \"other.yaml\": nothing is "
         "fetched from elsewhere\n"},
        {TARGET INLINE "        openapi: 3.1.0\n        paths: {/a: {get: {operationId: getA, security: [{o: "
                       "[admin]}]}}}\n" SECURITY,
         "f.yaml:5:11: spec.scopes: \"admin\" is missing, which the OpenAPI document wants for \"getA\"\n"},
        {TARGET "    openapi: {}\n", "f.yaml:9:14: spec.mcp.openapi.document is missing: it holds the OpenAPI "
                                     "document (or file names its file)\n"},
        {TARGET "    openapi: {document: {}, file: x.yaml}\n",
         "f.yaml:9:14: spec.mcp.openapi: expected document or file, found both\n"},
        {TARGET "    openapi: {document: []}\n",
         "f.yaml:9:25: spec.mcp.openapi.document: expected a mapping, found a list\n"},
        {TARGET "    direct: true\n    openapi: {document: {openapi: 3.1.0, paths: {/a: {get: {operationId: "
                "getA}}}}}\n",
         "f.yaml:9:13: spec.mcp.direct: what is behind spec.mcp.openapi is no MCP server that agents could go "
         "to\n"},
        {TARGET "    openapi: {file: /nowhere/at/all.yaml}\n",
         "f.yaml:9:21: spec.mcp.openapi.file: /nowhere/at/all.yaml cannot be read: No such file or "
         "directory\n"},
    };
    reading_assert_cases(cases, sizeof(cases) / sizeof(cases[0]), false);
}

/* -- files */

static char folder[] = "/tmp/document_openapi_XXXXXX";

static void write_file(const char *name, const char *content)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0 && fclose(file) == 0);
}

static struct documents read_beside(struct arena *arena, const char *openapi)
{
    struct documents documents;
    write_file("shop.openapi.yaml", openapi);
    documents_init(&documents, arena);
    documents_read(&documents, arena_print(arena, "%s/f.yaml", folder),
                   text_of(TARGET "    openapi: {file: shop.openapi.yaml}\n"));
    return documents;
}

static void puts_a_file_into_what_is_stored(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct documents
        documents = read_beside(
            arena, "{\"openapi\": \"3.1.0\", \"paths\": {\"/a\": {\"get\": {\"operationId\": \"getA\"}}}}\n"),
        again;
    reading_assert_mistakes(&documents, "");
    documents_init(&again, arena);
    documents_read(&again, TEXT("store"), documents.items[0]->body);
    reading_assert_mistakes(&again, "");
    assert_int_equal(again.items[0]->target.mcp.openapi.compiled->count, 1);
    assert_null(again.items[0]->target.mcp.openapi.file.base);
    assert_int_equal(documents.file_count, 1);
}

static void assert_file_mistake(const char *openapi, const char *sentence)
{
    SCOPED_ARENA arena = arena_create();
    struct documents documents = read_beside(arena, openapi);
    reading_assert_mistakes(&documents, arena_print(arena, "%s/shop.openapi.yaml:%s\n", folder, sentence).base);
}

static void tells_mistakes_in_a_file_at_its_own_lines(void **state)
{
    (void)state;
    assert_file_mistake(
        "openapi: 3.1.0\npaths:\n  /a:\n    get: 7\n    put: 8\n  /..:\n    get: {operationId: getB}\n",
        "6:3: /paths/~1..: a path has no dot segments");
    assert_file_mistake("openapi: 3.1.0\npaths: &all {}\n",
                        "2:8: anchors (&name) are not allowed; write the value out");
    assert_file_mistake("- 1\n", " expected an OpenAPI document (openapi, info, paths)");
    assert_file_mistake("", " expected an OpenAPI document (openapi, info, paths)");
    assert_file_mistake("openapi: 3.1.0\n---\nopenapi: 3.1.0\n", " there is more than one document in it");
}

/* What could not be read back from the store is not applied. */
static void has_a_bound_for_what_is_stored(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct buffer out = buffer_in(arena, 1024 * 1024);
    buffer_append(&out, TEXT("openapi: 3.1.0\npaths: {/a: {get: {operationId: getA}}}\nx-nested: "));
    for (int i = 0; i < 27; i++)
        buffer_append(&out, TEXT("["));
    for (int i = 0; i < 27; i++)
        buffer_append(&out, TEXT("]"));
    buffer_append(&out, TEXT("\n"));
    buffer_append_byte(&out, '\0');
    assert_file_mistake(
        out.base,
        "1:1: the OpenAPI document is too large: expected at most 960 KiB as JSON, 60000 values and 26 levels");
    out.length = 0;
    buffer_append(&out, TEXT("openapi: 3.1.0\npaths: {/a: {get: {operationId: getA}}}\nx-many: ["));
    for (int i = 0; i < 61000; i++)
        buffer_append(&out, TEXT("1,"));
    buffer_append(&out, TEXT("1]\n"));
    buffer_append_byte(&out, '\0');
    assert_file_mistake(
        out.base,
        "1:1: the OpenAPI document is too large: expected at most 960 KiB as JSON, 60000 values and 26 levels");
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
    (void)state;
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/shop.openapi.yaml", folder);
    return unlink(path) | rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_a_rule_for_each_tool_with_what_its_operation_needs),
        cmocka_unit_test(reads_the_same_from_what_is_stored),
        cmocka_unit_test(tells_mistakes_where_they_stand),
        cmocka_unit_test(puts_a_file_into_what_is_stored),
        cmocka_unit_test(tells_mistakes_in_a_file_at_its_own_lines),
        cmocka_unit_test(has_a_bound_for_what_is_stored),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
