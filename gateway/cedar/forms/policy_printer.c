/* Policies as Cedar source: annotations, the head, conditions. Cedar language reference, "Grammar": Policy. */
#include "cedar/policy.h"

static void print_target(const struct cedar_scope *scope, const char *variable, struct buffer *out)
{
    if (scope->is_slot)
        buffer_print(out, "?%s", variable);
    else
        cedar_uid_print(&scope->uids[0], out);
}

static void print_actions(const struct cedar_scope *scope, struct buffer *out)
{
    buffer_append_byte(out, '[');
    for (size_t i = 0; i < scope->uid_count; i++) {
        buffer_append(out, i == 0 ? TEXT_NONE : TEXT(", "));
        cedar_uid_print(&scope->uids[i], out);
    }
    buffer_append_byte(out, ']');
}

static void print_scope(const struct cedar_scope *scope, const char *variable, struct buffer *out)
{
    buffer_append(out, text_of(variable));
    switch (scope->kind) {
    case CEDAR_SCOPE_ANY:
        break;
    case CEDAR_SCOPE_EQUAL:
        buffer_append(out, TEXT(" == "));
        print_target(scope, variable, out);
        break;
    case CEDAR_SCOPE_IN:
        buffer_append(out, TEXT(" in "));
        if (scope->is_slot || scope->uid_count == 1)
            print_target(scope, variable, out);
        else
            print_actions(scope, out);
        break;
    case CEDAR_SCOPE_IS:
    case CEDAR_SCOPE_IS_IN:
        buffer_print(out, " is %.*s", TEXT_ARGUMENTS(scope->type));
        if (scope->kind == CEDAR_SCOPE_IS)
            break;
        buffer_append(out, TEXT(" in "));
        print_target(scope, variable, out);
        break;
    }
}

static void print_annotation(const struct cedar_annotation *annotation, struct buffer *out)
{
    buffer_print(out, "@%.*s", TEXT_ARGUMENTS(annotation->name));
    if (annotation->value.length != 0) {
        buffer_append_byte(out, '(');
        cedar_string_print(annotation->value, out);
        buffer_append_byte(out, ')');
    }
    buffer_append_byte(out, '\n');
}

void cedar_policy_print(const struct cedar_policy *policy, struct buffer *out)
{
    for (size_t i = 0; i < policy->annotation_count; i++)
        print_annotation(&policy->annotations[i], out);
    buffer_append(out, policy->is_forbid ? TEXT("forbid(") : TEXT("permit("));
    print_scope(&policy->principal, "principal", out);
    buffer_append(out, TEXT(", "));
    print_scope(&policy->action, "action", out);
    buffer_append(out, TEXT(", "));
    print_scope(&policy->resource, "resource", out);
    buffer_append_byte(out, ')');
    for (size_t i = 0; i < policy->condition_count; i++) {
        buffer_append(out, policy->conditions[i].is_unless ? TEXT("\nunless { ") : TEXT("\nwhen { "));
        cedar_expression_print(policy->conditions[i].expression, out);
        buffer_append(out, TEXT(" }"));
    }
    buffer_append_byte(out, ';');
}
