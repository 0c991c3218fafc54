/* JSON lines on standard error, one write per line so that threads do not interleave. */
#include "base/log.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"

enum { LONGEST_VALUE = 256 };

static _Atomic int lowest_level = LOG_INFO;
static _Thread_local const struct log_scope *scope_here;

/* systemd says by JOURNAL_STREAM which file the journal is (systemd.exec(5)); standard error may be another by
 * now. Asked once. */
static _Atomic bool is_journal;
static pthread_once_t journal_once = PTHREAD_ONCE_INIT;

static void look_for_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    unsigned long long device, inode;
    struct stat error;
    if (stream != NULL && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
        fstat(STDERR_FILENO, &error) == 0)
        atomic_store(&is_journal, error.st_dev == device && error.st_ino == inode);
}

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

static void append_id(struct buffer *line, const char *name, const char *id)
{
    if (id[0] != '\0')
        buffer_print(line, ",\"%s\":\"%s\"", name, id);
}

static bool has_field(const char *name, const struct log_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(fields[i].name, name) == 0)
            return true;
    }
    return false;
}

static void append_scope(struct buffer *line, const struct log_field *fields, size_t count)
{
    const struct log_scope *scope = scope_here;
    if (scope == NULL)
        return;
    append_id(line, "request_id", scope->request_id);
    append_id(line, "given_request_id", scope->given_id);
    append_id(line, "trace_id", scope->trace_id);
    if (!has_field("exchange", fields, count))
        append_id(line, "exchange", scope->exchange);
}

void log_set_scope(const struct log_scope *scope)
{
    scope_here = scope;
}

bool log_is_written(enum log_level level)
{
    return (int)level >= atomic_load_explicit(&lowest_level, memory_order_relaxed);
}

void log_write(enum log_level level, const char *event, const struct log_field *fields, size_t count)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    static const int priorities[] = {7, 6, 4, 3};
    if (!log_is_written(level))
        return;
    pthread_once(&journal_once, look_for_journal);
    char now[CLOCK_TEXT_SIZE];
    clock_format(clock_wall_us(), now);
    SCOPED_BUFFER line = {0};
    if (atomic_load_explicit(&is_journal, memory_order_relaxed))
        buffer_print(&line, "<%d>", priorities[level]);
    buffer_print(&line, "{\"ts\":\"%s\",\"level\":\"%s\",\"event\":\"%s\"", now, names[level], event);
    append_scope(&line, fields, count);
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
