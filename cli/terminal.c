/* Streams, colours, clean text, times. See terminal.h; nothing here knows commands. */
#include "terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"

enum { WRAP_COLUMNS = 90 };

static bool locale_is_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0')
            return strstr(value, "UTF-8") != NULL || strstr(value, "utf8") != NULL ||
                   strstr(value, "utf-8") != NULL;
    }
    return false;
}

static bool stream_has_colours(FILE *stream)
{
    const char *refused = getenv("NO_COLOR");
    const char *kind = getenv("TERM");
    return isatty(fileno(stream)) == 1 && (refused == NULL || refused[0] == '\0') && kind != NULL &&
           strcmp(kind, "dumb") != 0;
}

static unsigned stream_width(FILE *stream)
{
    struct winsize size = {0};
    if (isatty(fileno(stream)) != 1)
        return 0;
    if (ioctl(fileno(stream), TIOCGWINSZ, &size) != 0 || size.ws_col < 40)
        return 80;
    return size.ws_col;
}

struct terminal terminal_standard(void)
{
    return (struct terminal){
        .in = stdin,
        .out = stdout,
        .error = stderr,
        .out_has_colours = stream_has_colours(stdout),
        .error_has_colours = stream_has_colours(stderr),
        .is_utf8 = locale_is_utf8(),
        .width = stream_width(stdout),
    };
}

const char *terminal_ink(const struct terminal *terminal, const FILE *stream, enum ink ink)
{
    static const char *const sequences[] = {"\033[0m",  "\033[1m",  "\033[2m",
                                            "\033[32m", "\033[31m", "\033[33m"};
    bool has_colours = stream == terminal->error ? terminal->error_has_colours : terminal->out_has_colours;
    return has_colours ? sequences[ink] : "";
}

bool terminal_is_typed_at(const struct terminal *terminal)
{
    int file = fileno(terminal->in);
    return file >= 0 && isatty(file) == 1;
}

const char *terminal_sign(const struct terminal *terminal, const char *utf8, const char *ascii)
{
    return terminal->is_utf8 ? utf8 : ascii;
}

/* The code point at the front of text and its bytes; 0 bytes where it is not UTF-8. */
static size_t code_point(struct text text, uint32_t *point)
{
    unsigned char first = (unsigned char)text.base[0];
    size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (length > text.length || !text_is_utf8((struct text){text.base, length}))
        return 0;
    *point = length == 1 ? first : (uint32_t)(first & (0xff >> (length + 1)));
    for (size_t i = 1; i < length; i++)
        *point = *point << 6 | ((unsigned char)text.base[i] & 0x3f);
    return length;
}

struct text terminal_clean(struct arena *arena, struct text text)
{
    SCOPED_BUFFER out = {0};
    while (text.length != 0) {
        uint32_t point = 0;
        size_t length = code_point(text, &point);
        struct text piece = {text.base, length};
        if (length == 0) {
            buffer_print(&out, "\\x%02x", (unsigned)(unsigned char)text.base[0]);
            length = 1;
        } else if (text_is_printable(piece)) {
            buffer_append(&out, piece);
        } else {
            buffer_print(&out, "\\u%04x", (unsigned)point);
        }
        text.base += length;
        text.length -= length;
    }
    return arena_copy(arena, buffer_text(&out));
}

void terminal_print_foreign(FILE *stream, struct text text)
{
    SCOPED_ARENA arena = arena_create();
    struct text clean = terminal_clean(arena, text);
    fprintf(stream, "%.*s", TEXT_ARGUMENTS(clean));
}

unsigned terminal_columns(struct text clean)
{
    unsigned columns = 0;
    for (size_t i = 0; i < clean.length; i++)
        columns += ((unsigned char)clean.base[i] & 0xc0) != 0x80;
    return columns;
}

void terminal_print_wrapped(FILE *stream, unsigned indent, struct text text)
{
    SCOPED_ARENA arena = arena_create();
    struct text rest = terminal_clean(arena, text);
    unsigned column = indent;
    while (rest.length != 0) {
        struct text word = text_cut(&rest, ' ');
        unsigned columns = terminal_columns(word);
        if (column != indent && column + 1 + columns > WRAP_COLUMNS) {
            fprintf(stream, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column != indent) {
            fputc(' ', stream);
            column++;
        }
        fprintf(stream, "%.*s", TEXT_ARGUMENTS(word));
        column += columns;
    }
}

static void print_labelled(const struct terminal *terminal, const char *label, struct text sentence)
{
    if (sentence.base == NULL)
        return;
    fprintf(terminal->error, "  %s%s%s ", terminal_ink(terminal, terminal->error, INK_DIM), label,
            terminal_ink(terminal, terminal->error, INK_PLAIN));
    terminal_print_wrapped(terminal->error, 8, sentence);
    fputc('\n', terminal->error);
}

void terminal_complain(const struct terminal *terminal, struct text what, struct text why, struct text next)
{
    fprintf(terminal->error, "%serror:%s ", terminal_ink(terminal, terminal->error, INK_RED),
            terminal_ink(terminal, terminal->error, INK_PLAIN));
    terminal_print_wrapped(terminal->error, 7, what);
    fputc('\n', terminal->error);
    print_labelled(terminal, "why: ", why);
    print_labelled(terminal, "next:", next);
}

void terminal_complain_next(const struct terminal *terminal, struct text next)
{
    print_labelled(terminal, "next:", next);
}

void terminal_warn(const struct terminal *terminal, struct text what)
{
    fprintf(terminal->error, "%swarning:%s ", terminal_ink(terminal, terminal->error, INK_YELLOW),
            terminal_ink(terminal, terminal->error, INK_PLAIN));
    terminal_print_wrapped(terminal->error, 9, what);
    fputc('\n', terminal->error);
}

struct text terminal_duration(struct arena *arena, int64_t seconds)
{
    static const struct {
        int64_t length;
        const char *name;
    } units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
    for (size_t i = 0; i + 1 < sizeof(units) / sizeof(units[0]); i++) {
        if (seconds < units[i].length)
            continue;
        int64_t rest = seconds % units[i].length / units[i + 1].length;
        if (rest == 0)
            return arena_print(arena, "%lld %s", (long long)(seconds / units[i].length), units[i].name);
        return arena_print(arena, "%lld %s %lld %s", (long long)(seconds / units[i].length), units[i].name,
                           (long long)rest, units[i + 1].name);
    }
    return arena_print(arena, "%lld s", (long long)seconds);
}

struct text terminal_distance(struct arena *arena, int64_t at_s, int64_t now_s)
{
    if (at_s == now_s)
        return TEXT("now");
    /* Unsigned, for claims from far outside any calendar. */
    uint64_t distance = at_s > now_s ? (uint64_t)at_s - (uint64_t)now_s : (uint64_t)now_s - (uint64_t)at_s;
    struct text duration = terminal_duration(arena, distance > INT64_MAX ? INT64_MAX : (int64_t)distance);
    return arena_print(arena, at_s > now_s ? "in %.*s" : "%.*s ago", TEXT_ARGUMENTS(duration));
}

struct text terminal_time(struct arena *arena, int64_t at_s, int64_t now_s)
{
    time_t at = (time_t)at_s;
    struct tm parts;
    char written[32];
    if (gmtime_r(&at, &parts) == NULL ||
        strftime(written, sizeof(written), "%Y-%m-%d %H:%M:%S UTC", &parts) == 0)
        return arena_print(arena, "%lld", (long long)at_s);
    return arena_print(arena, "%s (%.*s)", written, TEXT_ARGUMENTS(terminal_distance(arena, at_s, now_s)));
}
