/* The numbers of PROTOCOL.md that both ends keep to: the gateway's host, the C SDK and the conformance kit. No
 * code; a test that holds an end to the page writes the page's numbers out. */
#ifndef ADAPTER_PROTOCOL_NUMBERS_H
#define ADAPTER_PROTOCOL_NUMBERS_H

#include <stdint.h>

/* Codes of errors, "Errors". */
enum protocol_code {
    PROTOCOL_REFUSED = -32001,
    PROTOCOL_UNAVAILABLE = -32002,
    PROTOCOL_MISCONFIGURED = -32003,
    PROTOCOL_INTERACTION_REQUIRED = -32004,
    PROTOCOL_CONFLICT = -32010,
    PROTOCOL_CLAIMED = -32011,
    PROTOCOL_METHOD_UNKNOWN = -32601,
    PROTOCOL_PARAMS_INVALID = -32602,
    PROTOCOL_FAILED = -32603,
    PROTOCOL_CANCELLED = -32800
};

/* Bytes. */
enum {
    PROTOCOL_LINE_MAX = 1024 * 1024, /* without its end */
    PROTOCOL_MESSAGE_MAX = 512,      /* of an error or a mistake */
    PROTOCOL_LOG_MAX = 4096,
    PROTOCOL_CREDENTIAL_MAX = 64 * 1024,
    PROTOCOL_HANDLE_MAX = 4096,
    PROTOCOL_GO_TO_MAX = 8192, /* where a person goes to connect an account */
    PROTOCOL_KEEP_MAX = 4096,  /* of connect_begin until connect_finish */
    PROTOCOL_ACCOUNT_MAX = 256,
    PROTOCOL_CONFIRMATION_MAX = 128,
    PROTOCOL_CHANNEL_BINDING_MAX = 64, /* the longest digest there is */
    PROTOCOL_STATE_KEY_MAX = 512,
    PROTOCOL_STATE_VALUE_MAX = 64 * 1024
};

/* The last second of the year 9999: no time of the protocol is later. */
#define PROTOCOL_TIME_MAX_S INT64_C(253402300799)

#endif
