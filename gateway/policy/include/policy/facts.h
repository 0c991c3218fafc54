/* What a decision looks at, as plain data: who acts for whom, on what, in which task, holding what, at what
 * risk. Filled by whoever asks (the exchange; a recorded one that is decided again), made into one Cedar
 * request here. docs/policy.md and schema/dragoman.cedarschema name the same things. */
#ifndef POLICY_FACTS_H
#define POLICY_FACTS_H

#include "cedar/authorizer.h"
#include "policy/mcp_facts.h"
#include "policy/party.h"
#include "policy/policy_base.h"
#include "policy/scope.h"

/* Who, in whose name something is held or done: what counters and holdings are kept by. */
enum policy_holder { POLICY_HOLDER_SUBJECT, POLICY_HOLDER_AGENT, POLICY_HOLDER_TREE, POLICY_HOLDER_COUNT };

/* "subject", "agent", "tree": in records and cases. */
const char *policy_holder_name(enum policy_holder holder);
bool policy_holder_named(struct text name, enum policy_holder *holder);

/* A credential that is live, or was lately. */
struct policy_holding {
    enum policy_holder holder;
    struct text domain, target, scopes;
    int64_t expires_at_s;
};

struct policy_identity {
    struct text issuer, subject;
};

/* What is administered: a document, or without a kind a team as a whole. */
struct policy_administered {
    struct text kind, name;
    struct text team; /* that owns it, or TEXT_NONE */
};

/* A call that is made with a credential. */
struct policy_call {
    struct text method, path; /* decoded */
    struct text host;         /* TEXT_NONE: not known */
};

struct policy_facts {
    const char *action;      /* "exchange" */
    struct policy_call call; /* of the action "call"; else without a method */
    struct policy_mcp mcp;   /* of the actions of mcp_facts.h; else without a method */

    struct policy_party actor;       /* the principal */
    struct text client, agent_class; /* metadata.name of what the caller is, if it is the actor; one of them */
    struct text proof;               /* how the caller proved itself; TEXT_NONE if another acts */
    struct policy_identity caller; /* who calls, if another acts; else without a name. For outside: policies are
                                      asked about it as about an actor */

    /* Without a name: the action is done for nobody, and has no more facts than these. */
    struct policy_party subject;
    struct text subject_domain;
    bool subject_is_actor;
    const struct policy_identity *chain; /* actors of what would be issued */
    size_t chain_length;

    struct text root, task, purpose;                /* the last two TEXT_NONE if not given */
    const struct json_value *authorization_details; /* an array, or NULL */
    struct text target;                             /* metadata.name */
    struct policy_administered administered; /* of the actions "admin:...", in its place; else without a name */
    struct text issued_type;                 /* token type URI; TEXT_NONE: not known before it is there */
    const struct scope_set *scopes;          /* that would be given */
    int64_t lifetime_s;
    bool is_bound; /* what would be issued, or is shown, to the certificate that came with the request */

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

/* The request, and the entities of this one request on top of the base's. Texts are borrowed. */
void policy_facts_request(struct arena *arena, const struct policy_base *base, const struct policy_facts *facts,
                          struct cedar_request *request, struct cedar_entities **entities);
/* The highest of subject's and actor's. */
int64_t policy_facts_risk(const struct policy_facts *facts);

#endif
