/* Bodies: canonical JSON of what was written, and YAML that reads back as the same. */
#include "reading.h"

#include "json/json_writer.h"

static void keeps_order_types_and_spelling(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct document *document =
        reading_one(arena, "spec: {issuer: cluster, enabled: true, budget: {exchangesPerSecond: 40},\n"
                           "  match: {n: 1.50, b: false, s: '5', u: \"\\u00e4\\\"\"}, audiences: []}\n"
                           "metadata: {name: g}\nkind: AgentClass # last\n");
    assert_string_equal(
        document->body.base,
        "{\"spec\":{\"issuer\":\"cluster\",\"enabled\":true,\"budget\":{\"exchangesPerSecond\":40},"
        "\"match\":{\"n\":1.50,\"b\":false,\"s\":\"5\",\"u\":\"\xc3\xa4\\\"\"},\"audiences\":[]},"
        "\"metadata\":{\"name\":\"g\"},\"kind\":\"AgentClass\"}");
}

static void assert_comes_back(const char *content)
{
    SCOPED_ARENA arena = arena_create();
    SCOPED_BUFFER yaml = {0};
    const struct document *document = reading_one(arena, content);
    document_body_to_yaml(document->body, &yaml);
    buffer_append_byte(&yaml, '\0');
    const struct document *from_yaml = reading_one(arena, yaml.base);
    assert_string_equal(from_yaml->body.base, document->body.base);
    const struct document *from_json = reading_one(arena, document->body.base);
    assert_string_equal(from_json->body.base, document->body.base);
}

static void comes_back_the_same_from_yaml_and_from_json(void **state)
{
    (void)state;
    assert_comes_back(READING_GATEWAY);
    assert_comes_back("kind: Team\nmetadata: {name: t}\nspec: {}\n");
    /* Text and names that look like something else, here or to another reader of YAML. */
    assert_comes_back(
        "kind: Issuer\nmetadata: {name: i}\nspec:\n  issuer: https://i.example\n"
        "  audiences: ['yes', 'NO', 'on', 'null', '~', 'true', '1', '-1.5', '0x1f', '1:30', '- a', ': b']\n"
        "  types: ['a: b', 'a #b', '#c', '&d', '*e', '!f', '%g', '@h', '`i', '''', '\"', '\\', 'a:', ' ']\n"
        "  claims: {attributes: {'yes': a, '- b': b, 'c: c': c, '7': d, 'null': e, '[f': g}}\n");
    /* Beyond the basic plane a JSON escape would be a pair of halves, which YAML does not know. */
    assert_comes_back("kind: Issuer\nmetadata: {name: i}\nspec:\n  issuer: https://i.example\n"
                      "  audiences: [\xf0\x9f\x98\x80, \"\\U0001F600 a\"]\n");
}

static void writes_block_style_with_as_few_quotes_as_all_readers_allow(void **state)
{
    (void)state;
    SCOPED_BUFFER yaml = {0};
    document_body_to_yaml(
        TEXT("{\"kind\":\"Issuer\",\"spec\":{\"keys\":{\"jwks\":{\"keys\":[{\"kty\":\"EC\",\"m\":[[1,[]],{}]},{"
             "\"kty\":\"OKP\"}]}},"
             "\"leeway\":\"30s\",\"claims\":{\"\\\"a.b\\\".c\":\"yes\"},\"none\":null,\"enabled\":false}}"),
        &yaml);
    buffer_append_byte(&yaml, '\0');
    assert_string_equal(yaml.base, "kind: Issuer\n"
                                   "spec:\n"
                                   "  keys:\n"
                                   "    jwks:\n"
                                   "      keys:\n"
                                   "        - kty: EC\n"
                                   "          m:\n"
                                   "            -\n"
                                   "              - 1\n"
                                   "              - []\n"
                                   "            - {}\n"
                                   "        - kty: OKP\n"
                                   "  leeway: 30s\n"
                                   "  claims:\n"
                                   "    \"\\\"a.b\\\".c\": \"yes\"\n"
                                   "  none: null\n"
                                   "  enabled: false\n");
}

/* A document whose text is this, by way of JSON. */
static void assert_text_comes_back(struct text policies)
{
    SCOPED_ARENA arena = arena_create();
    SCOPED_BUFFER body = {0};
    struct json_writer writer = json_writer_on(&body);
    buffer_append(&body, TEXT("{\"kind\":\"Policy\",\"metadata\":{\"name\":\"p\"},\"spec\":{\"policies\":"));
    json_write_text(&writer, policies);
    buffer_append(&body, TEXT("}}"));
    struct text content = arena_copy(arena, buffer_text(&body));
    assert_true(text_equal(reading_one(arena, content.base)->policy.policies, policies));
    assert_comes_back(content.base);
}

static void brings_texts_of_several_lines_back_byte_for_byte(void **state)
{
    (void)state;
    static const char *const texts[] = {"permit (principal, action, resource);",
                                        "a\nb",
                                        "a\nb\n",
                                        "a\n\nb\n\n\n",
                                        "\na\n",
                                        "  a\nb\n",
                                        "\ta\n\tb",
                                        "a\n  \nb\n",
                                        "a\n  ",
                                        "a  \n b\t\n",
                                        "---\na\n...\n",
                                        "# a\n- b: c\n",
                                        "\n\n",
                                        "\n",
                                        " \n\t",
                                        "%a\n'\"\\\n"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_text_comes_back(text_of(texts[i]));
    /* Every text of four of these. */
    static const char characters[] = {'a', ' ', '\n', '\t', '#', '-'};
    for (size_t number = 0; number < 6 * 6 * 6 * 6; number++) {
        char text[4];
        for (size_t i = 0, rest = number; i < sizeof(text); i++, rest /= sizeof(characters))
            text[i] = characters[rest % sizeof(characters)];
        assert_text_comes_back((struct text){text, sizeof(text)});
    }
}

static void writes_several_lines_as_a_literal_block(void **state)
{
    (void)state;
    SCOPED_BUFFER yaml = {0};
    document_body_to_yaml(TEXT("{\"kind\":\"Policy\",\"spec\":{\"policies\":\"permit (\\n\\n  x);\\n\","
                               "\"b\":\"no\\nend\",\"c\":[\" x\\ny\\n\\n\"],\"d\":\"tab\\t\"}}"),
                          &yaml);
    buffer_append_byte(&yaml, '\0');
    assert_string_equal(yaml.base, "kind: Policy\n"
                                   "spec:\n"
                                   "  policies: |\n"
                                   "    permit (\n"
                                   "\n"
                                   "      x);\n"
                                   "  b: |-\n"
                                   "    no\n"
                                   "    end\n"
                                   "  c:\n"
                                   "    - |2+\n"
                                   "       x\n"
                                   "      y\n"
                                   "\n"
                                   "  d: \"tab\\t\"\n");
}

static void writes_nothing_for_what_is_no_body(void **state)
{
    (void)state;
    SCOPED_BUFFER yaml = {0};
    document_body_to_yaml(TEXT("[1]"), &yaml);
    document_body_to_yaml(TEXT("{\"a\":"), &yaml);
    document_body_to_yaml(TEXT(""), &yaml);
    assert_int_equal(yaml.length, 0);
}

static void reads_a_value_that_is_no_document(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    SCOPED_BUFFER out = {0};
    struct json_writer writer = json_writer_on(&out);
    struct documents documents;
    documents_init(&documents, arena);
    json_write_value(&writer,
                     document_value_from_yaml(&documents, TEXT("x"), TEXT("- {a: 1}\n- [b, true, null]\n")));
    assert_string_equal(arena_copy(arena, buffer_text(&out)).base, "[{\"a\":1},[\"b\",true,null]]");
    static const char *const wrong[] = {"a: 1\n---\nb: 2\n", "", "# nothing\n", "[", "a: &b 1\n"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        documents_init(&documents, arena);
        assert_null(document_value_from_yaml(&documents, TEXT("x"), text_of(wrong[i])));
        assert_int_equal(documents.mistake_count, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_order_types_and_spelling),
        cmocka_unit_test(comes_back_the_same_from_yaml_and_from_json),
        cmocka_unit_test(writes_block_style_with_as_few_quotes_as_all_readers_allow),
        cmocka_unit_test(brings_texts_of_several_lines_back_byte_for_byte),
        cmocka_unit_test(writes_several_lines_as_a_literal_block),
        cmocka_unit_test(writes_nothing_for_what_is_no_body),
        cmocka_unit_test(reads_a_value_that_is_no_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
