/* The log: one JSON object a line on standard error, stable keys ts, level, event, then the fields in order. A
 * log line is for operators and is not a record. Values are escaped and cut at 256 bytes; there is no formatter
 * for secrets. */
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

struct log_field log_text(const char *name, struct text text);
struct log_field log_number(const char *name, int64_t number);

void log_write(enum log_level level, const char *event, const struct log_field *fields, size_t count);
void log_set_level(enum log_level lowest);

/* LOG(LOG_INFO, "keys_refreshed", log_text("issuer", name), log_number("keys", 3)); at least one field. */
#define LOG(level, event, ...)                                                                                 \
    log_write((level), (event), (const struct log_field[]){__VA_ARGS__},                                       \
              sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))

#endif
