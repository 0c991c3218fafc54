/* The table of functions and methods, with how many arguments each takes. Cedar language reference,
 * "Operators". As in the reference, only the arguments of what is no extension are counted here: those of an
 * extension's calls are counted when they are evaluated, and by the validator. */
#include "syntax/call.h"

#include "cedar/extension.h"

struct callable {
    const char *name;
    enum cedar_operation operation;
    size_t argument_count; /* without the receiver */
};

static const struct callable functions[] = {
    {"ip", CEDAR_MAKE_IPADDR, 1},
    {"decimal", CEDAR_MAKE_DECIMAL, 1},
    {"datetime", CEDAR_MAKE_DATETIME, 1},
    {"duration", CEDAR_MAKE_DURATION, 1},
};

static const struct callable methods[] = {
    {"contains", CEDAR_CONTAINS, 1},
    {"containsAll", CEDAR_CONTAINS_ALL, 1},
    {"containsAny", CEDAR_CONTAINS_ANY, 1},
    {"isEmpty", CEDAR_IS_EMPTY, 0},
    {"getTag", CEDAR_GET_TAG, 1},
    {"hasTag", CEDAR_HAS_TAG, 1},
    {"lessThan", CEDAR_DECIMAL_LESS, 1},
    {"lessThanOrEqual", CEDAR_DECIMAL_LESS_OR_EQUAL, 1},
    {"greaterThan", CEDAR_DECIMAL_GREATER, 1},
    {"greaterThanOrEqual", CEDAR_DECIMAL_GREATER_OR_EQUAL, 1},
    {"isIpv4", CEDAR_IS_IPV4, 0},
    {"isIpv6", CEDAR_IS_IPV6, 0},
    {"isLoopback", CEDAR_IS_LOOPBACK, 0},
    {"isMulticast", CEDAR_IS_MULTICAST, 0},
    {"isInRange", CEDAR_IS_IN_RANGE, 1},
    {"offset", CEDAR_OFFSET, 1},
    {"durationSince", CEDAR_DURATION_SINCE, 1},
    {"toDate", CEDAR_TO_DATE, 0},
    {"toTime", CEDAR_TO_TIME, 0},
    {"toMilliseconds", CEDAR_TO_MILLISECONDS, 0},
    {"toSeconds", CEDAR_TO_SECONDS, 0},
    {"toMinutes", CEDAR_TO_MINUTES, 0},
    {"toHours", CEDAR_TO_HOURS, 0},
    {"toDays", CEDAR_TO_DAYS, 0},
};

enum {
    FUNCTION_COUNT = sizeof functions / sizeof functions[0],
    METHOD_COUNT = sizeof methods / sizeof methods[0]
};

static const struct callable *find(const struct callable *table, size_t count, struct text name)
{
    for (size_t i = 0; i < count; i++)
        if (text_is(name, table[i].name))
            return &table[i];
    return NULL;
}

static struct text nearest_of(const struct cedar_parser *parser, const struct callable *table, size_t count,
                              struct text name)
{
    const char *names[METHOD_COUNT + 1];
    for (size_t i = 0; i < count; i++)
        names[i] = table[i].name;
    names[count] = NULL;
    return cedar_parser_did_you_mean(parser, name, names);
}

static bool is_extension(enum cedar_operation operation)
{
    return operation >= CEDAR_MAKE_DECIMAL;
}

/* What a call is whose operands are of the wrong number. */
static enum fault build_miscall(struct cedar_parser *parser, struct cedar_span span,
                                const struct callable *callable, const struct cedar_operands *operands,
                                size_t given, const struct cedar_expression **built)
{
    struct cedar_expression draft = {.operation = CEDAR_MISCALL, .span = span, .name = text_of(callable->name)};
    if (is_extension(callable->operation))
        return cedar_build(parser, draft, operands, built);
    return cedar_parser_fail(parser, span, TEXT_NONE, "%s takes %zu argument%s, and %zu %s given",
                             callable->name, callable->argument_count, callable->argument_count == 1 ? "" : "s",
                             given, given == 1 ? "is" : "are");
}

static enum cedar_kind kind_made_by(enum cedar_operation constructor)
{
    switch (constructor) {
    case CEDAR_MAKE_IPADDR:
        return CEDAR_IPADDR;
    case CEDAR_MAKE_DECIMAL:
        return CEDAR_DECIMAL;
    case CEDAR_MAKE_DATETIME:
        return CEDAR_DATETIME;
    default:
        return CEDAR_DURATION;
    }
}

enum fault cedar_build_function_call(struct cedar_parser *parser, struct cedar_span span,
                                     struct cedar_span name, const struct cedar_operands *arguments,
                                     const struct cedar_expression **built)
{
    struct text written = cedar_span_text(parser->source, name);
    const struct callable *function = find(functions, FUNCTION_COUNT, written);
    if (function == NULL && find(methods, METHOD_COUNT, written) != NULL)
        return cedar_parser_fail(parser, name,
                                 arena_print(parser->arena, "Write it behind its first argument: x.%.*s(...).",
                                             TEXT_ARGUMENTS(written)),
                                 "%.*s is a method, not a function", TEXT_ARGUMENTS(written));
    if (function == NULL)
        return cedar_parser_fail(parser, name, nearest_of(parser, functions, FUNCTION_COUNT, written),
                                 "there is no function %.*s", TEXT_ARGUMENTS(written));
    if (arguments->count != function->argument_count)
        return build_miscall(parser, span, function, arguments, arguments->count, built);
    const struct cedar_expression *argument = arguments->items[0];
    struct cedar_value value;
    if (argument->operation == CEDAR_LITERAL && argument->literal.kind == CEDAR_STRING &&
        cedar_extension_parse(parser->arena, kind_made_by(function->operation), argument->literal.string,
                              &value))
        return cedar_build_literal(parser, span, value, built);
    struct cedar_expression draft = {.operation = function->operation, .span = span};
    return cedar_build(parser, draft, arguments, built);
}

enum fault cedar_build_method_call(struct cedar_parser *parser, struct cedar_span span, struct cedar_span name,
                                   const struct cedar_operands *arguments,
                                   const struct cedar_expression **built)
{
    struct text written = cedar_span_text(parser->source, name);
    const struct callable *method = find(methods, METHOD_COUNT, written);
    if (method == NULL && find(functions, FUNCTION_COUNT, written) != NULL)
        return cedar_parser_fail(parser, name,
                                 arena_print(parser->arena, "Write it as %.*s(...).", TEXT_ARGUMENTS(written)),
                                 "%.*s is a function, not a method", TEXT_ARGUMENTS(written));
    if (method == NULL)
        return cedar_parser_fail(parser, name, nearest_of(parser, methods, METHOD_COUNT, written),
                                 "there is no method %.*s", TEXT_ARGUMENTS(written));
    if (arguments->count - 1 != method->argument_count)
        return build_miscall(parser, span, method, arguments, arguments->count - 1, built);
    struct cedar_expression draft = {.operation = method->operation, .span = span};
    return cedar_build(parser, draft, arguments, built);
}
