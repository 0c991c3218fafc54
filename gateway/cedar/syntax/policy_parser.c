/* Policies: annotations, effect, head, conditions, semicolon. Cedar language reference, "Grammar": Policy. The
 * first mistake ends it: a text with one is no policies at all. */
#include "syntax/policy_parser.h"

#include <stdlib.h>

#include "syntax/expression_parser.h"

/* Parsed things of one kind until their number is known. */
struct list {
    char *items;
    size_t count, capacity;
};

static void *list_add(struct arena *arena, struct list *list, size_t size)
{
    if (list->count == list->capacity) {
        struct list more = {.count = list->count, .capacity = list->capacity == 0 ? 1 : list->capacity * 2};
        more.items = arena_allocate(arena, more.capacity * size);
        for (size_t i = 0; i < list->count * size; i++)
            more.items[i] = list->items[i];
        *list = more;
    }
    return list->items + list->count++ * size;
}

static int compare_annotations(const void *a, const void *b)
{
    const struct cedar_annotation *one = *(const struct cedar_annotation *const *)a,
                                  *other = *(const struct cedar_annotation *const *)b;
    int order = text_compare(one->name, other->name);
    return order != 0 ? order
                      : (one->span.offset > other->span.offset) - (one->span.offset < other->span.offset);
}

static enum fault refuse_doubles(struct cedar_parser *parser, const struct cedar_policy *policy)
{
    size_t count = policy->annotation_count;
    if (count < 2)
        return FAULT_NONE;
    const struct cedar_annotation **sorted = ARENA_ARRAY(parser->arena, const struct cedar_annotation *, count);
    for (size_t i = 0; i < count; i++)
        sorted[i] = &policy->annotations[i];
    qsort(sorted, count, sizeof *sorted, compare_annotations);
    for (size_t i = 1; i < count; i++)
        if (text_equal(sorted[i - 1]->name, sorted[i]->name))
            return cedar_parser_fail(parser, sorted[i]->span, TEXT_NONE,
                                     "an annotation of this name stands before this policy already");
    return FAULT_NONE;
}

/* Any name is an annotation's, keywords too. */
static enum fault parse_annotation(struct cedar_parser *parser, struct cedar_annotation *annotation)
{
    uint32_t begin = parser->token.span.offset;
    cedar_parser_advance(parser);
    if (parser->token.kind != CEDAR_TOKEN_NAME)
        return cedar_parser_unexpected(parser, "an annotation's name");
    annotation->name = cedar_parser_token_text(parser);
    annotation->value = TEXT("");
    cedar_parser_advance(parser);
    if (cedar_parser_accept(parser, "(")) {
        TRY(cedar_parse_string(parser, "the annotation's value as a string", &annotation->value));
        TRY(cedar_parser_expect(parser, ")", "`)`"));
    }
    annotation->span = cedar_parser_span_since(parser, begin);
    return FAULT_NONE;
}

static enum fault parse_annotations(struct cedar_parser *parser, struct cedar_policy *policy)
{
    struct list list = {.count = 0};
    while (cedar_parser_at(parser, "@"))
        TRY(parse_annotation(parser, list_add(parser->arena, &list, sizeof(struct cedar_annotation))));
    policy->annotations = (const struct cedar_annotation *)(void *)list.items;
    policy->annotation_count = list.count;
    return refuse_doubles(parser, policy);
}

static enum fault parse_effect(struct cedar_parser *parser, struct cedar_policy *policy)
{
    static const char *const effects[] = {"permit", "forbid", NULL};
    policy->is_forbid = cedar_parser_accept(parser, "forbid");
    if (policy->is_forbid || cedar_parser_accept(parser, "permit"))
        return FAULT_NONE;
    return cedar_parser_unexpected_word(parser, "`permit`, `forbid` or an annotation", effects);
}

static enum fault parse_condition(struct cedar_parser *parser, struct cedar_condition *condition)
{
    uint32_t begin = parser->token.span.offset;
    condition->is_unless = cedar_parser_at(parser, "unless");
    cedar_parser_advance(parser);
    TRY(cedar_parser_expect(parser, "{", "`{`"));
    if (cedar_parser_at(parser, "}"))
        return cedar_parser_fail(parser, parser->token.span, TEXT("Leave it out, or write { true }."),
                                 "a condition cannot be empty");
    TRY(cedar_parse_expression(parser, &condition->expression));
    TRY(cedar_parser_expect(parser, "}", "`}` or an operator"));
    condition->span = cedar_parser_span_since(parser, begin);
    return FAULT_NONE;
}

/* Behind a policy's last condition. */
static enum fault parse_end(struct cedar_parser *parser)
{
    static const char *const clauses[] = {"when", "unless", NULL};
    if (cedar_parser_accept(parser, ";"))
        return FAULT_NONE;
    if (parser->token.kind == CEDAR_TOKEN_END || cedar_parser_at(parser, "permit") ||
        cedar_parser_at(parser, "forbid") || cedar_parser_at(parser, "@"))
        return cedar_parser_missing(parser, "the `;` at the end of a policy", TEXT("Write ; here."));
    return cedar_parser_unexpected_word(parser, "`when`, `unless` or `;`", clauses);
}

static enum fault parse_conditions(struct cedar_parser *parser, struct cedar_policy *policy)
{
    struct list list = {.count = 0};
    while (cedar_parser_at(parser, "when") || cedar_parser_at(parser, "unless"))
        TRY(parse_condition(parser, list_add(parser->arena, &list, sizeof(struct cedar_condition))));
    policy->conditions = (const struct cedar_condition *)(void *)list.items;
    policy->condition_count = list.count;
    return parse_end(parser);
}

static enum fault parse_policy(struct cedar_parser *parser, struct cedar_policy *policy)
{
    uint32_t begin = parser->token.span.offset;
    policy->source = parser->source;
    TRY(parse_annotations(parser, policy));
    TRY(parse_effect(parser, policy));
    TRY(cedar_parse_scopes(parser, policy));
    TRY(parse_conditions(parser, policy));
    policy->span = cedar_parser_span_since(parser, begin);
    return FAULT_NONE;
}

enum fault cedar_policies_parse(struct arena *arena, struct text text, struct cedar_policy **policies,
                                size_t *count, struct cedar_mistake *mistake)
{
    struct cedar_parser parser;
    struct list list = {.count = 0};
    TRY(cedar_parser_begin(&parser, arena, text, mistake));
    while (parser.token.kind != CEDAR_TOKEN_END) {
        if (list.count == CEDAR_POLICIES_MAX)
            return cedar_parser_fail(&parser, parser.token.span, TEXT_NONE, "more than %d policies in one text",
                                     CEDAR_POLICIES_MAX);
        struct cedar_policy *policy = list_add(arena, &list, sizeof *policy);
        policy->id = arena_print(arena, "policy%zu", list.count - 1);
        TRY(parse_policy(&parser, policy));
    }
    *policies = (struct cedar_policy *)(void *)list.items;
    *count = list.count;
    return FAULT_NONE;
}

const struct text *cedar_policy_annotation(const struct cedar_policy *policy, const char *name)
{
    for (size_t i = 0; i < policy->annotation_count; i++)
        if (text_is(policy->annotations[i].name, name))
            return &policy->annotations[i].value;
    return NULL;
}
