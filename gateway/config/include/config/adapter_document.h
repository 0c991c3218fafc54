/* kind: Adapter as plain data, and what a Target says of calls that are made with its credentials; see
 * config/document.h, which includes it. */
#ifndef CONFIG_ADAPTER_DOCUMENT_H
#define CONFIG_ADAPTER_DOCUMENT_H

#include "config/text_list.h"
#include "json/json_value.h"

enum { ADAPTER_SETTINGS_BYTES_MAX = 32 * 1024 /* as JSON */ };

/* kind: Adapter: a program that makes one kind of credential. */
struct adapter_document {
    struct text program;                         /* a file's name in one of the gateway's adapter directories */
    struct text sha256;                          /* of that file: 64 hexadecimal digits */
    struct text interpreter, interpreter_sha256; /* of a script; both TEXT_NONE for a program of its own */
    bool has_network;                            /* "network: any" */
    bool has_loopback_listener;                  /* it is handed a socket that listens on 127.0.0.1 */
    const struct json_value *settings;           /* its own, an object; or NULL */
    struct name_value_list files;                /* its name for it -> path */
    struct name_value_list sockets;              /* the same; it is handed connections to them */
    struct text_list teams;                      /* whose targets may use it; empty: all */
    bool is_isolation_waived;                    /* "isolation: none" */
    int64_t memory_mib, open_files, processes;
    int64_t timeout_s; /* of a call */
    int64_t in_parallel, queue;
    bool is_enabled;
};

/* Names of adapters that need no document, as they are part of the gateway; ends with NULL. */
extern const char *const adapters_built_in[];

/* spec.adapters of the Gateway. */
struct adapters_document {
    struct text_list directories, interpreters;
    bool is_isolation_waived;
    int64_t first_user_id;
};

/* spec.egress of a Target. */
struct egress_document {
    struct text upstream;              /* URL: scheme, host, path prefix; TEXT_NONE: no egress */
    struct text adapter;               /* what makes the credential that is put in; default "vault" */
    const struct json_value *settings; /* that adapter's; an object, or NULL */
    struct text_list answer_headers;   /* let through besides the usual ones, lower case */
    int64_t first_byte_s, idle_s;
};

struct call_rule {
    struct text_list methods; /* empty: any */
    struct text_list paths;   /* patterns: "*" is one segment, "**" at the end whatever follows */
    struct text_list scopes;  /* all of them are needed */
};

/* spec.calls of a Target. */
struct calls_document {
    struct mapping_list rules; /* struct call_rule; empty: every call is let through */
    int64_t per_minute;        /* 0 = no limit */
};

#endif
