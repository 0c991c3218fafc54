/* One pass over the lines. Comments are left out: types and help are for scrapers. */
#include "metrics_text.h"

#include <stdlib.h>
#include <string.h>

enum { NUMBER_MAX = 63 };

static bool is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_' || byte == ':';
}

static struct text take_name(struct text *rest)
{
    size_t length = 0;
    while (length < rest->length && is_name_byte(rest->base[length]))
        length++;
    struct text name = {rest->base, length};
    *rest = (struct text){rest->base + length, rest->length - length};
    return name;
}

/* Up to the brace that is in no quotes. */
static bool take_labels(struct text *rest, struct text *labels)
{
    bool is_quoted = false;
    if (rest->length == 0 || rest->base[0] != '{')
        return true;
    for (size_t i = 1; i < rest->length; i++) {
        if (is_quoted && rest->base[i] == '\\')
            i++;
        else if (rest->base[i] == '"')
            is_quoted = !is_quoted;
        else if (rest->base[i] == '}' && !is_quoted) {
            *labels = (struct text){rest->base + 1, i - 1};
            *rest = (struct text){rest->base + i + 1, rest->length - i - 1};
            return true;
        }
    }
    return false;
}

static bool read_number(struct text word, double *value)
{
    char copy[NUMBER_MAX + 1], *end;
    if (word.length == 0 || word.length > NUMBER_MAX)
        return false;
    memcpy(copy, word.base, word.length);
    copy[word.length] = '\0';
    *value = strtod(copy, &end);
    return *end == '\0' && strlen(copy) == word.length;
}

static bool read_sample(struct text line, struct sample *sample)
{
    *sample = (struct sample){.name = take_name(&line), .labels = TEXT_NONE};
    if (sample->name.length == 0 || !take_labels(&line, &sample->labels) || line.length < 2 ||
        line.base[0] != ' ')
        return false;
    line = (struct text){line.base + 1, line.length - 1};
    struct text number = text_cut(&line, ' '); /* a time may follow */
    return read_number(number, &sample->value);
}

bool metrics_text_read(struct arena *arena, struct text page, struct metrics_text *metrics)
{
    size_t lines = 0;
    for (size_t i = 0; i < page.length; i++)
        lines += page.base[i] == '\n';
    if (lines > METRICS_SAMPLES_MAX)
        return false;
    *metrics = (struct metrics_text){.samples = ARENA_ARRAY(arena, struct sample, lines + 1)};
    while (page.length != 0) {
        struct text line = text_cut(&page, '\n');
        if (line.length == 0 || line.base[0] == '#')
            continue;
        if (!read_sample(line, &metrics->samples[metrics->count]))
            return false;
        metrics->count++;
    }
    return metrics->count != 0;
}

struct text sample_label(const struct sample *sample, const char *name)
{
    struct text rest = sample->labels;
    while (rest.length != 0) {
        struct text label = take_name(&rest);
        if (label.length == 0 || rest.length < 3 || rest.base[0] != '=' || rest.base[1] != '"')
            return TEXT_NONE;
        size_t end = 2;
        while (end < rest.length && rest.base[end] != '"')
            end += rest.base[end] == '\\' ? 2 : 1;
        if (end >= rest.length)
            return TEXT_NONE;
        if (text_is(label, name))
            return (struct text){rest.base + 2, end - 2};
        size_t used = end + 1 < rest.length && rest.base[end + 1] == ',' ? end + 2 : end + 1;
        rest = (struct text){rest.base + used, rest.length - used};
    }
    return TEXT_NONE;
}

double metrics_text_sum(const struct metrics_text *metrics, const char *name, const char *label,
                        const char *value)
{
    double sum = 0;
    for (size_t i = 0; i < metrics->count; i++) {
        const struct sample *sample = &metrics->samples[i];
        if (text_is(sample->name, name) && (label == NULL || text_is(sample_label(sample, label), value)))
            sum += sample->value;
    }
    return sum;
}
