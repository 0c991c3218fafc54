/* One resource document (kind, metadata, spec) as plain data, kind by kind. The rows that fill these structs,
 * with every default and range, are in document_fields.c; docs/reference and
 * schema/documents.schema.json come from the same rows. Included through config/documents.h. */
#ifndef CONFIG_DOCUMENT_H
#define CONFIG_DOCUMENT_H

#include "config/adapter_document.h"
#include "config/gateway_document.h"
#include "config/mcp_document.h"
#include "config/policy_document.h"
#include "json/json_value.h"

/* clang-format off */
enum document_kind {
    DOCUMENT_GATEWAY, DOCUMENT_DOMAIN, DOCUMENT_ISSUER, DOCUMENT_CLIENT, DOCUMENT_AGENT_CLASS, DOCUMENT_TARGET,
    DOCUMENT_ADAPTER, DOCUMENT_TEAM, DOCUMENT_POLICY, DOCUMENT_COMBINATION, DOCUMENT_KIND_COUNT
}; /* clang-format on */

/* The longest life that a document can give to what is issued. */
enum { CREDENTIAL_LIFETIME_MAX_S = 86400 };

/* What a principal or team may use; 0 = no limit of its own. */
struct budget_document {
    int64_t exchanges_per_second;
    int64_t live_credentials;
    int64_t records_per_hour;
};

/* kind: Domain. Without any document of this kind there is one, "local". */
struct domain_document {
    struct text_list leaves_for; /* domains its identities may leave for; its own is always allowed */
    bool is_enabled;
};

enum issuer_keys_source { ISSUER_KEYS_DISCOVERY, ISSUER_KEYS_JWKS_URI, ISSUER_KEYS_INLINE };

/* How people log in there (OpenID Connect): this gateway as its client. */
struct login_document {
    struct text client_id;   /* TEXT_NONE: nobody logs in there */
    struct text secret_file; /* of that client; TEXT_NONE: a public one, by PKCE alone */
    struct text_list scopes; /* default openid */
};

/* kind: Issuer */
struct issuer_document {
    struct text domain; /* default "local" */
    struct text issuer; /* iss, exact bytes */
    enum issuer_keys_source keys_source;
    struct text jwks_uri;
    const struct json_value *jwks; /* inline: a JWK Set object */
    struct text_list audiences;    /* what aud may name; default: our own issuer identifier */
    struct text_list algorithms;   /* default RS256 PS256 ES256 ES384 EdDSA Ed25519 */
    struct text_list
        token_types;           /* short names: access_token, id_token, jwt, id-jag; default access_token, jwt */
    struct text_list types;    /* accepted typ values beyond the default of the token type */
    int64_t maximum_age_s;     /* since iat; default 86400 */
    int64_t leeway_s;          /* default 30, at most 60 */
    struct text subject_claim; /* path; default "sub" */
    struct name_value_list attributes; /* our attribute name -> claim path */
    bool is_platform; /* "platform: true": its tokens may authenticate agents through AgentClass */
    struct login_document login;
    struct text_list hands_tokens_to; /* metadata.names of Targets whose adapters may be given its tokens */
    int64_t risk;                     /* 0 to 100, for policies to weigh */
    bool is_enabled;
};

/* NONE: a public client (RFC 6749 section 2.1), which proves nothing but that it began what it finishes. */
enum client_method {
    CLIENT_SECRET_BASIC = 1,
    CLIENT_SECRET_POST = 2,
    CLIENT_PRIVATE_KEY_JWT = 4,
    CLIENT_NONE = 8,
    CLIENT_TLS = 16 /* RFC 8705 section 2.1 */
};

/* kind: Client. metadata.name is the client_id unless spec.clientId says otherwise. */
struct client_document {
    struct text client_id;
    unsigned methods;              /* enum client_method */
    struct text secret_file;       /* plain secret in an owner-only file, at least 32 characters */
    struct text secret_hash;       /* or the keyed hash (hexadecimal) that dragomand hash-secret prints */
    const struct json_value *jwks; /* inline keys for private_key_jwt */
    struct text jwks_uri;          /* or fetched */
    struct {
        struct text subject, dns, uri, ip, email; /* one of them, for tls_client_auth */
    } certificate;
    bool accepts_token_endpoint_audience; /* published RFC 7523 compatibility; default false */
    struct text_list redirect_uris;       /* where its people come back to from /authorize; empty: none come */
    /* It is a class: it stands for all clients whose client_id is the https URL of their metadata document at
     * one of these hosts ("*": any), or one of these URLs; and for those that register themselves. */
    struct text_list metadata_hosts, metadata_urls;
    bool has_registered;
    struct budget_document budget;
    bool is_evaluator; /* "evaluates: true": may ask this gateway's own policy decision endpoint */
    bool is_enabled;
};

/* client_ids that are given at /register. */
#define REGISTERED_CLIENT_PREFIX "urn:dragoman:client:"

/* It is no client itself: those that it stands for are. */
static inline bool client_document_is_class(const struct client_document *client)
{
    return client->metadata_hosts.count != 0 || client->metadata_urls.count != 0 || client->has_registered;
}

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

/* What a target's adapter is given beside the order, to show on the other side. */
struct hand_over_document {
    struct text assertion_audience; /* aud of a JWT of ours by the token profile; TEXT_NONE: none is made */
    struct name_value_list
        assertion_claims;         /* further claim -> "root", "exchange", "client", "actor", "task" */
    bool is_subject_token_wanted; /* the subject token itself; its Issuer has to say so too */
    struct text_list attributes;  /* of the subject, by our names */
};

/* kind: Target */
struct target_document {
    struct text domain;         /* default "local" */
    struct text_list audiences; /* names for the audience parameter; the first is the aud of what is issued */
    struct text_list resources; /* absolute URIs for the resource parameter */
    struct text adapter;        /* default "jwt" */
    const struct json_value *settings;      /* the adapter's; an object, or NULL */
    struct text algorithm;                  /* token profile; default ES256 */
    struct text type;                       /* typ; default "at+jwt" */
    struct name_value_list claims;          /* extra claim -> subject attribute that fills it */
    struct text_list scopes;                /* offered */
    struct name_value_list scope_words;     /* what people are told of them */
    struct text_list authorization_details; /* types offered (RFC 9396 section 2) */
    int64_t maximum_lifetime_s;             /* default 300 */
    struct text_list issuers;   /* metadata.names accepted as subject; empty = none; "self" = ours */
    struct text_list clients;   /* client or agent-class names that may ask; empty = none */
    struct text_list actors;    /* client or agent-class names, or issuer/subject; empty = any client */
    bool accepts_clients_alone; /* clients as the subject themselves; default false */
    struct hand_over_document hand_over;
    int64_t consent_s; /* how long a person's consent holds; 0: nobody has to connect or consent */
    struct egress_document egress;
    struct mcp_document mcp;
    struct calls_document calls;
    struct text resource_server; /* client name that is this target: may introspect, and chain onwards */
    bool is_enabled;
};

/* Whoever an issuer says has this attribute may do that. */
struct team_member {
    struct text issuer;    /* metadata.name */
    struct text attribute; /* ours, or "sub" */
    struct text value;
    struct text_list rights; /* read, apply, delete, kill, lift */
};

/* kind: Team */
struct team_document {
    struct mapping_list members; /* struct team_member */
    struct text_list kinds;      /* that it may own, by name; default Target */
    bool is_operator;            /* its members' rights hold for every document */
    struct budget_document budget;
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
        struct adapter_document adapter;
        struct team_document owner; /* kind: Team */
        struct policy_document policy;
        struct combination_document combination;
    };
};

#endif
