/* The table of functions and methods, with how many arguments each takes. Cedar language reference,
 * "Operators". As in the reference, only the arguments of what is no extension are counted here: those of an
 * extension's calls are counted when they are evaluated, and by the validator. */
#include "syntax/call.h"

#include "cedar/extension.h"

static const struct cedar_callable functions[] = {
    {"ip", CEDAR_MAKE_IPADDR, 1, false},
    {"decimal", CEDAR_MAKE_DECIMAL, 1, false},
    {"datetime", CEDAR_MAKE_DATETIME, 1, false},
    {"duration", CEDAR_MAKE_DURATION, 1, false},
};

static const struct cedar_callable methods[] = {
    {"contains", CEDAR_CONTAINS, 1, true},
    {"containsAll", CEDAR_CONTAINS_ALL, 1, true},
    {"containsAny", CEDAR_CONTAINS_ANY, 1, true},
    {"isEmpty", CEDAR_IS_EMPTY, 0, true},
    {"getTag", CEDAR_GET_TAG, 1, true},
    {"hasTag", CEDAR_HAS_TAG, 1, true},
    {"lessThan", CEDAR_DECIMAL_LESS, 1, true},
    {"lessThanOrEqual", CEDAR_DECIMAL_LESS_OR_EQUAL, 1, true},
    {"greaterThan", CEDAR_DECIMAL_GREATER, 1, true},
    {"greaterThanOrEqual", CEDAR_DECIMAL_GREATER_OR_EQUAL, 1, true},
    {"isIpv4", CEDAR_IS_IPV4, 0, true},
    {"isIpv6", CEDAR_IS_IPV6, 0, true},
    {"isLoopback", CEDAR_IS_LOOPBACK, 0, true},
    {"isMulticast", CEDAR_IS_MULTICAST, 0, true},
    {"isInRange", CEDAR_IS_IN_RANGE, 1, true},
    {"offset", CEDAR_OFFSET, 1, true},
    {"durationSince", CEDAR_DURATION_SINCE, 1, true},
    {"toDate", CEDAR_TO_DATE, 0, true},
    {"toTime", CEDAR_TO_TIME, 0, true},
    {"toMilliseconds", CEDAR_TO_MILLISECONDS, 0, true},
    {"toSeconds", CEDAR_TO_SECONDS, 0, true},
    {"toMinutes", CEDAR_TO_MINUTES, 0, true},
    {"toHours", CEDAR_TO_HOURS, 0, true},
    {"toDays", CEDAR_TO_DAYS, 0, true},
};

enum {
    FUNCTION_COUNT = sizeof functions / sizeof functions[0],
    METHOD_COUNT = sizeof methods / sizeof methods[0]
};

static const struct cedar_callable *find(const struct cedar_callable *table, size_t count, struct text name)
{
    for (size_t i = 0; i < count; i++)
        if (text_is(name, table[i].name))
            return &table[i];
    return NULL;
}

static struct text nearest_of(const struct cedar_parser *parser, const struct cedar_callable *table,
                              size_t count, struct text name)
{
    const char *names[METHOD_COUNT + 1];
    for (size_t i = 0; i < count; i++)
        names[i] = table[i].name;
    names[count] = NULL;
    return cedar_parser_did_you_mean(parser, name, names);
}

const struct cedar_callable *cedar_callable_named(struct text name)
{
    const struct cedar_callable *function = find(functions, FUNCTION_COUNT, name);
    return function != NULL ? function : find(methods, METHOD_COUNT, name);
}

const struct cedar_callable *cedar_callable_of(enum cedar_operation operation)
{
    for (size_t i = 0; i < FUNCTION_COUNT; i++)
        if (functions[i].operation == operation)
            return &functions[i];
    for (size_t i = 0; i < METHOD_COUNT; i++)
        if (methods[i].operation == operation)
            return &methods[i];
    return NULL;
}

bool cedar_callable_is_extension(const struct cedar_callable *callable)
{
    return callable->operation >= CEDAR_MAKE_DECIMAL;
}

/* What a call is whose operands are of the wrong number. */
static enum fault build_miscall(struct cedar_parser *parser, struct cedar_span span,
                                const struct cedar_callable *callable, const struct cedar_operands *operands,
                                const struct cedar_expression **built)
{
    struct cedar_expression draft = {.operation = CEDAR_MISCALL, .span = span, .name = text_of(callable->name)};
    size_t given = operands->count - callable->is_method;
    if (cedar_callable_is_extension(callable))
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

/* A constructor of a string is the value it makes of it; of one it refuses, an error when it is evaluated. */
static bool is_constant(struct cedar_parser *parser, const struct cedar_callable *callable,
                        const struct cedar_operands *operands, struct cedar_value *value)
{
    const struct cedar_expression *argument = operands->items[0];
    return !callable->is_method && argument->operation == CEDAR_LITERAL &&
           argument->literal.kind == CEDAR_STRING &&
           cedar_extension_parse(parser->arena, kind_made_by(callable->operation), argument->literal.string,
                                 value);
}

enum fault cedar_build_call(struct cedar_parser *parser, struct cedar_span span,
                            const struct cedar_callable *callable, const struct cedar_operands *operands,
                            const struct cedar_expression **built)
{
    struct cedar_value value;
    if (operands->count != callable->argument_count + callable->is_method)
        return build_miscall(parser, span, callable, operands, built);
    if (is_constant(parser, callable, operands, &value))
        return cedar_build_literal(parser, span, value, built);
    struct cedar_expression draft = {.operation = callable->operation, .span = span};
    return cedar_build(parser, draft, operands, built);
}

enum fault cedar_build_function_call(struct cedar_parser *parser, struct cedar_span span,
                                     struct cedar_span name, const struct cedar_operands *arguments,
                                     const struct cedar_expression **built)
{
    struct text written = cedar_span_text(parser->source, name);
    const struct cedar_callable *function = find(functions, FUNCTION_COUNT, written);
    if (function == NULL && find(methods, METHOD_COUNT, written) != NULL)
        return cedar_parser_fail(parser, name,
                                 arena_print(parser->arena, "Write it behind its first argument: x.%.*s(...).",
                                             TEXT_ARGUMENTS(written)),
                                 "%.*s is a method, not a function", TEXT_ARGUMENTS(written));
    if (function == NULL)
        return cedar_parser_fail(parser, name, nearest_of(parser, functions, FUNCTION_COUNT, written),
                                 "there is no function %.*s", TEXT_ARGUMENTS(written));
    return cedar_build_call(parser, span, function, arguments, built);
}

enum fault cedar_build_method_call(struct cedar_parser *parser, struct cedar_span span, struct cedar_span name,
                                   const struct cedar_operands *arguments,
                                   const struct cedar_expression **built)
{
    struct text written = cedar_span_text(parser->source, name);
    const struct cedar_callable *method = find(methods, METHOD_COUNT, written);
    if (method == NULL && find(functions, FUNCTION_COUNT, written) != NULL)
        return cedar_parser_fail(parser, name,
                                 arena_print(parser->arena, "Write it as %.*s(...).", TEXT_ARGUMENTS(written)),
                                 "%.*s is a function, not a method", TEXT_ARGUMENTS(written));
    if (method == NULL)
        return cedar_parser_fail(parser, name, nearest_of(parser, methods, METHOD_COUNT, written),
                                 "there is no method %.*s", TEXT_ARGUMENTS(written));
    return cedar_build_call(parser, span, method, arguments, built);
}
