/* The request that a call of a tool becomes: arguments where the document says that they go, so that none can
 * leave its place. Pure. */
#ifndef OPENAPI_OPENAPI_REQUEST_H
#define OPENAPI_OPENAPI_REQUEST_H

#include "openapi/openapi.h"

enum { OPENAPI_TARGET_BYTES_MAX = 16 * 1024, OPENAPI_HEADER_BYTES_MAX = 8 * 1024 };

struct openapi_header {
    struct text name, value; /* the name in lower case */
};

struct openapi_request {
    struct text target; /* path and query, encoded; begins with '/' */
    struct openapi_header headers[OPENAPI_PARAMETERS_MAX];
    size_t header_count;
    struct text body; /* TEXT_NONE: none */
};

/* arguments: an object, or NULL for none. credential_header: the one that is not for arguments, in lower case.
 * false: *mistake says to whoever calls what is wrong with the arguments. */
bool openapi_request_make(struct arena *arena, const struct openapi_operation *operation,
                          const struct json_value *arguments, struct text credential_header,
                          struct openapi_request *request, struct text *mistake);

#endif
