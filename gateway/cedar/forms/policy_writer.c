/* Policies and sets of them in Cedar's JSON policy format. */
#include "cedar/policy_set.h"
#include "forms/expression_forms.h"

static void write_uid(const struct cedar_uid *uid, struct json_writer *writer)
{
    json_begin_object(writer);
    json_member_text(writer, "type", uid->type);
    json_member_text(writer, "id", uid->id);
    json_end_object(writer);
}

static void write_target(const struct cedar_scope *scope, const char *slot, struct json_writer *writer)
{
    if (scope->is_slot) {
        json_member_text(writer, "slot", text_of(slot));
        return;
    }
    json_name(writer, TEXT("entity"));
    write_uid(&scope->uids[0], writer);
}

static void write_actions(const struct cedar_scope *scope, struct json_writer *writer)
{
    json_name(writer, TEXT("entities"));
    json_begin_array(writer);
    for (size_t i = 0; i < scope->uid_count; i++)
        write_uid(&scope->uids[i], writer);
    json_end_array(writer);
}

static void write_type(const struct cedar_scope *scope, const char *slot, struct json_writer *writer)
{
    json_member_text(writer, "entity_type", scope->type);
    if (scope->kind == CEDAR_SCOPE_IS)
        return;
    json_name(writer, TEXT("in"));
    json_begin_object(writer);
    write_target(scope, slot, writer);
    json_end_object(writer);
}

static void write_scope(const char *name, const char *slot, const struct cedar_scope *scope,
                        struct json_writer *writer)
{
    static const char *const operators[] = {[CEDAR_SCOPE_ANY] = "All",
                                            [CEDAR_SCOPE_EQUAL] = "==",
                                            [CEDAR_SCOPE_IN] = "in",
                                            [CEDAR_SCOPE_IS] = "is",
                                            [CEDAR_SCOPE_IS_IN] = "is"};
    json_name(writer, text_of(name));
    json_begin_object(writer);
    json_member_text(writer, "op", text_of(operators[scope->kind]));
    if (scope->kind == CEDAR_SCOPE_IS || scope->kind == CEDAR_SCOPE_IS_IN)
        write_type(scope, slot, writer);
    else if (scope->kind == CEDAR_SCOPE_IN && !scope->is_slot && scope->uid_count != 1)
        write_actions(scope, writer);
    else if (scope->kind != CEDAR_SCOPE_ANY)
        write_target(scope, slot, writer);
    json_end_object(writer);
}

static void write_conditions(const struct cedar_policy *policy, struct json_writer *writer)
{
    json_name(writer, TEXT("conditions"));
    json_begin_array(writer);
    for (size_t i = 0; i < policy->condition_count; i++) {
        json_begin_object(writer);
        json_member_text(writer, "kind", policy->conditions[i].is_unless ? TEXT("unless") : TEXT("when"));
        json_name(writer, TEXT("body"));
        expression_write(policy->conditions[i].expression, writer);
        json_end_object(writer);
    }
    json_end_array(writer);
}

void cedar_policy_write(const struct cedar_policy *policy, struct json_writer *writer)
{
    json_begin_object(writer);
    json_member_text(writer, "effect", policy->is_forbid ? TEXT("forbid") : TEXT("permit"));
    write_scope("principal", "?principal", &policy->principal, writer);
    write_scope("action", NULL, &policy->action, writer);
    write_scope("resource", "?resource", &policy->resource, writer);
    write_conditions(policy, writer);
    if (policy->annotation_count != 0) {
        json_name(writer, TEXT("annotations"));
        json_begin_object(writer);
        for (size_t i = 0; i < policy->annotation_count; i++) {
            json_name(writer, policy->annotations[i].name);
            json_write_text(writer, policy->annotations[i].value);
        }
        json_end_object(writer);
    }
    json_end_object(writer);
}

static void write_named(const char *name, const struct cedar_policy_set *set, bool is_template,
                        struct json_writer *writer)
{
    json_name(writer, text_of(name));
    json_begin_object(writer);
    for (size_t i = 0; i < set->count; i++) {
        if (set->policies[i].is_template != is_template)
            continue;
        json_name(writer, set->policies[i].id);
        cedar_policy_write(&set->policies[i], writer);
    }
    json_end_object(writer);
}

static void write_link(const struct cedar_link *link, struct json_writer *writer)
{
    json_begin_object(writer);
    json_member_text(writer, "templateId", link->template_id);
    json_member_text(writer, "newId", link->id);
    json_name(writer, TEXT("values"));
    json_begin_object(writer);
    if (link->principal != NULL) {
        json_name(writer, TEXT("?principal"));
        write_uid(link->principal, writer);
    }
    if (link->resource != NULL) {
        json_name(writer, TEXT("?resource"));
        write_uid(link->resource, writer);
    }
    json_end_object(writer);
    json_end_object(writer);
}

void cedar_policy_set_write(const struct cedar_policy_set *set, struct json_writer *writer)
{
    json_begin_object(writer);
    write_named("staticPolicies", set, false, writer);
    write_named("templates", set, true, writer);
    json_name(writer, TEXT("templateLinks"));
    json_begin_array(writer);
    for (size_t i = 0; i < set->link_count; i++)
        write_link(&set->links[i], writer);
    json_end_array(writer);
    json_end_object(writer);
}
