/* A second, independent parser (jansson) as an oracle: on generated documents, whole and damaged, both must
 * agree on whether they are JSON and on what they say. It is loaded at run time into a namespace of its own,
 * because it has functions of the same names as ours; where it is not installed the tests are skipped. */
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "json/json_value.h"
#include "json/json_writer.h"

enum { DOCUMENTS = 400, DAMAGES = 8 };
/* From the oracle's interface: refuse doubled names, take any value at the top. */
enum { ORACLE_FLAGS = 0x1 | 0x4 };

struct oracle_json;
static void *oracle;
static struct oracle_json *(*oracle_load)(const char *base, size_t length, size_t flags, void *error);
static int (*oracle_equal)(const struct oracle_json *a, const struct oracle_json *b);
static void (*oracle_delete)(struct oracle_json *value);

static int open_oracle(void **state)
{
    (void)state;
    oracle = dlopen("libjansson.so.4", RTLD_NOW | RTLD_LOCAL);
    if (oracle == NULL) {
        print_message("no oracle: %s\n", dlerror());
        return 0;
    }
    *(void **)&oracle_load = dlsym(oracle, "json_loadb");
    *(void **)&oracle_equal = dlsym(oracle, "json_equal");
    *(void **)&oracle_delete = dlsym(oracle, "json_delete");
    return oracle_load == NULL || oracle_equal == NULL || oracle_delete == NULL;
}

static int close_oracle(void **state)
{
    (void)state;
    return oracle == NULL ? 0 : dlclose(oracle);
}

/* A small generator with a fixed seed, so that a failure can be repeated. */
static uint64_t seed;

static unsigned pick(unsigned choices)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(seed >> 33) % choices;
}

static void write_string(struct buffer *out)
{
    static const char *const pieces[] = {"a",
                                         "Z",
                                         " ",
                                         "\\n",
                                         "\\\"",
                                         "\\\\",
                                         "\\/",
                                         "\\u0041",
                                         "\\u00e9",
                                         "\xc3\xa9",
                                         "\xe2\x82\xac",
                                         "\\ud83d\\ude00",
                                         "\\u20AC",
                                         "\xf0\x9f\x98\x80",
                                         "0",
                                         "\\b\\f\\r\\t",
                                         "{",
                                         "\x7f"};
    buffer_append_byte(out, '"');
    for (unsigned left = pick(12); left > 0; left--)
        buffer_append(out, text_of(pieces[pick(sizeof(pieces) / sizeof(pieces[0]))]));
    buffer_append_byte(out, '"');
}

static void write_space(struct buffer *out)
{
    static const char *const spaces[] = {"", "", "", " ", "\n", "\t", "\r\n"};
    buffer_append(out, text_of(spaces[pick(sizeof(spaces) / sizeof(spaces[0]))]));
}

static void write_value(struct buffer *out, unsigned depth);

static void write_container(struct buffer *out, unsigned depth, bool is_object)
{
    buffer_append_byte(out, is_object ? '{' : '[');
    unsigned count = pick(5);
    for (unsigned i = 0; i < count; i++) {
        write_space(out);
        if (is_object) {
            /* A number in front keeps the names different; the double is made by damage. */
            buffer_print(out, "\"%u", i);
            size_t quote = out->length;
            write_string(out);
            memmove(out->base + quote, out->base + quote + 1, out->length - quote - 1);
            out->length--;
            write_space(out);
            buffer_append_byte(out, ':');
        }
        write_value(out, depth + 1);
        if (i + 1 < count)
            buffer_append_byte(out, ',');
    }
    write_space(out);
    buffer_append_byte(out, is_object ? '}' : ']');
}

static void write_value(struct buffer *out, unsigned depth)
{
    static const char *const scalars[] = {"null", "true", "false", "0", "-7", "1.5", "2e3", "9007199254740991",
                                          "1E-2"};
    write_space(out);
    switch (pick(depth < 6 ? 4 : 2)) {
    case 0:
        buffer_append(out, text_of(scalars[pick(sizeof(scalars) / sizeof(scalars[0]))]));
        break;
    case 1:
        write_string(out);
        break;
    case 2:
        write_container(out, depth, true);
        break;
    default:
        write_container(out, depth, false);
        break;
    }
    write_space(out);
}

/* Whether the oracle reads the document, and, if it does, whether what we wrote back says the same to it. */
static void assert_agreement(struct text document)
{
    SCOPED_ARENA arena = arena_create();
    SCOPED_BUFFER ours = {0};
    const struct json_value *value = NULL;
    bool we_read = json_parse(arena, document, &json_limits_token, &value) == FAULT_NONE;
    struct oracle_json *theirs = oracle_load(document.base, document.length, ORACLE_FLAGS, NULL);
    if (we_read != (theirs != NULL))
        fail_msg("%s: %.*s", we_read ? "only we read it" : "only the oracle reads it",
                 TEXT_ARGUMENTS(document));
    if (!we_read)
        return;
    struct json_writer writer = json_writer_on(&ours);
    json_write_value(&writer, value);
    struct oracle_json *again = oracle_load(ours.base, ours.length, ORACLE_FLAGS, NULL);
    assert_non_null(again);
    if (!oracle_equal(theirs, again))
        fail_msg("%.*s became %.*s", TEXT_ARGUMENTS(document), TEXT_ARGUMENTS(buffer_text(&ours)));
    oracle_delete(theirs);
    oracle_delete(again);
}

static void agrees_on_generated_documents(void **state)
{
    (void)state;
    if (oracle == NULL)
        skip();
    seed = 1;
    for (int i = 0; i < DOCUMENTS; i++) {
        SCOPED_BUFFER document = {0};
        write_value(&document, 0);
        assert_agreement(buffer_text(&document));
    }
}

/* Cuts off, removes or replaces bytes. The replacements hold no digit and no zero byte: the oracle refuses
 * numbers out of its range, which we pass on as they are written, and takes a zero byte behind the value. */
static void damage(struct buffer *document)
{
    static const char replacements[] = "{}[],:\"\\ \n\t\f\v/#'+-.u\x01\x80\xc3\xed";
    size_t position = pick((unsigned)document->length);
    char *byte = document->base + position;
    switch (pick(3)) {
    case 0:
        document->length = position;
        break;
    case 1:
        memmove(byte, byte + 1, document->length - position - 1);
        document->length--;
        break;
    default:
        *byte = replacements[pick(sizeof(replacements) - 1)];
        break;
    }
}

static void agrees_on_damaged_documents(void **state)
{
    (void)state;
    if (oracle == NULL)
        skip();
    seed = 2;
    for (int i = 0; i < DOCUMENTS; i++) {
        SCOPED_BUFFER whole = {0};
        write_value(&whole, 0);
        for (int j = 0; j < DAMAGES; j++) {
            SCOPED_BUFFER damaged = {0};
            buffer_append(&damaged, buffer_text(&whole));
            for (unsigned times = 1 + pick(2); times > 0 && damaged.length > 0; times--)
                damage(&damaged);
            assert_agreement(buffer_text(&damaged));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_on_generated_documents),
        cmocka_unit_test(agrees_on_damaged_documents),
    };
    return cmocka_run_group_tests(tests, open_oracle, close_oracle);
}
