/* Sets of policies from Cedar's JSON, and the links of templates in both forms they are written in: in a set,
 * and in the file of Cedar's command line. */
#include "cedar/document.h"
#include "cedar/policy_set.h"
#include "document/document_value.h"
#include "forms/expression_forms.h"

const struct json_limits cedar_policy_limits = {
    .bytes = 8 * 1024 * 1024, .depth = 2 * CEDAR_DEPTH_MAX + 16, .members = 1024 * 1024, .takes_nul = true};

/* The names of a link's members. */
struct link_form {
    const char *names[3]; /* the template, the policy made of it, the entities */
    bool is_text;         /* an entity is User::"alice" in a string */
};

static const struct link_form set_form = {{"templateId", "newId", "values"}, false},
                              file_form = {{"template_id", "link_id", "args"}, true};

static enum fault read_name(const struct document_reading *reading, const struct document_place *place,
                            const struct json_value *link, const char *member, struct text *name)
{
    const struct json_value *json = json_member(link, text_of(member));
    struct document_place here = {.outer = place, .name = text_of(member)};
    if (!json_is_string(json))
        return document_refuse(reading, &here, "a string is expected, there is %s.", document_kind(json));
    *name = arena_copy(reading->arena, json->text);
    return FAULT_NONE;
}

static enum fault read_value(const struct document_reading *reading, const struct document_place *place,
                             const struct link_form *form, const struct json_value *json,
                             const struct cedar_uid **value)
{
    struct cedar_uid *uid = ARENA_NEW(reading->arena, struct cedar_uid);
    *value = uid;
    if (!form->is_text)
        return document_uid(reading, place, json, uid);
    if (json_is_string(json) && cedar_uid_parse(reading->arena, json->text, uid))
        return FAULT_NONE;
    return document_refuse(reading, place, "an entity is expected, as 'User::\"alice\"'.");
}

static enum fault read_values(const struct document_reading *reading, const struct document_place *place,
                              const struct link_form *form, const struct json_value *json,
                              struct cedar_link *link)
{
    static const char *const slots[] = {"?principal", "?resource"};
    if (json == NULL || json->kind != JSON_OBJECT)
        return document_refuse(reading, place, "an object is expected, there is %s.", document_kind(json));
    TRY(document_members_known(reading, place, json, slots, 2));
    for (const struct json_value *member = json->first; member != NULL; member = member->next) {
        struct document_place here = {.outer = place, .name = member->name};
        TRY(read_value(reading, &here, form, member,
                       text_is(member->name, slots[0]) ? &link->principal : &link->resource));
    }
    return FAULT_NONE;
}

static enum fault read_link(const struct document_reading *reading, const struct document_place *place,
                            const struct link_form *form, const struct json_value *json,
                            struct cedar_link *link)
{
    struct document_place here = {.outer = place, .name = text_of(form->names[2])};
    if (json->kind != JSON_OBJECT)
        return document_refuse(reading, place, "an object is expected, there is %s.", document_kind(json));
    TRY(document_members_known(reading, place, json, form->names, 3));
    TRY(read_name(reading, place, json, form->names[0], &link->template_id));
    TRY(read_name(reading, place, json, form->names[1], &link->id));
    return read_values(reading, &here, form, json_member(json, text_of(form->names[2])), link);
}

static enum fault read_links(const struct document_reading *reading, const struct document_place *place,
                             const struct link_form *form, const struct json_value *json,
                             struct cedar_policy_set *set)
{
    if (json->kind != JSON_ARRAY)
        return document_refuse(reading, place, "an array of links is expected, there is %s.",
                               document_kind(json));
    if (json->count > CEDAR_POLICIES_MAX - set->link_count)
        return document_refuse(reading, place, "there are more than %d links.", CEDAR_POLICIES_MAX);
    struct cedar_link *links =
        ARENA_ARRAY(reading->arena, struct cedar_link, set->link_count + json->count + 1);
    for (size_t i = 0; i < set->link_count; i++)
        links[i] = set->links[i];
    size_t count = set->link_count, index = 0;
    for (const struct json_value *element = json->first; element != NULL; element = element->next) {
        struct document_place here = {.outer = place, .index = index++};
        TRY(read_link(reading, &here, form, element, &links[count++]));
    }
    set->links = links;
    set->link_count = count;
    return FAULT_NONE;
}

enum fault cedar_links_read(struct arena *arena, const struct json_value *json, struct cedar_policy_set *set,
                            struct text *mistake)
{
    const struct document_reading reading = {.arena = arena, .mistake = mistake};
    const struct document_place place = {.name = TEXT("links")};
    return read_links(&reading, &place, &file_form, json, set);
}

/* Adds to set->policies, which has room. */
static enum fault read_policies(const struct document_reading *reading, const char *name,
                                const struct json_value *json, bool is_template, struct cedar_policy_set *set)
{
    const struct document_place place = {.name = text_of(name)};
    if (json == NULL)
        return FAULT_NONE;
    if (json->kind != JSON_OBJECT)
        return document_refuse(reading, &place, "an object is expected, there is %s.", document_kind(json));
    for (const struct json_value *member = json->first; member != NULL; member = member->next) {
        struct document_place here = {.outer = &place, .name = member->name};
        struct cedar_policy *policy = &set->policies[set->count];
        TRY(policy_read(reading, &here, member, policy));
        if (policy->is_template != is_template)
            return document_refuse(reading, &here, "%s.",
                                   is_template
                                       ? "a template has a slot in its head, this has none"
                                       : "a policy with a slot is a template and stands under templates");
        policy->id = arena_copy(reading->arena, member->name);
        set->count++;
    }
    return FAULT_NONE;
}

static enum fault read_set(const struct document_reading *reading, const struct document_place *place,
                           const struct json_value *json, struct cedar_policy_set *set)
{
    static const char *const names[] = {"staticPolicies", "templates", "templateLinks"};
    const struct json_value *policies = json_member(json, TEXT("staticPolicies"));
    const struct json_value *templates = json_member(json, TEXT("templates"));
    const struct json_value *links = json_member(json, TEXT("templateLinks"));
    const struct document_place here = {.name = TEXT("templateLinks")};
    size_t most = (policies != NULL ? policies->count : 0) + (size_t)(templates != NULL ? templates->count : 0);
    TRY(document_members_known(reading, NULL, json, names, 3));
    if (most > CEDAR_POLICIES_MAX)
        return document_refuse(reading, place, "there are more than %d policies.", CEDAR_POLICIES_MAX);
    set->policies = ARENA_ARRAY(reading->arena, struct cedar_policy, most + 1);
    TRY(read_policies(reading, "staticPolicies", policies, false, set));
    TRY(read_policies(reading, "templates", templates, true, set));
    return links == NULL ? FAULT_NONE : read_links(reading, &here, &set_form, links, set);
}

enum fault cedar_policy_set_read(struct arena *arena, const struct json_value *json,
                                 struct cedar_policy_set *set, struct text *mistake)
{
    const struct document_reading reading = {.arena = arena, .mistake = mistake};
    const struct document_place place = {.name = TEXT("policy")};
    *set = (struct cedar_policy_set){.count = 0};
    if (json->kind == JSON_OBJECT && json_member(json, TEXT("effect")) == NULL &&
        (json->count == 0 || json_member(json, TEXT("principal")) == NULL))
        return read_set(&reading, &place, json, set);
    set->policies = ARENA_NEW(arena, struct cedar_policy);
    TRY(policy_read(&reading, &place, json, set->policies));
    set->policies->id = TEXT("policy0");
    set->count = 1;
    return FAULT_NONE;
}
