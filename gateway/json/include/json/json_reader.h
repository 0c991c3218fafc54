/* The strict streaming JSON reader (RFC 8259, RFC 7493 I-JSON): the only way JSON enters the process. On yajl's
 * stream parser, plus what yajl lets through: doubled names, depth, member counts, size, UTF-8, lone
 * surrogates, NUL, form feed as white space, some trailing data. Numbers are passed on as written; their range
 * is judged where they are used. Calls back in document order; stops at the first fault a callback returns.
 * docs/json.md lists what is refused. */
#ifndef JSON_JSON_READER_H
#define JSON_JSON_READER_H

#include "base/fault.h"
#include "base/text.h"

/* Far beyond what any document of ours needs; Cedar's policies are expressions, with two levels for each. */
enum { JSON_DEPTH_MAX = 1040 };

struct json_limits {
    size_t bytes;     /* of the whole document */
    unsigned depth;   /* of arrays and objects; at most JSON_DEPTH_MAX */
    unsigned members; /* values in all, names included */
    bool takes_nul;   /* an escaped U+0000 too: for those whose texts go nowhere that ends at one */
};
/* 64 KiB, 16 deep, 4,096 members: what a token's header or claims may be. */
extern const struct json_limits json_limits_token;
/* 1 MiB, 32 deep, 65,536 members: JWK Sets, documents, administrative bodies. */
extern const struct json_limits json_limits_document;

/* The two _end callbacks may be NULL. A kind of value whose other callback is NULL is refused, so that a reader
 * of a flat object does not take an array's elements for members. */
struct json_handler {
    enum fault (*on_null)(void *context);
    enum fault (*on_boolean)(void *context, bool value);
    enum fault (*on_number)(void *context, struct text raw);   /* as written */
    enum fault (*on_string)(void *context, struct text value); /* unescaped; borrowed during the call */
    enum fault (*on_object_begin)(void *context);
    enum fault (*on_name)(void *context, struct text name);
    enum fault (*on_object_end)(void *context);
    enum fault (*on_array_begin)(void *context);
    enum fault (*on_array_end)(void *context);
};

/* FAULT_JSON_INVALID for anything that is not one strict JSON value with nothing but white space around it. A
 * callback's fault is returned as it is. Where mistake is not NULL it gets a static sentence that says what is
 * wrong and *offset the byte (or the one behind it). What callbacks were told counts only if this returns
 * FAULT_NONE. */
MUST_USE enum fault json_read(struct text document, const struct json_limits *limits,
                              const struct json_handler *handler, void *context, const char **mistake,
                              size_t *offset);

#endif
