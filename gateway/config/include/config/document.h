/* One resource document (kind, metadata, spec) as plain data, kind by kind. The rows that fill these structs,
 * with every default and range, are in document_fields.c; docs/configuration.md and
 * schema/documents.schema.json come from the same rows. Included through config/documents.h. */
#ifndef CONFIG_DOCUMENT_H
#define CONFIG_DOCUMENT_H

#include "base/text.h"
#include "json/json_value.h"

/* clang-format off */
enum document_kind {
    DOCUMENT_GATEWAY, DOCUMENT_DOMAIN, DOCUMENT_ISSUER, DOCUMENT_CLIENT, DOCUMENT_AGENT_CLASS, DOCUMENT_TARGET,
    DOCUMENT_TEAM, DOCUMENT_POLICY, DOCUMENT_COMBINATION, DOCUMENT_KIND_COUNT
}; /* clang-format on */

/* The longest life that a document can give to what is issued. */
enum { CREDENTIAL_LIFETIME_MAX_S = 86400 };

struct text_list {
    struct text *items;
    size_t count;
};

struct name_value {
    struct text name, value;
};
struct name_value_list {
    struct name_value *items;
    size_t count;
};

/* A list of mappings, each in a struct of its own. */
struct mapping_list {
    void *items;
    size_t count;
};

/* What a principal or team may use; 0 = no limit of its own. */
struct budget_document {
    int64_t exchanges_per_second;
    int64_t live_credentials;
    int64_t records_per_hour;
};

/* spec.limits.connections: what connections may cost. */
struct connection_limits_document {
    int64_t in_all, per_address, on_admin_socket;
    int64_t requests, age_s;
    int64_t handshake_s, header_s, body_s, idle_s, write_stall_s;
    int64_t header_bytes;
    int64_t unfinished_bytes_per_connection, unfinished_bytes_per_address, unfinished_bytes;
    int64_t resets, window_updates, settings, pings, priorities, empty_data, continuations, other_frames;
    int64_t control_records;
};

/* spec.limits.strangers: callers who are refused before they are known. */
struct stranger_limits_document {
    int64_t refusals_per_minute, addresses, log_from, log_lines;
};

/* spec.policy: how the documents of kind Policy are asked. */
struct policy_limits_document {
    bool is_required; /* without any Policy document nothing is permitted */
    int64_t work;     /* evaluation steps of one decision */
    int64_t held;     /* live credentials of one holder that a decision looks at */
};

/* spec.pdp: a policy decision point elsewhere that is asked as well; no url = none. */
struct pdp_document {
    struct text url, token_file, basic_file; /* one of the files, or neither */
    int64_t timeout_ms;
    int64_t failures, pause_s; /* when it is given up for a while, and for how long */
};

/* kind: Gateway. One, in a file. */
struct gateway_document {
    struct text issuer;      /* our issuer identifier, https URL without query and fragment */
    struct text_list listen; /* "address:port", "[address]:port" */
    struct text certificate_file, key_file;
    struct text store_path;                                                   /* SQLite */
    struct text postgres_connection, postgres_password_file, postgres_schema; /* no connection: SQLite */
    int64_t postgres_connect_s, postgres_statement_s, postgres_answer_s;
    bool postgres_is_weak;
    struct text sealing_key_file;
    struct text admin_socket;
    struct text outbound_ca_file;
    struct text_list outbound_allow;     /* CIDR exceptions of the address guard */
    struct text_list signing_algorithms; /* default ES256 */
    int64_t threads;                     /* 0 = cores */
    int64_t requests_in_flight, requests_in_flight_per_connection;
    struct connection_limits_document connections;
    struct stranger_limits_document strangers;
    int64_t kills_in_memory; /* cutoffs a loop's book holds */
    int64_t kill_clock_margin_s;
    int64_t lease_pending_s, withdrawal_delay_s, withdrawal_delay_maximum_s;
    int64_t withdrawals_in_parallel;
    int64_t chain_depth;           /* actors in a chain, default 4 */
    int64_t remembered_tokens;     /* per thread, default 4096 */
    int64_t key_publish_s;         /* how long a new key is published before it signs */
    int64_t record_retention_days; /* 0 = keep */
    int64_t drain_deadline_s, start_deadline_s, silence_deadline_s;
    int64_t restart_delay_ms, restart_delay_max_s, sound_after_s;
    bool is_confined;
    struct text_list confinement_readable;
    struct policy_limits_document policy;
    struct pdp_document pdp;
};

/* kind: Domain. Without any document of this kind there is one, "local". */
struct domain_document {
    struct text_list leaves_for; /* domains its identities may leave for; its own is always allowed */
    bool is_enabled;
};

enum issuer_keys_source { ISSUER_KEYS_DISCOVERY, ISSUER_KEYS_JWKS_URI, ISSUER_KEYS_INLINE };

/* kind: Issuer */
struct issuer_document {
    struct text domain; /* default "local" */
    struct text issuer; /* iss, exact bytes */
    enum issuer_keys_source keys_source;
    struct text jwks_uri;
    const struct json_value *jwks;     /* inline: a JWK Set object */
    struct text_list audiences;        /* what aud may name; default: our own issuer identifier */
    struct text_list algorithms;       /* default RS256 PS256 ES256 ES384 EdDSA Ed25519 */
    struct text_list token_types;      /* short names: access_token, id_token, jwt; default access_token, jwt */
    struct text_list types;            /* accepted typ values beyond the default of the token type */
    int64_t maximum_age_s;             /* since iat; default 86400 */
    int64_t leeway_s;                  /* default 30, at most 60 */
    struct text subject_claim;         /* path; default "sub" */
    struct name_value_list attributes; /* our attribute name -> claim path */
    bool is_platform; /* "platform: true": its tokens may authenticate agents through AgentClass */
    int64_t risk;     /* 0 to 100, for policies to weigh */
    bool is_enabled;
};

enum client_method { CLIENT_SECRET_BASIC = 1, CLIENT_SECRET_POST = 2, CLIENT_PRIVATE_KEY_JWT = 4 };

/* kind: Client. metadata.name is the client_id unless spec.clientId says otherwise. */
struct client_document {
    struct text client_id;
    unsigned methods;              /* enum client_method */
    struct text secret_file;       /* plain secret in an owner-only file, at least 32 characters */
    struct text secret_hash;       /* or the keyed hash (hexadecimal) that dragomand hash-secret prints */
    const struct json_value *jwks; /* inline keys for private_key_jwt */
    struct text jwks_uri;          /* or fetched */
    bool accepts_token_endpoint_audience; /* published RFC 7523 compatibility; default false */
    struct budget_document budget;
    bool is_evaluator; /* "evaluates: true": may ask this gateway's own policy decision endpoint */
    bool is_enabled;
};

/* kind: AgentClass: agents that prove themselves with a platform issuer's own JWT and leave no client row. */
struct agent_class_document {
    struct text issuer;           /* metadata.name of a kind: Issuer with platform: true */
    struct name_value_list match; /* claim path -> exact value; at least one */
    struct text_list audiences;   /* what aud of the platform token may name; default our issuer identifier */
    int64_t maximum_lifetime_s;   /* ceiling for what it gets; 0 = the target's */
    struct budget_document budget;
    int64_t risk; /* 0 to 100, for policies to weigh */
    bool is_enabled;
};

/* kind: Target */
struct target_document {
    struct text domain;         /* default "local" */
    struct text_list audiences; /* names for the audience parameter; the first is the aud of what is issued */
    struct text_list resources; /* absolute URIs for the resource parameter */
    struct text adapter;        /* default "jwt" */
    struct text algorithm;      /* token profile; default ES256 */
    struct text type;           /* typ; default "at+jwt" */
    struct name_value_list claims;          /* extra claim -> subject attribute that fills it */
    struct text_list scopes;                /* offered */
    struct text_list authorization_details; /* types offered (RFC 9396 section 2) */
    int64_t maximum_lifetime_s;             /* default 300 */
    struct text_list issuers;    /* metadata.names accepted as subject; empty = none; "self" = ours */
    struct text_list clients;    /* client or agent-class names that may ask; empty = none */
    struct text_list actors;     /* client or agent-class names, or issuer/subject; empty = any client */
    struct text resource_server; /* client name that is this target: may introspect, and chain onwards */
    bool is_enabled;
};

/* kind: Team */
struct team_document {
    struct budget_document budget;
};

/* kind: Policy: Cedar policies as text. A mistake at line L and column C of the text stands in line
 * line + L - 1 and column column_offset + C of source where is_exact. Elsewhere (quoted or folded YAML, JSON
 * from the store) lines of the text are no lines of the source, and line and column_offset + 1 are where the
 * text begins. documents_add_policy_mistake() does both. */
struct policy_document {
    bool is_report; /* what it would have refused is recorded, not refused */
    bool is_enabled;
    struct text policies;
    struct text file;   /* where the text stands in a file of its own; TEXT_NONE in the document itself */
    struct text source; /* the file the text stands in, or "store" */
    unsigned line, column_offset;
    bool is_exact;
};

enum combination_holder { COMBINATION_SUBJECT, COMBINATION_TREE, COMBINATION_AGENT };

/* One of the rights: a credential has it whose target and domain are named and that has any of the scopes; a
 * list that is empty asks for nothing. */
struct combination_right {
    struct text name;
    struct text_list targets, domains; /* metadata.names */
    struct text_list scopes;
};

/* kind: Combination: rights that must never meet in one holder. */
struct combination_document {
    enum combination_holder holder;
    int64_t within_s; /* counts what ended so long ago; 0 = only what is live */
    bool narrows;     /* takes away what would meet instead of refusing */
    bool is_enabled;
    struct mapping_list rights; /* struct combination_right */
};

struct tree_node; /* config's own: a document as written, with positions */

struct document {
    enum document_kind kind;
    struct text name;   /* unique per kind: lower-case letters, digits, '-', '.', at most 63 bytes */
    struct text team;   /* metadata.team or TEXT_NONE */
    struct text source; /* file name, or "store" */
    unsigned line;      /* of the document's first key */
    struct text label;  /* "Issuer/corp (gateway.yaml:12)", for ladders */
    struct text body;   /* the whole document as canonical JSON */
    const struct tree_node *tree;
    union {
        struct gateway_document gateway;
        struct domain_document domain;
        struct issuer_document issuer;
        struct client_document client;
        struct agent_class_document agent_class;
        struct target_document target;
        struct team_document owner; /* kind: Team */
        struct policy_document policy;
        struct combination_document combination;
    };
};

#endif
