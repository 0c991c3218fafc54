/* What a decision looks at, as plain data: who acts for whom, on what, in which task, holding what, at what
 * risk. Filled by whoever asks (the exchange; a recorded one that is decided again), made into one Cedar
 * request here. docs/policy.md and schema/dragoman.cedarschema name the same things. */
#ifndef POLICY_FACTS_H
#define POLICY_FACTS_H

#include "cedar/authorizer.h"
#include "policy/scope.h"
#include "json/json_value.h"
#include "json/json_writer.h"

enum { POLICY_RISK_MAX = 100, POLICY_ATTRIBUTES_MAX = 64 };

/* A mapped claim. Of a list the elements are parted by line feeds, and none has one. */
struct policy_attribute {
    struct text name, value;
    bool is_list;
};

/* A JSON array as the value of one; false where an element is empty, is no text, or has a line feed. */
bool policy_attribute_join(struct arena *arena, const struct json_value *array, struct text *value);

enum policy_party_kind { POLICY_AGENT, POLICY_USER, POLICY_WORKLOAD };

/* Somebody: issuer and subject are its name, the rest what is known of it. */
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

/* Who, in whose name something is held or done: what counters and holdings are kept by. */
enum policy_holder { POLICY_HOLDER_SUBJECT, POLICY_HOLDER_AGENT, POLICY_HOLDER_TREE, POLICY_HOLDER_COUNT };

/* A credential that is live, or was lately. */
struct policy_holding {
    enum policy_holder holder;
    struct text domain, target, scopes;
    int64_t expires_at_s;
};

struct policy_identity {
    struct text issuer, subject;
};

struct policy_facts {
    const char *action; /* "exchange" */

    struct policy_party actor;       /* the principal */
    struct text client, agent_class; /* metadata.name of what the caller is, if it is the actor; one of them */
    struct text proof;               /* how the caller proved itself; TEXT_NONE if another acts */
    struct policy_identity caller; /* who calls, if another acts; else without a name. For outside: policies are
                                      asked about it as about an actor */

    struct policy_party
        subject; /* without a name: the action is done for nobody, and has no more facts than these */
    struct text subject_domain;
    bool subject_is_actor;
    const struct policy_identity *chain; /* actors of what would be issued */
    size_t chain_length;

    struct text root, task, purpose;                /* the last two TEXT_NONE if not given */
    const struct json_value *authorization_details; /* an array, or NULL */
    struct text target;                             /* metadata.name */
    const struct scope_set *scopes;                 /* that would be given */
    int64_t lifetime_s;

    struct text acr;     /* TEXT_NONE: not known */
    struct text amr;     /* parted by spaces */
    int64_t auth_time_s; /* 0: not known */
    struct text source;  /* address as text */
    int64_t now_us;

    /* Zero where no policy asks. */
    int64_t last_minute[POLICY_HOLDER_COUNT], last_hour[POLICY_HOLDER_COUNT];
    const struct policy_holding *holdings;
    size_t holding_count;
};

/* What is the same for every request: the entities that documents make. Built once, then only read. */
struct policy_base;
struct policy_base *policy_base_create(struct arena *arena);
void policy_base_add_issuer(struct policy_base *base, struct text name, struct text identifier,
                            struct text domain, bool is_platform, int64_t risk);
/* kind: "AgentClass" or "Client"; team TEXT_NONE for none. */
void policy_base_add_principal(struct policy_base *base, const char *kind, struct text name, struct text team,
                               int64_t risk);
void policy_base_add_target(struct policy_base *base, struct text name, struct text domain, struct text team,
                            struct text audience, struct text adapter, const struct scope_set *scopes);
void policy_base_seal(struct policy_base *base);

/* The request, and the entities of this one request on top of the base's. Texts are borrowed. */
void policy_facts_request(struct arena *arena, const struct policy_base *base, const struct policy_facts *facts,
                          struct cedar_request *request, struct cedar_entities **entities);
/* The highest of subject's and actor's. */
int64_t policy_facts_risk(const struct policy_facts *facts);

#endif
