/* A policy's head: principal, action and resource in this order, each free or held to entities, to a type or to
 * a slot. Cedar language reference, "Grammar": Principal, Action, Resource. Entities may stand in parentheses,
 * as the reference lets them. */
#include "syntax/policy_parser.h"

/* What one of the three may be held to. */
struct place {
    const char *variable, *slot; /* slot: NULL where there is none */
    bool is_action;
};

static const struct place places[] = {
    {"principal", "?principal", false}, {"action", NULL, true}, {"resource", "?resource", false}};

/* An action's type is Action, in any namespace. */
static bool is_action_type(struct text type)
{
    return text_is(type, "Action") || text_ends_with(type, TEXT("::Action"));
}

static const char *expected_target(const struct place *place, bool is_in_list)
{
    if (is_in_list)
        return "an action";
    return place->is_action ? "an action, as Action::\"name\"" : "an entity, as Type::\"name\", or a slot";
}

/* With parentheses around it, as many as there are. */
static unsigned open_parentheses(struct cedar_parser *parser)
{
    unsigned count = 0;
    while (cedar_parser_accept(parser, "("))
        count++;
    return count;
}

static enum fault close_parentheses(struct cedar_parser *parser, unsigned count)
{
    while (count-- > 0)
        TRY(cedar_parser_expect(parser, ")", "`)`"));
    return FAULT_NONE;
}

static enum fault parse_uid(struct cedar_parser *parser, const struct place *place, bool is_in_list,
                            struct cedar_uid *uid)
{
    uint32_t begin = parser->token.span.offset;
    bool goes_on;
    TRY(cedar_parse_path(parser, expected_target(place, is_in_list), &uid->type, &goes_on));
    if (!goes_on)
        return cedar_parser_fail(parser, cedar_parser_span_since(parser, begin),
                                 place->is_action ? TEXT_NONE : TEXT("A type is asked for with is."),
                                 "found a name where %s is expected", expected_target(place, is_in_list));
    TRY(cedar_parse_string(parser, "the entity's name as a string", &uid->id));
    if (place->is_action && !is_action_type(uid->type))
        return cedar_parser_fail(parser, cedar_parser_span_since(parser, begin),
                                 TEXT("The type of an action is Action, with or without a namespace."),
                                 "found another entity where an action is expected");
    return FAULT_NONE;
}

static enum fault parse_slot(struct cedar_parser *parser, const struct place *place, struct cedar_scope *scope)
{
    if (place->slot == NULL)
        return cedar_parser_fail(parser, parser->token.span, TEXT_NONE, "an action cannot be a slot");
    if (!cedar_parser_at(parser, place->slot))
        return cedar_parser_fail(parser, parser->token.span, TEXT_NONE,
                                 "found another slot where only %s can stand", place->slot);
    cedar_parser_advance(parser);
    scope->is_slot = true;
    return FAULT_NONE;
}

static void add_uid(struct cedar_parser *parser, struct cedar_uid **uids, size_t count, struct cedar_uid uid)
{
    if ((count & (count - 1)) == 0) { /* 0, 1, 2, 4, 8: full */
        struct cedar_uid *more = ARENA_ARRAY(parser->arena, struct cedar_uid, count == 0 ? 1 : count * 2);
        for (size_t i = 0; i < count; i++)
            more[i] = (*uids)[i];
        *uids = more;
    }
    (*uids)[count] = uid;
}

static enum fault parse_list(struct cedar_parser *parser, const struct place *place, struct cedar_scope *scope)
{
    struct cedar_uid *uids = NULL;
    while (!cedar_parser_accept(parser, "]")) {
        struct cedar_uid uid;
        unsigned parentheses = open_parentheses(parser);
        if (parser->token.kind == CEDAR_TOKEN_SLOT)
            return parse_slot(parser, place, scope);
        TRY(parse_uid(parser, place, true, &uid));
        TRY(close_parentheses(parser, parentheses));
        add_uid(parser, &uids, scope->uid_count++, uid);
        if (cedar_parser_accept(parser, ","))
            continue;
        TRY(cedar_parser_expect(parser, "]", "`,` or `]`"));
        break;
    }
    scope->uids = uids;
    return FAULT_NONE;
}

static enum fault parse_target(struct cedar_parser *parser, const struct place *place,
                               struct cedar_scope *scope)
{
    unsigned parentheses = open_parentheses(parser);
    if (parser->token.kind == CEDAR_TOKEN_SLOT)
        TRY(parse_slot(parser, place, scope));
    else if (cedar_parser_at(parser, "[")) {
        if (!place->is_action || scope->kind != CEDAR_SCOPE_IN)
            return cedar_parser_fail(parser, parser->token.span,
                                     TEXT("Several can be asked for in a when condition, with in [...]."),
                                     "found a set where one entity is expected");
        cedar_parser_advance(parser);
        TRY(parse_list(parser, place, scope));
    } else {
        struct cedar_uid *uid = ARENA_NEW(parser->arena, struct cedar_uid);
        TRY(parse_uid(parser, place, false, uid));
        scope->uids = uid;
        scope->uid_count = 1;
    }
    return close_parentheses(parser, parentheses);
}

static enum fault parse_is(struct cedar_parser *parser, const struct place *place, struct cedar_scope *scope)
{
    if (place->is_action)
        return cedar_parser_fail(parser, parser->token.span, TEXT("Name the actions with == or in."),
                                 "`is` cannot be said of an action in a policy's head");
    cedar_parser_advance(parser);
    TRY(cedar_parse_type(parser, &scope->type));
    scope->kind = CEDAR_SCOPE_IS;
    if (cedar_parser_at(parser, "=="))
        return cedar_parser_fail(parser, parser->token.span, TEXT("Write == alone: an entity has its type."),
                                 "`is` cannot be used together with `==`");
    if (!cedar_parser_accept(parser, "in"))
        return FAULT_NONE;
    scope->kind = CEDAR_SCOPE_IS_IN;
    return parse_target(parser, place, scope);
}

static enum fault parse_variable(struct cedar_parser *parser, const struct place *place)
{
    const char *const names[] = {place->variable, NULL};
    if (cedar_parser_accept(parser, place->variable))
        return FAULT_NONE;
    enum fault fault = cedar_parser_unexpected_word(parser, place->variable, names);
    if (parser->mistake->suggestion.length == 0)
        parser->mistake->suggestion = TEXT("A head is (principal, action, resource).");
    return fault;
}

static enum fault parse_scope(struct cedar_parser *parser, const struct place *place, struct cedar_scope *scope)
{
    uint32_t begin = parser->token.span.offset;
    TRY(parse_variable(parser, place));
    if (cedar_parser_at(parser, ":"))
        return cedar_parser_fail(parser, parser->token.span, TEXT("Write is and the type."),
                                 "a type is not written with `:` here");
    if (cedar_parser_at(parser, "is"))
        TRY(parse_is(parser, place, scope));
    else if (cedar_parser_accept(parser, "==")) {
        scope->kind = CEDAR_SCOPE_EQUAL;
        TRY(parse_target(parser, place, scope));
    } else if (cedar_parser_accept(parser, "in")) {
        scope->kind = CEDAR_SCOPE_IN;
        TRY(parse_target(parser, place, scope));
    }
    scope->span = cedar_parser_span_since(parser, begin);
    return FAULT_NONE;
}

/* What is not for the head is for a condition. */
static enum fault expect_after(struct cedar_parser *parser, const char *sign, const char *expected)
{
    static const char *const operators[] = {"&&", "||", "!=", "<", "<=", ">", ">=", "has", "like", ".", "and"};
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        if (cedar_parser_at(parser, operators[i]))
            return cedar_parser_fail(
                parser, parser->token.span, TEXT("Write it behind the head: when { ... }."),
                "found `%s` in a policy's head, where only ==, in and is can stand", operators[i]);
    return cedar_parser_expect(parser, sign, expected);
}

enum fault cedar_parse_scopes(struct cedar_parser *parser, struct cedar_policy *policy)
{
    TRY(cedar_parser_expect(parser, "(", "`(`"));
    TRY(parse_scope(parser, &places[0], &policy->principal));
    TRY(expect_after(parser, ",", "`,` and the action"));
    TRY(parse_scope(parser, &places[1], &policy->action));
    TRY(expect_after(parser, ",", "`,` and the resource"));
    TRY(parse_scope(parser, &places[2], &policy->resource));
    (void)cedar_parser_accept(parser, ",");
    TRY(expect_after(parser, ")", "`)`"));
    policy->is_template = policy->principal.is_slot || policy->resource.is_slot;
    return FAULT_NONE;
}
