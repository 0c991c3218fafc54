/* What is laid over a Gateway document: which source wins, member by member, and where mistakes are told. */
#include "reading.h"

#define GATEWAY                                                                                                \
    "kind: Gateway\n"                                                                                          \
    "metadata: {name: g}\n"                                                                                    \
    "spec:\n"                                                                                                  \
    "  issuer: https://gateway.example\n"                                                                      \
    "  listen: [127.0.0.1:1, 127.0.0.1:2]\n"                                                                   \
    "  tls: {certificateFile: c.pem, keyFile: k.pem}\n"                                                        \
    "  sealing: {keyFile: s.key}\n"                                                                            \
    "  limits: {threads: 1, chainDepth: 1, rememberedTokens: 1, streams: 1}\n"

static struct documents read_with(struct arena *arena, const struct document_file *layers, size_t count)
{
    struct documents documents;
    struct document_file *files = ARENA_ARRAY(arena, struct document_file, count + 1);
    files[0] = (struct document_file){"/etc/dragoman/gateway.yaml", TEXT(GATEWAY), FILE_DOCUMENTS};
    for (size_t i = 0; i < count; i++)
        files[i + 1] = layers[i];
    documents_init(&documents, arena);
    documents_read_files(&documents, files, count + 1);
    return documents;
}

static void the_strongest_source_of_each_setting_counts(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct document_file layers[] = {
        {"/etc/dragoman/gateway.d/10.yaml",
         TEXT("limits: {chainDepth: 2, rememberedTokens: 2, streams: 2}\ntls: {keyFile: other.pem}\n"),
         FILE_DROP_IN},
        {"/etc/dragoman/gateway.d/20.yaml",
         TEXT("limits: {rememberedTokens: 3, streams: 3, connections: {headerBytes: 16KiB}}\n"
              "listen: [127.0.0.1:3]\n"),
         FILE_DROP_IN},
        {"DRAGOMAN__LIMITS__REMEMBERED_TOKENS", TEXT("4"), FILE_SETTING},
        {"DRAGOMAN__LIMITS__STREAMS", TEXT("4"), FILE_SETTING},
        {"DRAGOMAN__OUTBOUND__ALLOW_ADDRESSES", TEXT("[10.0.0.0/8, 'fd00::/8']"), FILE_SETTING},
        {"--set", TEXT("limits.streams=5"), FILE_SETTING},
        {"--set", TEXT("limits.streams=6"), FILE_SETTING},
        {"--set", TEXT("store.postgres.connection=host=db user=x # no comment"), FILE_SETTING},
    };
    struct documents documents = read_with(arena, layers, sizeof(layers) / sizeof(layers[0]));
    reading_assert_mistakes(&documents, "");
    const struct gateway_document *gateway = documents_gateway(&documents);
    assert_int_equal(gateway->threads, 1);
    assert_int_equal(gateway->chain_depth, 2);
    assert_int_equal(gateway->remembered_tokens, 4);
    assert_int_equal(gateway->streams, 6);
    assert_int_equal(gateway->connections.header_bytes, 16384);
    assert_int_equal(gateway->listen.count, 1); /* a list takes the place of a list */
    assert_true(text_is(gateway->listen.items[0], "127.0.0.1:3"));
    assert_int_equal(gateway->outbound_allow.count, 2);
    assert_true(text_is(gateway->postgres_connection, "host=db user=x # no comment"));
    /* Each from the folder of the file that names it. */
    assert_true(text_is(gateway->certificate_file, "/etc/dragoman/c.pem"));
    assert_true(text_is(gateway->key_file, "/etc/dragoman/gateway.d/other.pem"));
    assert_int_equal(documents.file_count, 9); /* with all of them an edition is the same again */
}

static const struct {
    struct document_file layer;
    const char *mistakes;
} bad[] = {
    {{"/d/10.yaml", TEXT("limits:\n  threads: 300\n  thraeds: 3\n"), FILE_DROP_IN},
     "/d/10.yaml:2:12: spec.limits.threads: expected a whole number from 0 to 256, found the number 300\n"
     "/d/10.yaml:3:3: unknown key \"thraeds\" in spec.limits; did you mean \"threads\"?\n"},
    {{"/d/10.yaml", TEXT("spec: {limits: {}}\n"), FILE_DROP_IN},
     "/d/10.yaml:1:1: unknown key \"spec\" in spec\n"},
    {{"/d/10.yaml", TEXT("kind: Gateway\nmetadata: {name: g}\n"), FILE_DROP_IN},
     "/d/10.yaml:1:1: expected a mapping of parts of the Gateway's spec, such as \"limits: {threads: 4}\", "
     "found a "
     "document\n"},
    {{"/d/10.yaml", TEXT("[limits]\n"), FILE_DROP_IN},
     "/d/10.yaml:1:1: expected a mapping of parts of the Gateway's spec, such as \"limits: {threads: 4}\", "
     "found a "
     "list\n"},
    {{"/d/10.yaml", TEXT("limits: {}\n---\nlimits: {}\n"), FILE_DROP_IN},
     "/d/10.yaml: there is more than one document in it; a drop-in is one mapping\n"},
    {{"/d/10.yaml", TEXT("limits: {threads: 1, threads: 2}\n"), FILE_DROP_IN},
     "/d/10.yaml:1:22: \"threads\" stands here twice, first in line 1\n"},
    {{"/d/10.yaml", TEXT("confinement:\n  enabled: false\n"), FILE_DROP_IN},
     "/d/10.yaml:2:12: spec.confinement.enabled: false is dangerous: whoever takes a worker over has every "
     "system "
     "call and every file of its user; if that is wanted, add \"workers-not-confined\" to the list "
     "spec.insecure\n"},
    {{"DRAGOMAN__LIMITS__THREADS", TEXT("many"), FILE_SETTING},
     "DRAGOMAN__LIMITS__THREADS: spec.limits.threads: expected a whole number from 0 to 256, found \"many\"\n"},
    {{"DRAGOMAN__LIMITS__THREADS", TEXT(""), FILE_SETTING},
     "DRAGOMAN__LIMITS__THREADS: spec.limits.threads: expected a whole number from 0 to 256, found nothing\n"},
    {{"DRAGOMAN__TLS__KEY_FILE", TEXT("k.pem"), FILE_SETTING},
     "DRAGOMAN__TLS__KEY_FILE: spec.tls.keyFile: expected an absolute file name, since this setting stands in "
     "no "
     "file, found \"k.pem\"\n"},
    {{"DRAGOMAN__INSECURE", TEXT("[workers-not-confined]"), FILE_SETTING},
     "DRAGOMAN__INSECURE:1:2: spec.insecure: \"workers-not-confined\" stands for spec.confinement.enabled: "
     "false, "
     "which is not chosen; take the word away\n"},
    {{"--set", TEXT("listen=[127.0.0.1:1] [x]"), FILE_SETTING},
     "--set listen:1:15: expected the end of the document, or \"---\" before the next one\n"},
    {{"--set", TEXT("issuer=a\nb"), FILE_SETTING},
     "--set issuer: text must be one line without control characters and without marks that turn the direction "
     "of "
     "writing\n"},
};

static void mistakes_are_told_where_they_were_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        SCOPED_ARENA arena = arena_create();
        struct documents documents = read_with(arena, &bad[i].layer, 1);
        reading_assert_mistakes(&documents, bad[i].mistakes);
        assert_int_equal(documents.count, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_strongest_source_of_each_setting_counts),
        cmocka_unit_test(mistakes_are_told_where_they_were_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
