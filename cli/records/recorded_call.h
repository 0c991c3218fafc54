/* What a record of a call says was called, in words for explain and trace. */
#ifndef CLI_RECORDS_RECORDED_CALL_H
#define CLI_RECORDS_RECORDED_CALL_H

#include "base/arena.h"
#include "json/json_value.h"

/* "GET /chat", "tools/call write_file"; TEXT_NONE for a record of anything else. */
struct text recorded_call(struct arena *arena, const struct json_value *record);

#endif
