/* A call of the gateway without a gateway: what the adapter's parts are given, and what they say in it. */
#ifndef KERBEROS_TEST_CALL_STAGE_H
#define KERBEROS_TEST_CALL_STAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../adapters/sdk/call.h"
#include "realm_settings.h"

struct call_stage {
    struct adapter_program program;
    struct adapter_call call;
    struct arena *arena; /* the call's */
    int log_end;
};

void call_stage_begin(struct call_stage *stage);
void call_stage_end(struct call_stage *stage);

/* JSON with ' in the place of ". */
const struct json_value *call_stage_json(struct call_stage *stage, const char *document);
/* Reads a realm's settings, which have no mistakes. */
void call_stage_realm(struct call_stage *stage, const char *document, struct realm_settings *realm);
/* Whether the mistakes are this one, at this path and with these words; path NULL: there are none. */
void call_stage_assert_mistake(struct call_stage *stage, const struct adapter_mistakes *mistakes,
                               const char *document, const char *path, const char *words);
/* Everything that was logged since the last time, one line for each. */
struct text call_stage_log(struct call_stage *stage);
bool text_has(struct text text, const char *words);

#endif
