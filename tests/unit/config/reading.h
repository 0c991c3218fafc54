/* What the tests of this room share: reading documents from a text and comparing every mistake. */
#ifndef TESTS_UNIT_CONFIG_READING_H
#define TESTS_UNIT_CONFIG_READING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h> /* after what it needs */

#include "config/documents.h"

struct reading_case {
    const char *content;
    const char *mistakes; /* as documents_print_mistakes prints them */
};

/* A gateway that every complete set needs. */
#define READING_GATEWAY                                                                                        \
    "kind: Gateway\n"                                                                                          \
    "metadata: {name: gateway}\n"                                                                              \
    "spec: {issuer: https://gateway.example, tls: {certificateFile: a, keyFile: b}, sealing: {keyFile: k}}\n"

static inline void reading_assert_mistakes(const struct documents *documents, const char *expected)
{
    SCOPED_BUFFER out = {0};
    documents_print_mistakes(documents, &out);
    buffer_append_byte(&out, '\0');
    assert_string_equal(out.base, expected);
}

static inline struct documents reading_of(struct arena *arena, const char *content)
{
    struct documents documents;
    documents_init(&documents, arena);
    documents_read(&documents, TEXT("f.yaml"), text_of(content));
    return documents;
}

/* The only document of a text without mistakes. */
static inline const struct document *reading_one(struct arena *arena, const char *content)
{
    struct documents documents = reading_of(arena, content);
    reading_assert_mistakes(&documents, "");
    assert_int_equal(documents.count, 1);
    return documents.items[0];
}

static inline void reading_assert_cases(const struct reading_case *cases, size_t count, bool checks_references)
{
    for (size_t i = 0; i < count; i++) {
        SCOPED_ARENA arena = arena_create();
        struct documents documents = reading_of(arena, cases[i].content);
        if (checks_references)
            documents_check_references(&documents);
        reading_assert_mistakes(&documents, cases[i].mistakes);
    }
}

#endif
