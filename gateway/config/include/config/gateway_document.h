/* kind: Gateway as plain data; see config/document.h, which includes it. */
#ifndef CONFIG_GATEWAY_DOCUMENT_H
#define CONFIG_GATEWAY_DOCUMENT_H

#include "base/log.h"
#include "config/adapter_document.h"
#include "config/mcp_document.h"
#include "config/text_list.h"

/* spec.limits.connections: what connections may cost. */
/* What sessions of the admin API are for, and nothing else is: no target may have this name. */
#define ADMIN_AUDIENCE      "dragoman-admin"
#define ADMIN_SOCKET_CLIENT "admin-socket"

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

/* spec.sealing: where the sealing key comes from. One of the ways is set, and one alone. */
struct sealing_document {
    struct text key_file;
    struct text credential;  /* its name */
    struct text environment; /* the variable's name */
    struct text_list command, command_environment;
    int64_t command_timeout_s;
    bool is_manual;
};

/* spec.tracing: where traces are sent; no url = nowhere. */
struct tracing_document {
    struct text url, headers_file, ca_file;
    struct text_list allow; /* CIDR exceptions of the address guard, for the collector alone */
    int64_t percent, timeout_s;
};

/* spec.authorization: clients that people give leave to, at /authorize. */
struct authorization_gateway_document {
    struct text_list metadata_hosts; /* where metadata documents of clients may be fetched; "*": anywhere */
    bool is_registration_open;       /* RFC 7591 */
    int64_t registrations, registration_s;
    int64_t consent_s; /* at targets that do not say how long one holds */
};

/* What terminators may be believed. */
enum terminator_header {
    TERMINATOR_FORWARDED_FOR = 1,
    TERMINATOR_FORWARDED = 2,
    TERMINATOR_CLIENT_CERTIFICATE = 4,
};

/* kind: Gateway. One, in a file. */
struct gateway_document {
    struct text issuer;                /* our issuer identifier, https URL without query and fragment */
    struct text service_url;           /* where clients reach us; empty: at our issuer identifier */
    struct text_list plaintext_listen; /* the same without TLS, on loopback */
    struct {
        struct text_list addresses; /* CIDR */
        bool speaks_proxy;
        unsigned headers; /* enum terminator_header */
    } terminators;
    struct text_list listen; /* "address:port", "[address]:port" */
    struct text certificate_file, key_file;
    struct text client_ca_file; /* empty: clients are not asked for a certificate */
    struct text store_path;     /* SQLite */
    struct text postgres_connection, postgres_password_file, postgres_schema; /* no connection: SQLite */
    int64_t postgres_connect_s, postgres_statement_s, postgres_answer_s;
    bool postgres_is_weak;
    int64_t store_ready_grace_s; /* away for longer, it makes the gateway not ready */
    struct sealing_document sealing;
    struct text admin_socket;
    struct text_list admin_listen;    /* the same over the network, with a token */
    struct text_list admin_audiences; /* of tokens that are shown at its login; empty: those of their issuer */
    int64_t admin_session_s;
    struct adapters_document adapters;
    struct text_list egress_listen; /* empty: there is no egress */
    struct text_list monitoring_listen;
    bool monitoring_is_plaintext;
    struct mcp_gateway_document mcp;
    int64_t people_session_s, people_link_s;
    struct authorization_gateway_document authorization;
    struct text outbound_ca_file;
    struct text_list outbound_allow;     /* CIDR exceptions of the address guard */
    struct text_list signing_algorithms; /* default ES256 */
    int64_t threads;                     /* 0 = cores */
    int64_t requests_in_flight, requests_in_flight_per_connection, streams;
    struct connection_limits_document connections;
    struct stranger_limits_document strangers;
    int64_t kills_in_memory; /* cutoffs a loop's book holds */
    int64_t kill_clock_margin_s;
    int64_t lease_pending_s, withdrawal_delay_s, withdrawal_delay_maximum_s;
    int64_t withdrawals_in_parallel;
    int64_t chain_depth;       /* actors in a chain, default 4 */
    int64_t remembered_tokens; /* per thread, default 4096 */
    struct text_list signing_key_files;
    int64_t key_publish_s;         /* how long a new key is published before it signs */
    int64_t key_rotate_s;          /* how long one signs; 0 = until somebody rotates it */
    int64_t record_retention_days; /* 0 = keep */
    int64_t stop_delay_s, drain_deadline_s, start_deadline_s, silence_deadline_s;
    int64_t restart_delay_ms, restart_delay_max_s, sound_after_s;
    bool is_confined;
    struct text_list confinement_readable;
    struct policy_limits_document policy;
    struct pdp_document pdp;
    struct tracing_document tracing;
    enum log_level log_level;
    struct text_list insecure; /* the words of the dangerous choices it makes, all of them; config/danger.h */
};

#endif
