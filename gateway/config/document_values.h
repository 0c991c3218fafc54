/* The types a field's value can have: how each is called, what a mistake says was expected, how a JSON Schema
 * writes it, and which texts are one. Rows only; reading a value into a document is document_binding.c's. */
#ifndef CONFIG_DOCUMENT_VALUES_H
#define CONFIG_DOCUMENT_VALUES_H

#include "base/arena.h"

enum value_type {
    VALUE_TEXT,
    VALUE_NAME,
    VALUE_CLIENT_ID,
    VALUE_ISSUER_URL,
    VALUE_URL,
    VALUE_AUDIENCE,
    VALUE_RESOURCE,
    VALUE_LISTEN,
    VALUE_FILE,
    VALUE_CONTENT_FILE, /* is read with the documents that name it */
    VALUE_POLICIES,     /* the one text that may have several lines */
    VALUE_CIDR,
    VALUE_HOST, /* of a URL, with its port if it has one; "*" for any */
    VALUE_SECRET_HASH,
    VALUE_SCOPE,
    VALUE_SERVER_REQUEST,
    VALUE_CLAIM_PATH,
    VALUE_CLAIM_VALUE, /* also a number or boolean, by its spelling */
    VALUE_CLAIM_NAME,
    VALUE_ATTRIBUTE,
    VALUE_ACTOR,
    VALUE_ALGORITHM,
    VALUE_SIGNING_ALGORITHM,
    VALUE_TOKEN_TYPE,
    VALUE_CLIENT_METHOD,     /* in the order of enum client_method's bits */
    VALUE_TERMINATOR_HEADER, /* in the order of enum terminator_header's bits */
    VALUE_ENFORCEMENT,
    VALUE_HOLDER, /* in the order of enum combination_holder */
    VALUE_EFFECT,
    VALUE_DURATION,
    VALUE_INTEGER,
    VALUE_BOOLEAN,
    VALUE_JWKS,
    VALUE_SETTINGS, /* a mapping of whatever */
    VALUE_PROGRAM,  /* a file name without a folder */
    VALUE_SHA256,
    VALUE_NETWORK,
    VALUE_ISOLATION,
    VALUE_LOG_LEVEL,        /* in the order of enum log_level */
    VALUE_ASSERTION_SOURCE, /* of a claim of an assertion that is handed over */
    VALUE_METHOD,           /* of HTTP */
    VALUE_HEADER,           /* its name, in lower case */
    VALUE_PATH_PATTERN,
    VALUE_RIGHT,
    VALUE_TEAM_KIND,
    VALUE_CREDENTIAL, /* of the service manager: its name */
    VALUE_VARIABLE,   /* of the environment: its name */
    VALUE_ARGUMENT,   /* of a program; may stand in a list twice */
    VALUE_DANGER,
    VALUE_TYPE_COUNT
};

struct value_row {
    const char *label;                  /* for documentation */
    const char *expected;               /* "expected " + this */
    const char *schema;                 /* members of a JSON Schema object */
    const char *const *names;           /* where only these are allowed; ends with NULL */
    bool (*is_valid)(struct text text); /* NULL where names decide, or where the value is no text */
    size_t bytes_max;
};

const struct value_row *value_row(enum value_type type);
/* For text types: 1 to bytes_max bytes, and one of them. */
bool value_is_valid(enum value_type type, struct text text);
/* Position among the names of the type; -1 if it is none of them. */
int value_name_index(enum value_type type, struct text text);
/* "90s", "5m", "1h", "7d": in the largest unit that fits. text_to_seconds is the other way. */
struct text value_duration_words(struct arena *arena, int64_t seconds);

#endif
