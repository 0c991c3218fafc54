/* The second key: what is dangerous needs its word, and a word needs what it stands for. */
#include "reading.h"

#include "config/danger.h"
#include "document_fields.h"

#define GATEWAY(more)                                                                                          \
    "kind: Gateway\n"                                                                                          \
    "metadata: {name: g}\n"                                                                                    \
    "spec:\n"                                                                                                  \
    "  issuer: https://gateway.example\n"                                                                      \
    "  tls: {certificateFile: a, keyFile: b}\n"                                                                \
    "  sealing: {keyFile: k}\n" more

/* Each way to make a choice, and its word. */
static const struct choice {
    enum danger danger;
    const char *setting;
} choices[] = {
    {DANGER_WEAK_DURABILITY, "  store: {postgres: {connection: host=db, allowWeakDurability: true}}\n"},
    {DANGER_NO_ISOLATION, "  adapters: {isolation: none}\n"},
    {DANGER_NO_CONFINEMENT, "  confinement: {enabled: false}\n"},
    {DANGER_NO_STRANGER_LIMIT, "  limits: {strangers: {refusalsPerMinute: 0}}\n"},
    {DANGER_ANY_CLIENT, "  authorization: {registration: true, clientMetadataDocuments: [a.example, '*']}\n"},
    {DANGER_PLAINTEXT_LISTENER, "  plaintextListen: ['127.0.0.1:8080']\n"},
    {DANGER_BELIEVE_ANYONE, "  terminators: {addresses: [10.0.0.0/8, 0.0.0.0/0]}\n"},
    {DANGER_ANY_OUTBOUND, "  outbound: {allowAddresses: [10.0.0.0/8, 0.0.0.0/0]}\n"},
    {DANGER_ANY_OUTBOUND, "  outbound: {allowAddresses: ['::/0']}\n"},
    {DANGER_ANY_OUTBOUND, "  outbound: {allowAddresses: [128.0.0.0/1, 0.0.0.0/1]}\n"},
};
enum { CHOICES = sizeof(choices) / sizeof(choices[0]) };

static void stand_only_beside_their_word(void **state)
{
    (void)state;
    for (size_t i = 0; i < CHOICES; i++) {
        SCOPED_ARENA arena = arena_create();
        const char *word = danger_row(choices[i].danger)->word;
        const char *alone = arena_print(arena, GATEWAY("%s"), choices[i].setting).base;
        struct documents documents = reading_of(arena, alone);
        assert_int_equal(documents.mistake_count, 1);
        assert_int_equal(documents.mistakes[0].line, 7);
        assert_non_null(strstr(documents.mistakes[0].sentence.base,
                               arena_print(arena, "add \"%s\" to the list spec.insecure", word).base));
        assert_non_null(strstr(documents.mistakes[0].sentence.base, danger_row(choices[i].danger)->meaning));
        const char *both = arena_print(arena, "%s  insecure: [%s]\n", alone, word).base;
        const struct gateway_document *gateway = &reading_one(arena, both)->gateway;
        for (int other = DANGER_NONE + 1; other < DANGER_COUNT; other++)
            assert_int_equal(danger_is_chosen((enum danger)other, gateway), other == (int)choices[i].danger);
    }
}

static void are_all_tried_here(void **state)
{
    (void)state;
    for (int danger = DANGER_NONE + 1; danger < DANGER_COUNT; danger++) {
        bool is_tried = false;
        for (size_t i = 0; i < CHOICES; i++)
            is_tried |= choices[i].danger == (enum danger)danger;
        if (!is_tried)
            fail_msg("%s has no line in this test", danger_row((enum danger)danger)->word);
    }
}

static const struct reading_case cases[] = {
    {GATEWAY("  confinement:\n"
             "    enabled: false\n"),
     "f.yaml:8:14: spec.confinement.enabled: false is dangerous: whoever takes a worker over has every system "
     "call and every file of its user; if that is wanted, add \"workers-not-confined\" to the list "
     "spec.insecure\n"},
    {GATEWAY("  insecure: [workers-not-confined]\n"), "f.yaml:7:14: spec.insecure: \"workers-not-confined\" "
                                                      "stands for spec.confinement.enabled: false, which is "
                                                      "not chosen; take the word away\n"},
    {GATEWAY("  confinement: {enabled: false}\n"
             "  insecure: [worker-not-confined]\n"),
     "f.yaml:8:14: spec.insecure: expected the word of a dangerous choice, found \"worker-not-confined\"; did "
     "you mean \"workers-not-confined\"?\n"},
    {GATEWAY("  confinement: {enabled: false}\n"
             "  insecure: [workers-not-confined, workers-not-confined]\n"),
     "f.yaml:8:36: spec.insecure: \"workers-not-confined\" stands here twice\n"},
    /* A network of one's own, however large, and one of the two switches for clients. */
    {GATEWAY("  outbound: {allowAddresses: [10.0.0.0/8, 'fc00::/7']}\n"
             "  authorization: {clientMetadataDocuments: ['*']}\n"),
     ""},
    {GATEWAY("  authorization: {registration: true}\n"), ""},
    /* What could not be read is no choice. */
    {GATEWAY("  confinement: {enabled: no}\n"),
     "f.yaml:7:26: spec.confinement.enabled: expected true or false, found \"no\"\n"},
};

static void are_refused_with_a_sentence(void **state)
{
    (void)state;
    reading_assert_cases(cases, sizeof(cases) / sizeof(cases[0]), false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stand_only_beside_their_word),
        cmocka_unit_test(are_all_tried_here),
        cmocka_unit_test(are_refused_with_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
