/* What a case of policy test gives, as facts. Everything has a default from the documents that stand beside it,
 * so that a case says only what it is about: an agent of the first AgentClass acts for alice of the first
 * Issuer at the first Target, for all its scopes, at noon on Wednesday, 7 January 2026. Pure. */
#ifndef CLI_POLICIES_POLICY_GIVEN_H
#define CLI_POLICIES_POLICY_GIVEN_H

#include "config/documents.h"
#include "policy/facts.h"

/* A case while it is read. */
struct policy_given {
    struct arena *arena;
    const struct documents *documents;
    struct policy_facts facts;
    struct text target_domain;
    struct scope_set scopes;
    bool has_target;                    /* the case names one */
    const struct json_value *arguments; /* of a call of a tool or prompt; NULL: none */
    int64_t depth;                      /* of the chain, where its actors are not named; -1: as named */
    int64_t age_s;                      /* of the authentication; -1: not known */
    struct text mistake;                /* the first; TEXT_NONE */
};

/* One member that a mapping may have, and what reads it. */
struct policy_member {
    const char *name;
    void (*read)(struct policy_given *given, const struct json_value *value);
};

/* NULL (nothing is given) is fine. Ends with a mistake in given->mistake where anything is wrong. */
void policy_given_read(struct policy_given *given, const struct json_value *json);

/* Parts of it. */
void policy_given_complain(struct policy_given *given, const char *where, struct text sentence);
/* By rows up to one without a name; a member that is not known is a mistake with the nearest that is. */
void policy_given_members(struct policy_given *given, const char *where, const struct json_value *json,
                          const struct policy_member *members);
/* A list of words or one text parted by spaces, as the latter. */
struct text policy_given_words(struct policy_given *given, const char *where, const struct json_value *value);
int64_t policy_given_integer(struct policy_given *given, const char *where, const struct json_value *value);
int64_t policy_given_seconds(struct policy_given *given, const char *where, const struct json_value *value);
struct text policy_given_text(struct policy_given *given, const char *where, const struct json_value *value);
/* Of a kind by name, TEXT_NONE for the first there is; NULL (for a name after a mistake) if there is none. */
const struct document *policy_given_document(struct policy_given *given, enum document_kind kind,
                                             struct text name);
void policy_given_actor(struct policy_given *given, const struct json_value *value);
void policy_given_take_target(struct policy_given *given, const struct document *target);
void policy_given_mcp(struct policy_given *given, const struct json_value *value);
/* What an action of MCP lacks yet; and none of it for another action. */
void policy_given_finish_mcp(struct policy_given *given);
void policy_given_subject(struct policy_given *given, const struct json_value *value);

#endif
