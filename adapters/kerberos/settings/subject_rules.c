/* Reads the rules. What could let somebody in whom nobody meant is a mistake here and not a surprise later: an
 * address that nobody verified, a table beside a directory, a pattern that is no whole. */
#include "subject_rules.h"

#include <string.h>

#include "account_name.h"

enum { NAME_LONGEST = 128, REPEATS_MAX = 10000, TABLE_MAX = 4096 };

/* --- pattern --- */

/* regcomp unrolls {m,n}, and one in the other multiplies; the back references it takes (which POSIX does not
 * have here) cost time without end. */
static const char *cost_mistake(struct text pattern)
{
    int64_t repeats = 1;
    for (size_t i = 0; i < pattern.length; i++) {
        if (pattern.base[i] == '\\' && i + 1 < pattern.length) {
            char escaped = pattern.base[++i];
            if (escaped >= '1' && escaped <= '9')
                return "a pattern has no back references";
        } else if (pattern.base[i] == '{') {
            int64_t number = 0, largest = 1;
            for (i++; i < pattern.length && pattern.base[i] != '}' && number <= REPEATS_MAX; i++) {
                bool is_digit = pattern.base[i] >= '0' && pattern.base[i] <= '9';
                number = is_digit ? number * 10 + (pattern.base[i] - '0') : 0;
                largest = number > largest ? number : largest;
            }
            repeats *= largest;
        }
        if (repeats > REPEATS_MAX)
            return "a pattern's repetitions, multiplied, are at most 10000";
    }
    return NULL;
}

/* By itself first, so that its brackets cannot reach out of ours: "a)|(b" is no pattern. */
static const char *compile(struct text pattern, struct arena *arena, regex_t *compiled)
{
    const char *mistake = cost_mistake(pattern);
    if (mistake != NULL)
        return mistake;
    if (regcomp(compiled, arena_copy(arena, pattern).base, REG_EXTENDED | REG_NOSUB) != 0)
        return "expected a POSIX extended regular expression";
    regfree(compiled);
    struct text whole = arena_print(arena, "^(%.*s)$", TEXT_ARGUMENTS(pattern));
    return regcomp(compiled, whole.base, REG_EXTENDED) != 0 ? "expected a POSIX extended regular expression"
                                                            : NULL;
}

bool subject_rule_fits_pattern(const struct subject_rule *rule, struct text account)
{
    char name[ACCOUNT_NAME_MAX + 1];
    regmatch_t match;
    if (!rule->has_pattern)
        return true;
    if (account.length > ACCOUNT_NAME_MAX)
        return false;
    memcpy(name, account.base, account.length);
    name[account.length] = '\0';
    return regexec(&rule->pattern, name, 1, &match, 0) == 0 && match.rm_so == 0 &&
           (size_t)match.rm_eo == account.length; /* whatever brackets the pattern has */
}

static void read_pattern(struct adapter_settings *settings, struct arena *arena, struct subject_rule *rule)
{
    struct text pattern = adapter_setting_text(settings, "pattern", ADAPTER_OPTIONAL, PATTERN_MAX);
    if (pattern.base == NULL)
        return;
    const char *mistake = compile(pattern, arena, &rule->pattern);
    if (mistake != NULL)
        adapter_mistake(settings->mistakes, adapter_setting_path(settings, TEXT("pattern")), "%s", mistake);
    rule->has_pattern = mistake == NULL;
}

/* --- conditions, domains, table --- */

static void read_conditions(struct adapter_settings *settings, struct arena *arena, struct subject_rule *rule)
{
    struct adapter_settings when = adapter_setting_object(settings, "when", ADAPTER_OPTIONAL);
    if (when.object == NULL)
        return;
    if (when.object->count == 0 || when.object->count > SUBJECT_CONDITIONS_MAX) {
        adapter_mistake(when.mistakes, when.path, "expected 1 to %d attributes", SUBJECT_CONDITIONS_MAX);
        return;
    }
    rule->conditions = ARENA_ARRAY(arena, struct subject_condition, when.object->count);
    for (const struct json_value *member = when.object->first; member != NULL; member = member->next) {
        struct text value = json_string(member);
        if (value.length == 0 || value.length > SETTING_TEXT_MAX || member->name.length == 0 ||
            member->name.length > NAME_LONGEST)
            adapter_mistake(when.mistakes, adapter_setting_path(&when, member->name),
                            "expected the name of an attribute and a text of 1 to 1024 bytes");
        else
            rule->conditions[rule->condition_count++] = (struct subject_condition){member->name, value};
    }
}

static const char *domain_mistake(struct text domain)
{
    for (size_t i = 0; i < domain.length; i++) {
        char byte = domain.base[i];
        bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (!is_letter && !(byte >= '0' && byte <= '9') && byte != '-' && byte != '.')
            return "expected a domain of letters, digits, - and .";
    }
    return NULL;
}

static bool has_upper_case(struct text text)
{
    size_t i = 0;
    while (i < text.length && !(text.base[i] >= 'A' && text.base[i] <= 'Z'))
        i++;
    return i < text.length;
}

static const char *table_mistake(const struct subject_rule *rule, const struct json_value *member)
{
    const char *mistake =
        json_is_string(member) ? account_name_mistake(member->text) : "expected the name of an account";
    if (mistake != NULL)
        return mistake;
    if (account_name_is_reserved(member->text))
        return "nobody may be this account";
    if (rule->is_lowered && has_upper_case(member->name))
        return "never found: lowerCase is true, and this has upper case";
    return NULL;
}

static void read_table(struct adapter_settings *settings, struct subject_rule *rule)
{
    struct adapter_settings table = adapter_setting_object(settings, "table", ADAPTER_OPTIONAL);
    rule->table = table.object;
    if (table.object == NULL)
        return;
    if (table.object->count == 0 || table.object->count > TABLE_MAX)
        adapter_mistake(table.mistakes, table.path, "expected 1 to %d names", TABLE_MAX);
    for (const struct json_value *member = table.object->first; member != NULL; member = member->next) {
        const char *mistake = table_mistake(rule, member);
        if (mistake != NULL)
            adapter_mistake(table.mistakes, adapter_setting_path(&table, member->name), "%s", mistake);
    }
}

/* --- a rule --- */

bool subject_rule_takes_subject(const struct subject_rule *rule)
{
    return text_is(rule->name, "sub");
}

static bool needs_verified(const struct subject_rule *rule)
{
    bool is_verified = false;
    for (size_t i = 0; i < rule->condition_count; i++)
        is_verified |= text_is(rule->conditions[i].attribute, "email_verified") &&
                       text_is(rule->conditions[i].value, "true");
    return text_is(rule->name, "email") && !is_verified;
}

static void check(const struct adapter_settings *settings, const struct subject_rule *rule)
{
    if (needs_verified(rule))
        adapter_mistake(settings->mistakes, adapter_setting_path(settings, TEXT("when")),
                        "an email says who somebody is only where it was verified: add email_verified: "
                        "\"true\"");
    if (rule->table != NULL && rule->asks_directory)
        adapter_mistake(settings->mistakes, adapter_setting_path(settings, TEXT("directory")),
                        "the table says the account already: leave one of the two out");
}

/* An Issuer document's spec.issuer is such an address. The document's own name, say, would be nobody's. */
static struct text read_issuer(struct adapter_settings *settings)
{
    struct text issuer = adapter_setting_text(settings, "issuer", ADAPTER_REQUIRED, SETTING_TEXT_MAX);
    if (issuer.base != NULL && !text_starts_with(issuer, TEXT("https://")) &&
        !text_starts_with(issuer, TEXT("http://")))
        adapter_mistake(settings->mistakes, adapter_setting_path(settings, TEXT("issuer")),
                        "expected the address of an issuer, which its Issuer document has in spec.issuer");
    return issuer;
}

static void read_rule(struct adapter_settings *settings, struct arena *arena, struct subject_rule *rule)
{
    rule->path = arena_copy(arena, settings->path);
    rule->issuer = read_issuer(settings);
    rule->name = adapter_setting_text(settings, "name", ADAPTER_REQUIRED, NAME_LONGEST);
    read_conditions(settings, arena, rule);
    rule->domains = setting_texts(settings, "domains", SUBJECT_DOMAINS_MAX, domain_mistake, arena);
    rule->is_lowered = setting_switch(settings, "lowerCase");
    read_pattern(settings, arena, rule);
    read_table(settings, rule);
    rule->asks_directory = setting_switch(settings, "directory");
    check(settings, rule);
    adapter_settings_end(settings);
}

void subject_rules_read(struct adapter_settings *settings, struct arena *arena, struct subject_rules *read)
{
    struct adapter_settings rules = setting_array(settings, "subjects", ADAPTER_REQUIRED, SUBJECT_RULES_MAX);
    if (rules.object == NULL)
        return;
    read->rules = ARENA_ARRAY(arena, struct subject_rule, rules.object->count);
    for (const struct json_value *element = rules.object->first; element != NULL; element = element->next) {
        struct adapter_settings rule = setting_element(&rules, read->count, element);
        read_rule(&rule, arena, &read->rules[read->count++]);
    }
}

void subject_rules_close(struct subject_rules *rules)
{
    for (size_t i = 0; i < rules->count; i++) {
        if (rules->rules[i].has_pattern)
            regfree(&rules->rules[i].pattern);
        rules->rules[i].has_pattern = false;
    }
}
