/* Constructors and methods of decimals, addresses, datetimes and durations, as a policy calls them: what their
 * operands must be, and which function of cedar/extension.h answers. */
#include "cedar/extension.h"

#include "evaluator.h"

/* Arguments are cut as all that callers choose: what is wrong with one shows in its beginning or not at all. */
enum { SHOWN_ARGUMENT_MAX = 64 };

static enum cedar_kind kind_made_by(enum cedar_operation operation)
{
    switch (operation) {
    case CEDAR_MAKE_DECIMAL:
        return CEDAR_DECIMAL;
    case CEDAR_MAKE_IPADDR:
        return CEDAR_IPADDR;
    case CEDAR_MAKE_DATETIME:
        return CEDAR_DATETIME;
    default:
        return CEDAR_DURATION;
    }
}

static enum fault fail_argument(struct evaluation *evaluation, const struct cedar_expression *expression,
                                struct text argument, enum cedar_kind kind)
{
    SCOPED_BUFFER out = {0};
    if (argument.length <= SHOWN_ARGUMENT_MAX)
        cedar_string_print(argument, &out);
    else
        buffer_append(&out, TEXT("the argument"));
    const char *name = cedar_kind_name(kind);
    buffer_print(&out, " is not %s %s", kind == CEDAR_IPADDR ? "an" : "a", name);
    return fail_with(evaluation, expression->operands[0]->span,
                     arena_copy(evaluation->arena, buffer_text(&out)));
}

APPLY(apply_constructor)
{
    TRY(expect_kind(evaluation, expression->operands[0]->span, CEDAR_STRING, &operands[0]));
    struct text argument = operands[0].string;
    enum cedar_kind kind = kind_made_by(expression->operation);
    TRY(work_spend(evaluation, expression->span, work_of_bytes(argument.length)));
    if (!cedar_extension_parse(evaluation->arena, kind, argument, result))
        return fail_argument(evaluation, expression, argument, kind);
    return FAULT_NONE;
}

static enum fault expect_kinds(struct evaluation *evaluation, const struct cedar_expression *expression,
                               const struct cedar_value *operands, enum cedar_kind first,
                               enum cedar_kind second)
{
    TRY(expect_kind(evaluation, expression->operands[0]->span, first, &operands[0]));
    return expect_kind(evaluation, expression->operands[1]->span, second, &operands[1]);
}

APPLY(apply_decimal_order)
{
    TRY(expect_kinds(evaluation, expression, operands, CEDAR_DECIMAL, CEDAR_DECIMAL));
    int64_t a = operands[0].integer, b = operands[1].integer;
    switch (expression->operation) {
    case CEDAR_DECIMAL_LESS:
        *result = cedar_boolean(a < b);
        break;
    case CEDAR_DECIMAL_LESS_OR_EQUAL:
        *result = cedar_boolean(a <= b);
        break;
    case CEDAR_DECIMAL_GREATER:
        *result = cedar_boolean(a > b);
        break;
    default:
        *result = cedar_boolean(a >= b);
    }
    return FAULT_NONE;
}

APPLY(apply_ipaddr_test)
{
    TRY(expect_kind(evaluation, expression->operands[0]->span, CEDAR_IPADDR, &operands[0]));
    const struct cedar_ipaddr *ipaddr = operands[0].ipaddr;
    switch (expression->operation) {
    case CEDAR_IS_IPV4:
        *result = cedar_boolean(!ipaddr->is_ipv6);
        break;
    case CEDAR_IS_IPV6:
        *result = cedar_boolean(ipaddr->is_ipv6);
        break;
    case CEDAR_IS_LOOPBACK:
        *result = cedar_boolean(cedar_ipaddr_is_loopback(ipaddr));
        break;
    default:
        *result = cedar_boolean(cedar_ipaddr_is_multicast(ipaddr));
    }
    return FAULT_NONE;
}

APPLY(apply_in_range)
{
    TRY(expect_kinds(evaluation, expression, operands, CEDAR_IPADDR, CEDAR_IPADDR));
    *result = cedar_boolean(cedar_ipaddr_is_in_range(operands[0].ipaddr, operands[1].ipaddr));
    return FAULT_NONE;
}

/* --- datetimes and durations --- */

static struct cedar_value of_milliseconds(enum cedar_kind kind, int64_t milliseconds)
{
    return (struct cedar_value){.kind = kind, .integer = milliseconds};
}

static enum fault fail_range(struct evaluation *evaluation, const struct cedar_expression *expression,
                             const char *kind)
{
    return fail_with(evaluation, expression->span,
                     arena_print(evaluation->arena, "the result does not fit a %s", kind));
}

APPLY(apply_offset)
{
    int64_t datetime;
    TRY(expect_kinds(evaluation, expression, operands, CEDAR_DATETIME, CEDAR_DURATION));
    if (!cedar_datetime_offset(operands[0].integer, operands[1].integer, &datetime))
        return fail_range(evaluation, expression, "datetime");
    *result = of_milliseconds(CEDAR_DATETIME, datetime);
    return FAULT_NONE;
}

APPLY(apply_duration_since)
{
    int64_t duration;
    TRY(expect_kinds(evaluation, expression, operands, CEDAR_DATETIME, CEDAR_DATETIME));
    if (!cedar_datetime_since(operands[0].integer, operands[1].integer, &duration))
        return fail_range(evaluation, expression, "duration");
    *result = of_milliseconds(CEDAR_DURATION, duration);
    return FAULT_NONE;
}

APPLY(apply_datetime_part)
{
    int64_t midnight;
    TRY(expect_kind(evaluation, expression->operands[0]->span, CEDAR_DATETIME, &operands[0]));
    if (expression->operation == CEDAR_TO_TIME) {
        *result = of_milliseconds(CEDAR_DURATION, cedar_datetime_to_time(operands[0].integer));
        return FAULT_NONE;
    }
    if (!cedar_datetime_to_date(operands[0].integer, &midnight))
        return fail_range(evaluation, expression, "datetime");
    *result = of_milliseconds(CEDAR_DATETIME, midnight);
    return FAULT_NONE;
}

static int64_t milliseconds_in(enum cedar_operation unit)
{
    switch (unit) {
    case CEDAR_TO_DAYS:
        return 24 * 60 * 60 * 1000;
    case CEDAR_TO_HOURS:
        return 60 * 60 * 1000;
    case CEDAR_TO_MINUTES:
        return 60 * 1000;
    case CEDAR_TO_SECONDS:
        return 1000;
    default:
        return 1;
    }
}

/* Towards zero, as RFC 80 of Cedar has it. */
APPLY(apply_duration_unit)
{
    TRY(expect_kind(evaluation, expression->operands[0]->span, CEDAR_DURATION, &operands[0]));
    *result = cedar_long(operands[0].integer / milliseconds_in(expression->operation));
    return FAULT_NONE;
}
