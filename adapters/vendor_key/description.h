/* The vendor's API as the target's settings describe it, read and looked through. */
#ifndef VENDOR_KEY_DESCRIPTION_H
#define VENDOR_KEY_DESCRIPTION_H

#include "dragoman/adapter_tools.h"

enum { DESCRIPTION_HEADERS_MAX = 16, DESCRIPTION_BYTES_MAX = 40 * 1024 };

struct vendor_header {
    struct text name, value; /* value: a template */
};

struct vendor_request {
    bool is_there;
    struct text method, url; /* url: a template; scheme, host and port have no name in them */
    struct vendor_header headers[DESCRIPTION_HEADERS_MAX];
    size_t header_count;
    const struct json_value *body; /* its texts are templates; NULL: none */
    unsigned uses;                 /* enum template_name */
};

struct vendor_description {
    struct vendor_request create, removal, find;
    struct {
        struct text key, id, expires_at; /* pointers; expires_at TEXT_NONE: as asked */
    } answer;
    struct {
        struct text list, id, label, more; /* pointers; more TEXT_NONE: a list is always whole */
        struct text equals;                /* a template: what the label of a lease's key is */
    } found;
    struct text header, scheme; /* how the key is shown */
    struct text origin;         /* scheme, host and port, where all requests go */
    bool uses_secret;
};

/* Mistakes go where the settings' go; the description is whole where there is none. */
void description_read(struct adapter_mistakes *mistakes, const struct json_value *settings, struct arena *arena,
                      struct vendor_description *description);

#endif
