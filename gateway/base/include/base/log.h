/* The log: one JSON object a line on standard error, stable keys ts, level, event, then what the scope says,
 * then the fields in order. Where standard error is the journal, its priority stands before each line
 * (sd-daemon(3)). A log line is for operators and is not a record. Values are escaped and cut at 256 bytes;
 * there is no formatter for secrets. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdint.h>

#include "base/text.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

struct log_field {
    const char *name;
    struct text text; /* used when is_number is false */
    int64_t number;
    bool is_number;
};

/* What every line of this thread carries while it works on one request: each "" where there is none. */
enum { LOG_ID_SIZE = 27, LOG_TRACE_ID_SIZE = 33, LOG_GIVEN_ID_SIZE = 65 };
struct log_scope {
    char request_id[LOG_ID_SIZE];
    char trace_id[LOG_TRACE_ID_SIZE];
    char exchange[LOG_ID_SIZE];
    char given_id[LOG_GIVEN_ID_SIZE]; /* X-Request-ID, as the caller chose it */
};
/* Borrowed until the next call; NULL: none. */
void log_set_scope(const struct log_scope *scope);

struct log_field log_text(const char *name, struct text text);
struct log_field log_number(const char *name, int64_t number);

void log_write(enum log_level level, const char *event, const struct log_field *fields, size_t count);
void log_set_level(enum log_level lowest);
/* Whether a line of this level is written: before it costs something to make one. */
bool log_is_written(enum log_level level);

/* LOG(LOG_INFO, "keys_refreshed", log_text("issuer", name), log_number("keys", 3)); at least one field. */
#define LOG(level, event, ...)                                                                                 \
    log_write((level), (event), (const struct log_field[]){__VA_ARGS__},                                       \
              sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))

#endif
