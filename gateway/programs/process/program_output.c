/* Bytes are looked at once and kept nowhere but in the line they belong to. */
#include "program_output.h"

#include <string.h>
#include <unistd.h>

#include "base/log.h"

enum { READ_BYTES = 16384, MINUTE_US = 60 * 1000 * 1000, PAUSE_US = 100 * 1000, FIELD_BYTES = 256 };

static void begin_minute(struct program_output *output, struct text adapter, int64_t now_us)
{
    if (output->minute_us != 0 && now_us - output->minute_us < MINUTE_US)
        return;
    if (output->dropped != 0)
        LOG(LOG_WARNING, "adapter_output_dropped", log_text("adapter", adapter),
            log_number("lines", output->dropped));
    output->minute_us = now_us;
    output->lines = output->dropped = 0;
}

/* The log cuts a value at 256 bytes. */
static void end_line(struct program_output *output, struct text adapter)
{
    struct text line = {output->line, output->length};
    output->length = 0;
    output->is_cut = false;
    if (line.length == 0)
        return;
    if (output->lines == OUTPUT_LINES_A_MINUTE) {
        output->dropped++;
        return;
    }
    output->lines++;
    if (line.length <= FIELD_BYTES)
        LOG(LOG_INFO, "adapter_output", log_text("adapter", adapter), log_text("line", line));
    else
        LOG(LOG_INFO, "adapter_output", log_text("adapter", adapter),
            log_text("line", (struct text){line.base, FIELD_BYTES}),
            log_text("goes_on", (struct text){line.base + FIELD_BYTES, line.length - FIELD_BYTES}));
}

static void take(struct program_output *output, struct text adapter, struct text part)
{
    while (part.length != 0) {
        const char *end = memchr(part.base, '\n', part.length);
        size_t length = end == NULL ? part.length : (size_t)(end - part.base);
        size_t room = sizeof(output->line) - output->length;
        size_t kept = output->is_cut ? 0 : length < room ? length : room;
        memcpy(output->line + output->length, part.base, kept);
        output->length += kept;
        output->is_cut = output->is_cut || kept < length;
        if (end != NULL)
            end_line(output, adapter);
        length += end != NULL;
        part = (struct text){part.base + length, part.length - length};
    }
}

void program_output_read(struct program_output *output, struct text adapter, int64_t now_us)
{
    char bytes[READ_BYTES];
    ssize_t length = read(output->descriptor, bytes, sizeof(bytes));
    if (length == 0) {
        program_output_close(output, adapter, now_us);
        return;
    }
    if (length < 0)
        return;
    begin_minute(output, adapter, now_us);
    take(output, adapter, (struct text){bytes, (size_t)length});
    if (output->lines == OUTPUT_LINES_A_MINUTE || output->is_cut)
        output->paused_until_us = now_us + PAUSE_US;
}

void program_output_close(struct program_output *output, struct text adapter, int64_t now_us)
{
    char bytes[READ_BYTES];
    if (output->descriptor < 0)
        return;
    begin_minute(output, adapter, now_us);
    ssize_t length = read(output->descriptor, bytes, sizeof(bytes));
    if (length > 0)
        take(output, adapter, (struct text){bytes, (size_t)length});
    end_line(output, adapter);
    if (output->dropped != 0)
        LOG(LOG_WARNING, "adapter_output_dropped", log_text("adapter", adapter),
            log_number("lines", output->dropped));
    close(output->descriptor);
    output->descriptor = -1;
}
