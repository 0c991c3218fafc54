/* Somebody who acts, or whom something is done for: issuer and subject are the name, the rest what is known. */
#ifndef POLICY_PARTY_H
#define POLICY_PARTY_H

#include "cedar/value.h"
#include "json/json_value.h"

enum { POLICY_RISK_MAX = 100, POLICY_ATTRIBUTES_MAX = 64 };

enum policy_party_kind { POLICY_AGENT, POLICY_USER, POLICY_WORKLOAD };

/* A mapped claim. Of a list the elements are parted by line feeds, and none has one. */
struct policy_attribute {
    struct text name, value;
    bool is_list;
};

struct policy_party {
    enum policy_party_kind kind;
    struct text issuer, subject;
    struct text issuer_document; /* metadata.name; TEXT_NONE for our own clients */
    const struct policy_attribute *attributes;
    size_t attribute_count;
    int64_t risk; /* of its issuer and class; its own attribute "risk" may raise it */
    /* What it belongs to besides, on the word of whoever asks. */
    const struct cedar_uid *also_in;
    size_t also_in_count;
};

/* "Agent", "User", "Workload": the entity type in the model. */
const char *policy_party_type(enum policy_party_kind kind);
bool policy_party_kind_of_type(struct text type, enum policy_party_kind *kind);
/* "agent", "user", "workload": in records and cases. */
const char *policy_party_kind_name(enum policy_party_kind kind);
bool policy_party_kind_named(struct text name, enum policy_party_kind *kind);

/* With its own attribute "risk". */
int64_t policy_party_risk(const struct policy_party *party);

/* An object whose members are texts or arrays of them, at most POLICY_ATTRIBUTES_MAX; false for anything else.
 */
bool policy_party_read_attributes(struct arena *arena, const struct json_value *object,
                                  struct policy_party *party);
/* A JSON array as the value of one; false where an element is empty, is no text, or has a line feed. */
bool policy_attribute_join(struct arena *arena, const struct json_value *array, struct text *value);

#endif
