/* JSON lines on standard error, one write per line so that threads do not interleave. */
#include "base/log.h"

#include <stdatomic.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"

enum { LONGEST_VALUE = 256 };

static _Atomic int lowest_level = LOG_INFO;

struct log_field log_text(const char *name, struct text text)
{
    return (struct log_field){.name = name, .text = text};
}

struct log_field log_number(const char *name, int64_t number)
{
    return (struct log_field){.name = name, .number = number, .is_number = true};
}

static void append_escaped(struct buffer *line, struct text value)
{
    size_t shown = value.length < LONGEST_VALUE ? value.length : LONGEST_VALUE;
    buffer_append_byte(line, '"');
    for (size_t i = 0; i < shown; i++) {
        unsigned char byte = (unsigned char)value.base[i];
        if (byte == '"' || byte == '\\')
            buffer_print(line, "\\%c", byte);
        else if (byte < 0x20 || byte >= 0x7f)
            buffer_print(line, "\\u%04x", byte); /* bytes, not characters: a log line is plain ASCII */
        else
            buffer_append_byte(line, (char)byte);
    }
    buffer_append_byte(line, '"');
}

void log_write(enum log_level level, const char *event, const struct log_field *fields, size_t count)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    if ((int)level < atomic_load_explicit(&lowest_level, memory_order_relaxed))
        return;
    char now[CLOCK_TEXT_SIZE];
    clock_format(clock_wall_us(), now);
    SCOPED_BUFFER line = {0};
    buffer_print(&line, "{\"ts\":\"%s\",\"level\":\"%s\",\"event\":\"%s\"", now, names[level], event);
    for (size_t i = 0; i < count; i++) {
        buffer_print(&line, ",\"%s\":", fields[i].name);
        if (fields[i].is_number)
            buffer_print(&line, "%lld", (long long)fields[i].number);
        else
            append_escaped(&line, fields[i].text);
    }
    buffer_append(&line, TEXT("}\n"));
    /* A full or closed standard error must not stop the gateway. */
    ssize_t written = write(STDERR_FILENO, line.base, line.length);
    (void)written;
}

void log_set_level(enum log_level lowest)
{
    atomic_store_explicit(&lowest_level, (int)lowest, memory_order_relaxed);
}
