/* Policies and expressions for tests of the parser: parsed, or refused with what is said of it; trees as text.
 */
#ifndef SYNTAX_FIXTURE_H
#define SYNTAX_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cedar/policy.h"

static struct arena *arena;
static struct cedar_mistake mistake; /* the last one */

static inline int make_arena(void **state)
{
    (void)state;
    arena = arena_create();
    return 0;
}

static inline int free_arena(void **state)
{
    (void)state;
    arena_destroy(arena);
    return 0;
}

static inline const char *operation_name(enum cedar_operation operation)
{
    static const char *const names[CEDAR_OPERATION_COUNT] = {[CEDAR_PRINCIPAL] = "principal",
                                                             [CEDAR_ACTION] = "action",
                                                             [CEDAR_RESOURCE] = "resource",
                                                             [CEDAR_CONTEXT] = "context",
                                                             [CEDAR_NOT] = "!",
                                                             [CEDAR_NEGATE] = "neg",
                                                             [CEDAR_AND] = "&&",
                                                             [CEDAR_OR] = "||",
                                                             [CEDAR_IF] = "if",
                                                             [CEDAR_EQUAL] = "==",
                                                             [CEDAR_NOT_EQUAL] = "!=",
                                                             [CEDAR_LESS] = "<",
                                                             [CEDAR_LESS_OR_EQUAL] = "<=",
                                                             [CEDAR_GREATER] = ">",
                                                             [CEDAR_GREATER_OR_EQUAL] = ">=",
                                                             [CEDAR_ADD] = "+",
                                                             [CEDAR_SUBTRACT] = "-",
                                                             [CEDAR_MULTIPLY] = "*",
                                                             [CEDAR_IN] = "in",
                                                             [CEDAR_IS] = "is",
                                                             [CEDAR_LIKE] = "like",
                                                             [CEDAR_HAS] = "has",
                                                             [CEDAR_GET] = "get",
                                                             [CEDAR_MAKE_SET] = "set",
                                                             [CEDAR_MAKE_RECORD] = "record",
                                                             [CEDAR_MISCALL] = "miscall"};
    return names[operation] != NULL ? names[operation] : "call";
}

/* "(&& (has context a) true)"; literals as their source. */
static inline void print_tree(const struct cedar_expression *tree, struct buffer *out)
{
    if (tree->operation == CEDAR_LITERAL) {
        cedar_value_print(&tree->literal, out);
        return;
    }
    const char *name = operation_name(tree->operation);
    if (tree->operation <= CEDAR_CONTEXT) {
        buffer_print(out, "%s", name);
        return;
    }
    buffer_print(out, "(%s", name);
    for (size_t i = 0; i < tree->operand_count; i++) {
        buffer_print(out, " ");
        if (tree->names != NULL)
            buffer_print(out, "%.*s:", TEXT_ARGUMENTS(tree->names[i]));
        print_tree(tree->operands[i], out);
    }
    if (tree->name.base != NULL)
        buffer_print(out, " %.*s", TEXT_ARGUMENTS(tree->name));
    for (size_t i = 0; i < tree->pattern.count; i++)
        buffer_print(out, "%s%.*s", i == 0 ? " " : "~", TEXT_ARGUMENTS(tree->pattern.parts[i]));
    buffer_print(out, ")");
}

static inline const struct cedar_expression *expression_of(const char *source)
{
    const struct cedar_expression *expression = NULL;
    if (cedar_expression_parse(arena, text_of(source), &expression, &mistake) != FAULT_NONE)
        fail_msg("%s: %.*s", source, TEXT_ARGUMENTS(mistake.sentence));
    return expression;
}

static inline const char *tree_of(const char *source)
{
    struct buffer out = buffer_in(arena, 256);
    print_tree(expression_of(source), &out);
    buffer_append_byte(&out, '\0');
    return buffer_text(&out).base;
}

#define assert_tree(source, tree) assert_string_equal(tree_of(source), (tree))

static inline void assert_said(const char *source, size_t offset, size_t length, const char *words)
{
    if (strstr(mistake.sentence.base, words) == NULL)
        fail_msg("%s: said \"%s\", not \"%s\"", source, mistake.sentence.base, words);
    if (mistake.span.offset != offset || mistake.span.length != length)
        fail_msg("%s: said \"%s\" of %u+%u", source, mistake.sentence.base, mistake.span.offset,
                 mistake.span.length);
}

/* The mistake is at an offset, and its sentence has the words in it. */
static inline void assert_refused(const char *source, size_t offset, size_t length, const char *words)
{
    const struct cedar_expression *expression = NULL;
    if (cedar_expression_parse(arena, text_of(source), &expression, &mistake) != FAULT_POLICY_INVALID)
        fail_msg("%s is accepted", source);
    assert_said(source, offset, length, words);
}

static inline void assert_suggested(const char *suggestion)
{
    assert_string_equal(mistake.suggestion.base, suggestion);
}

static inline struct cedar_policy *policies_of(const char *source, size_t expected)
{
    struct cedar_policy *policies = NULL;
    size_t count = 0;
    if (cedar_policies_parse(arena, text_of(source), &policies, &count, &mistake) != FAULT_NONE)
        fail_msg("%s: %.*s", source, TEXT_ARGUMENTS(mistake.sentence));
    assert_int_equal(count, expected);
    return policies;
}

static inline void assert_policy_refused(const char *source, size_t offset, size_t length, const char *words)
{
    struct cedar_policy *policies = NULL;
    size_t count = 0;
    if (cedar_policies_parse(arena, text_of(source), &policies, &count, &mistake) != FAULT_POLICY_INVALID)
        fail_msg("%s is accepted", source);
    assert_said(source, offset, length, words);
}

#endif
