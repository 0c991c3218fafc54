/* What went wrong in an evaluation, in a sentence for whoever wrote the policy. Names that callers choose are
 * shown escaped and only so far: thousands of policies may fail on the same one. */
#include "evaluator.h"

enum { SHOWN_BYTES_MAX = 256 };

enum fault fail_with(struct evaluation *evaluation, struct cedar_span span, struct text sentence)
{
    evaluation->span = span;
    evaluation->sentence = sentence;
    return FAULT_POLICY_ERROR;
}

static const char *article_of(const char *noun)
{
    return noun[0] == 'e' || noun[0] == 'i' ? "an" : "a";
}

enum fault fail_kind(struct evaluation *evaluation, struct cedar_span span, const char *expected,
                     const struct cedar_value *found)
{
    const char *name = cedar_kind_name(found->kind);
    return fail_with(
        evaluation, span,
        arena_print(evaluation->arena, "expected %s, found %s %s", expected, article_of(name), name));
}

enum fault expect_kind(struct evaluation *evaluation, struct cedar_span span, enum cedar_kind expected,
                       const struct cedar_value *found)
{
    if (found->kind == expected)
        return FAULT_NONE;
    const char *name = cedar_kind_name(expected);
    struct text with_article = arena_print(evaluation->arena, "%s %s", article_of(name), name);
    return fail_kind(evaluation, span, with_article.base, found);
}

static void show_uid(const struct cedar_uid *uid, struct buffer *out)
{
    const struct cedar_uid shown = {text_beginning(uid->type, SHOWN_BYTES_MAX),
                                    text_beginning(uid->id, SHOWN_BYTES_MAX)};
    cedar_uid_print(&shown, out);
    if (shown.id.length < uid->id.length)
        buffer_append(out, TEXT("..."));
}

static void show_string(struct text string, struct buffer *out)
{
    struct text shown = text_beginning(string, SHOWN_BYTES_MAX);
    cedar_string_print(shown, out);
    if (shown.length < string.length)
        buffer_append(out, TEXT("..."));
}

enum fault fail_entity(struct evaluation *evaluation, struct cedar_span span, const struct cedar_uid *uid)
{
    SCOPED_BUFFER out = {0};
    show_uid(uid, &out);
    buffer_append(&out, TEXT(" does not exist"));
    return fail_with(evaluation, span, arena_copy(evaluation->arena, buffer_text(&out)));
}

enum fault fail_missing(struct evaluation *evaluation, struct cedar_span span, const struct cedar_uid *uid,
                        const char *what, struct text name)
{
    SCOPED_BUFFER out = {0};
    if (uid != NULL)
        show_uid(uid, &out);
    else
        buffer_append(&out, TEXT("the record"));
    buffer_print(&out, " has no %s ", what);
    show_string(name, &out);
    return fail_with(evaluation, span, arena_copy(evaluation->arena, buffer_text(&out)));
}
