/* What is shown of settings reads back as the same settings, each of them, and says where it is from. */
#include "reading.h"

#include "config/settings_view.h"
#include "document_fields.h"

#define WITHOUT_KEY                                                                                            \
    "kind: Gateway\nmetadata: {name: g}\nspec:\n  issuer: https://gateway.example\n"                           \
    "  tls: {certificateFile: c.pem, keyFile: /k.pem}\n"
#define GATEWAY WITHOUT_KEY "  sealing: {keyFile: s.key}\n"

static struct documents read_all(struct arena *arena, const char *content, const struct document_file *settings,
                                 size_t count)
{
    struct documents documents;
    documents_init(&documents, arena);
    documents.settings = settings;
    documents.setting_count = count;
    documents_read(&documents, TEXT("/etc/dragoman/gateway.yaml"), text_of(content));
    return documents;
}

static const char *shown(struct arena *arena, const struct documents *documents, struct settings_view view)
{
    SCOPED_BUFFER out = {0};
    settings_view_write(documents, &view, &out);
    return arena_copy(arena, buffer_text(&out)).base;
}

/* A value that is not the default, where its row leaves one. */
static struct text another_value(struct arena *arena, const struct field *field)
{
    static const char *const examples[VALUE_TYPE_COUNT] = {
        [VALUE_TEXT] = "some text",
        [VALUE_NAME] = "some-name",
        [VALUE_ISSUER_URL] = "https://other.example",
        [VALUE_URL] = "https://u.example",
        [VALUE_AUDIENCE] = "aud",
        [VALUE_LISTEN] = "127.0.0.1:7777",
        [VALUE_FILE] = "/some/file",
        [VALUE_CIDR] = "10.0.0.0/8",
        [VALUE_HOST] = "h.example",
        [VALUE_RESOURCE] = "urn:x",
        [VALUE_BOOLEAN] = "true",
        [VALUE_CREDENTIAL] = "key",
        [VALUE_VARIABLE] = "SOME_VARIABLE",
        [VALUE_ARGUMENT] = "/bin/key",
    };
    const struct value_row *row = value_row(field->type);
    struct text value = text_of(examples[field->type] != NULL ? examples[field->type] : "");
    if (field->type == VALUE_BOOLEAN && text_is(text_of(field->fallback), "true"))
        value = TEXT("false");
    if (field->type == VALUE_INTEGER)
        value = arena_print(arena, "%jd", (intmax_t)field->maximum);
    if (field->type == VALUE_DURATION)
        value = value_duration_words(arena, field->maximum);
    for (size_t i = 0; row->names != NULL && row->names[i] != NULL; i++)
        value = text_of(row->names[i]);
    if (value.length == 0)
        fail_msg("this test has no example of a value for %s", field->name);
    return field->shape == FIELD_LIST ? arena_print(arena, "[\"%.*s\"]", TEXT_ARGUMENTS(value)) : value;
}

static bool is_way_to_the_key(const char *name)
{
    static const char *const ways[] = {"sealing.credential", "sealing.environment", "sealing.command",
                                       "sealing.manual"};
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
        if (strcmp(name, ways[i]) == 0)
            return true;
    return false;
}

/* Settings that mean something only together with others, by the beginnings of their names. */
static size_t add_companions(const char *name, struct document_file *settings)
{
    static const char *const pairs[][2] = {
        {"store.postgres.", "store.postgres.connection=host=db"},
        {"store.postgres.statementTimeout", "store.postgres.answerTimeout=2m"},
        {"store.postgres.allowWeakDurability", "insecure=[weak-durability]"},
        {"pdp.", "pdp.url=https://p.example"},
        {"tracing.", "tracing.url=https://t.example"},
        {"signing.pkcs11.", "signing.pkcs11.module=/m.so"},
        {"signing.pkcs11.", "signing.pkcs11.tokenLabel=t"},
        {"signing.pkcs11.", "signing.pkcs11.pinFile=/pin"},
        {"admin.listen", "admin.audiences=[a]"},
        {"adapters.isolation", "insecure=[adapters-not-isolated]"},
        {"confinement.enabled", "insecure=[workers-not-confined]"},
        {"plaintextListen", "insecure=[plaintext-listener]"},
        {"terminators.proxyProtocol", "terminators.addresses=[10.0.0.0/8]"},
        {"terminators.headers", "terminators.addresses=[10.0.0.0/8]"},
        {"insecure", "confinement.enabled=false"},
    };
    size_t count = 0;
    if (!is_way_to_the_key(name))
        settings[count++] = (struct document_file){"--set", TEXT("sealing.keyFile=/s.key"), FILE_SETTING};
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        if (strncmp(name, pairs[i][0], strlen(pairs[i][0])) == 0)
            settings[count++] = (struct document_file){"--set", text_of(pairs[i][1]), FILE_SETTING};
    return count;
}

static void try_setting(const struct field *field, const char *name)
{
    SCOPED_ARENA arena = arena_create();
    struct document_file settings[6];
    size_t count = add_companions(name, settings);
    struct text value =
        field->type == VALUE_DANGER ? TEXT("[workers-not-confined]") : another_value(arena, field);
    settings[count++] = (struct document_file){
        "--set", arena_print(arena, "%s=%.*s", name, TEXT_ARGUMENTS(value)), FILE_SETTING};
    struct documents documents = read_all(arena, WITHOUT_KEY, settings, count);
    if (documents.mistake_count != 0)
        fail_msg("%s: %s", name, documents.mistakes[0].sentence.base);
    struct documents before = read_all(arena, GATEWAY, NULL, 0);
    const struct settings_view everything = {.has_built_in = true, .is_json = true};
    const char *whole = shown(arena, &documents, everything);
    assert_string_not_equal(whole, shown(arena, &before, everything));
    const struct settings_view views[] = {{.is_json = true},
                                          {.has_built_in = true, .is_json = true},
                                          {.has_built_in = true},
                                          {.has_origins = true}};
    for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
        struct documents again;
        documents_init(&again, arena);
        documents_read(&again, TEXT("/elsewhere/x.yaml"), text_of(shown(arena, &documents, views[i])));
        reading_assert_mistakes(&again, "");
        assert_string_equal(shown(arena, &again, everything), whole);
    }
}

static void try_all(struct arena *arena, const struct field *fields, const char *path, size_t *count)
{
    for (const struct field *field = fields; field->name != NULL; field++) {
        const char *name = arena_print(arena, "%s%s%s", path, path[0] == '\0' ? "" : ".", field->name).base;
        if (field->shape == FIELD_GROUP) {
            try_all(arena, field->fields, name, count);
            continue;
        }
        try_setting(field, name);
        ++*count;
    }
}

static void every_setting_reads_back_as_it_was(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    size_t count = 0;
    try_all(arena, kind_row(DOCUMENT_GATEWAY)->fields, "", &count);
    assert_true(count > 100);
}

static void each_value_has_its_origin_behind_it(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct document_file settings[] = {
        {"DRAGOMAN__LIMITS__THREADS", TEXT("4"), FILE_SETTING},
        {"--set", TEXT("listen=[\"127.0.0.1:1\"]"), FILE_SETTING},
        {"--set", TEXT("limits.connections.headerBytes=16KiB"), FILE_SETTING},
    };
    struct documents documents = read_all(arena, GATEWAY, settings, 3);
    reading_assert_mistakes(&documents, "");
    assert_string_equal(shown(arena, &documents, (struct settings_view){.has_origins = true}),
                        "kind: Gateway\nmetadata: {name: g}\nspec:\n"
                        "  issuer: https://gateway.example  # /etc/dragoman/gateway.yaml:4\n"
                        "  listen: [\"127.0.0.1:1\"]  # --set listen\n"
                        "  tls:\n"
                        "    certificateFile: /etc/dragoman/c.pem  # /etc/dragoman/gateway.yaml:5\n"
                        "    keyFile: /k.pem  # /etc/dragoman/gateway.yaml:5\n"
                        "  sealing:\n"
                        "    keyFile: /etc/dragoman/s.key  # /etc/dragoman/gateway.yaml:6\n"
                        "  limits:\n"
                        "    threads: 4  # DRAGOMAN__LIMITS__THREADS\n"
                        "    connections:\n"
                        "      headerBytes: \"16KiB\"  # --set limits.connections.headerBytes\n");
    const char *all =
        shown(arena, &documents, (struct settings_view){.has_built_in = true, .has_origins = true});
    assert_non_null(strstr(all, "\n    chainDepth: 4  # built-in\n"));
    assert_non_null(strstr(all, "\n    sqlite: /var/lib/dragoman/dragoman.sqlite  # built-in\n"));
    assert_null(strstr(all, "postgres:"));
    const char *list = shown(arena, &documents, (struct settings_view){.has_origins = true, .is_json = true});
    assert_non_null(
        strstr(list, "{\"setting\":\"limits.threads\",\"value\":4,\"origin\":\"DRAGOMAN__LIMITS__THREADS\"}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_setting_reads_back_as_it_was),
        cmocka_unit_test(each_value_has_its_origin_behind_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
