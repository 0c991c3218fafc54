/* Applies the rules of subject_rules.h. Every step either has exactly one answer or refuses; messages for the
 * record name the rule and never the subject, whom the record has anyway. */
#include "principal_mapping.h"

#include <string.h>

#include "account_name.h"

static enum adapter_outcome refuse(struct adapter_call *call, const struct subject_rule *rule, const char *why)
{
    return adapter_refuse_subject(call, SUBJECT_REFUSED_SHOWN, "%.*s: %s", TEXT_ARGUMENTS(rule->path), why);
}

/* --- which rule --- */

/* The attribute is that text, or a list that has it. */
static bool holds(const struct subject_condition *condition, const struct json_value *attributes)
{
    const struct json_value *value = json_member(attributes, condition->attribute);
    if (value == NULL || value->kind != JSON_ARRAY)
        return json_is_string(value) && text_equal(value->text, condition->value);
    const struct json_value *element = value->first;
    while (element != NULL && !(json_is_string(element) && text_equal(element->text, condition->value)))
        element = element->next;
    return element != NULL;
}

static bool fits(const struct subject_rule *rule, const struct adapter_order *order)
{
    bool is_fitting = text_equal(rule->issuer, order->subject.issuer);
    for (size_t i = 0; i < rule->condition_count; i++)
        is_fitting = is_fitting && holds(&rule->conditions[i], order->attributes);
    return is_fitting;
}

static const struct subject_rule *find_rule(const struct realm_settings *realm,
                                            const struct adapter_order *order)
{
    for (size_t i = 0; i < realm->subjects.count; i++) {
        if (fits(&realm->subjects.rules[i], order))
            return &realm->subjects.rules[i];
    }
    return NULL;
}

/* --- the name --- */

/* TEXT_NONE: there is none, or several, of which none is the subject's more than another. */
static struct text name_of(const struct subject_rule *rule, const struct adapter_order *order)
{
    if (subject_rule_takes_subject(rule))
        return order->subject.subject;
    const struct json_value *value = json_member(order->attributes, rule->name);
    if (value != NULL && value->kind == JSON_ARRAY)
        value = value->count == 1 ? value->first : NULL;
    return json_string(value);
}

/* The part before the domain, which has to be one of the rule's. */
static const char *cut_domain(const struct subject_rule *rule, struct text name, struct text *local)
{
    struct text domain = name;
    *local = text_cut(&domain, '@');
    if (rule->domains.count == 0)
        return domain.base != NULL ? "the name has a domain, and the rule has no domains" : NULL;
    if (domain.base == NULL)
        return "the name has no domain, and the rule has domains";
    return text_list_has_ignoring_case(&rule->domains, domain) ? NULL : "the name's domain is not the rule's";
}

/* ASCII alone: what the rest would be lowered to depends on whom one asks, and is refused anyway. */
static struct text lower(struct arena *arena, struct text text)
{
    char *lowered = arena_allocate(arena, text.length + 1);
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.base[i];
        lowered[i] = byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
    }
    return (struct text){lowered, text.length};
}

/* --- what may not be used --- */

/* The gateway's own account would get a ticket for itself as somebody, or as itself. */
static bool is_gateway(const struct realm_settings *realm, struct text account)
{
    return text_equal_ignoring_case(account, realm->principal);
}

bool principal_is_denied(const struct realm_settings *realm, struct text account)
{
    if (account_name_is_reserved(account) || is_gateway(realm, account) ||
        text_list_has_ignoring_case(&realm->denied, account))
        return true;
    for (size_t i = 0; i < realm->denied_prefixes.count; i++) {
        if (account_name_begins_with(account, realm->denied_prefixes.texts[i]))
            return true;
    }
    return false;
}

static const char *mistake_in(const struct realm_settings *realm, struct text account)
{
    const char *mistake = account_name_mistake(account);
    if (mistake == NULL && principal_is_denied(realm, account))
        mistake = "nobody may be this account";
    return mistake;
}

static enum adapter_outcome take(struct adapter_call *call, const struct realm_settings *realm,
                                 const struct subject_rule *rule, struct text name, struct text *account)
{
    const char *mistake = mistake_in(realm, name);
    if (mistake == NULL && !subject_rule_fits_pattern(rule, name))
        mistake = "the account does not fit the pattern";
    if (mistake != NULL)
        return refuse(call, rule, mistake);
    *account = arena_copy(adapter_arena(call), name);
    return ADAPTER_DONE;
}

enum adapter_outcome principal_check(struct adapter_call *call, const struct realm_settings *realm,
                                     const struct subject_rule *rule, struct text found, struct text *account)
{
    struct text name = rule->is_lowered ? lower(adapter_arena(call), found) : found;
    return take(call, realm, rule, name, account);
}

/* --- the whole --- */

/* What stands in the table is the account as it is, and its case is the operator's. */
static enum adapter_outcome look_up(struct adapter_call *call, const struct realm_settings *realm,
                                    const struct subject_rule *rule, struct text local, struct text *account)
{
    struct text name = rule->is_lowered ? lower(adapter_arena(call), local) : local;
    struct text found = json_string(json_member(rule->table, name));
    if (found.base == NULL)
        return refuse(call, rule, "the table has no such name");
    return take(call, realm, rule, found, account);
}

enum adapter_outcome principal_map(struct adapter_call *call, const struct realm_settings *realm,
                                   const struct adapter_order *order, struct text *account,
                                   const struct subject_rule **looked_up_by)
{
    const struct subject_rule *rule = find_rule(realm, order);
    struct text local;
    *looked_up_by = NULL;
    if (rule == NULL)
        return adapter_refuse_subject(
            call, SUBJECT_REFUSED_SHOWN,
            "no rule of the realm's subjects is for this issuer and these attributes");
    struct text name = name_of(rule, order);
    if (name.base == NULL)
        return refuse(call, rule, "the subject has not exactly one such name");
    const char *mistake = cut_domain(rule, name, &local);
    if (mistake == NULL)
        mistake = mistake_in(realm, local); /* also where a table or a directory would say another */
    if (mistake != NULL)
        return refuse(call, rule, mistake);
    if (rule->asks_directory) {
        *looked_up_by = rule;
        *account = arena_copy(adapter_arena(call), name);
        return ADAPTER_DONE;
    }
    return rule->table != NULL ? look_up(call, realm, rule, local, account)
                               : principal_check(call, realm, rule, local, account);
}
