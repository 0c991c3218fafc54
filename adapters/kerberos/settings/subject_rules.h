/* How the subject of a token becomes an account of the realm: rules by issuer, the first that fits decides.
 * Nothing is guessed: what to take is named, and without a rule there is no account. principal_mapping.h
 * applies them. */
#ifndef KERBEROS_SUBJECT_RULES_H
#define KERBEROS_SUBJECT_RULES_H

#include <regex.h>

#include "setting_lists.h"

enum { SUBJECT_RULES_MAX = 64, SUBJECT_CONDITIONS_MAX = 16, SUBJECT_DOMAINS_MAX = 64, PATTERN_MAX = 256 };

struct subject_condition {
    struct text attribute, value;
};

struct subject_rule {
    struct text path;   /* where it stands in the settings, for the record */
    struct text issuer; /* exactly */
    struct text name;   /* "sub", or an attribute */
    struct subject_condition *conditions;
    size_t condition_count;
    struct text_list domains; /* none: the name has no domain */
    bool is_lowered, has_pattern, asks_directory;
    regex_t pattern;                /* see subject_rule_fits_pattern */
    const struct json_value *table; /* an object of texts; NULL: none */
};

struct subject_rules {
    struct subject_rule *rules;
    size_t count;
};

/* Reads the member "subjects" of the realm's settings. */
void subject_rules_read(struct adapter_settings *settings, struct arena *arena, struct subject_rules *read);
void subject_rules_close(struct subject_rules *rules);

/* The whole account and not a part of it; without a pattern all fit. account has no NUL. */
bool subject_rule_fits_pattern(const struct subject_rule *rule, struct text account);
/* Whether the name is the token's sub and not an attribute. */
bool subject_rule_takes_subject(const struct subject_rule *rule);

#endif
