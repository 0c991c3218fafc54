/* Our requests to the gateway: a call asks and waits, the reading thread brings the answers. */
#ifndef SDK_GATEWAY_ASKS_H
#define SDK_GATEWAY_ASKS_H

#include <pthread.h>

#include "dragoman/adapter_sdk.h"
#include "message.h"

enum { GATEWAY_ASKS_MAX = 64 }; /* at once */

struct gateway_ask;

struct gateway_asks {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct gateway_ask *first;
    unsigned count;
    int64_t last_id;
};

void gateway_asks_open(struct gateway_asks *asks);
void gateway_asks_dispose(struct gateway_asks *asks);
/* Waits for the result. CONFLICT and CLAIMED as the gateway said (answer is then the error), UNAVAILABLE or
 * FAILED for its other errors, CANCELLED where the call is over before. */
MUST_USE enum adapter_outcome gateway_ask(struct adapter_call *call, const char *method,
                                          void (*write_params)(struct json_writer *writer, const void *context),
                                          const void *context, const struct json_value **answer);
/* An answer that came. False: nobody asked. */
bool gateway_asks_answer(struct gateway_asks *asks, const struct message *message, struct text line);
/* Some calls may be over: those that wait look again. */
void gateway_asks_wake(struct gateway_asks *asks);

#endif
