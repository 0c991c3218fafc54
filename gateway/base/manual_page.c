/* Writes man(7); see manual_page.h. */
#include "base/manual_page.h"

/* A line that begins with a dot or a quote would be a request; "-" is typed again by readers, so it stays one.
 */
static void write_escaped(struct buffer *out, struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        char c = text.base[i];
        bool is_first = i == 0 || text.base[i - 1] == '\n';
        if (is_first && (c == '.' || c == '\''))
            buffer_append(out, TEXT("\\&"));
        if (c == '\\')
            buffer_append(out, TEXT("\\e"));
        else if (c == '-')
            buffer_append(out, TEXT("\\-"));
        else if (c == '\'')
            buffer_append(out, TEXT("\\(aq"));
        else if (c == '`')
            buffer_append(out, TEXT("\\(ga"));
        else if (c == '^')
            buffer_append(out, TEXT("\\(ha"));
        else if (c == '~')
            buffer_append(out, TEXT("\\(ti"));
        else if (c == '"')
            buffer_append(out, TEXT("\\(dq"));
        else
            buffer_append_byte(out, c);
    }
}

static void write_line(struct buffer *out, const char *request, const char *words)
{
    buffer_print(out, ".%s \"", request);
    write_escaped(out, text_of(words));
    buffer_append(out, TEXT("\"\n"));
}

void manual_page_begin(struct buffer *out, const char *name, int section, const char *what)
{
    buffer_print(out, ".TH %s %d \"\" \"Dragoman %s\" Dragoman\n.nh\n.ad l\n", name, section, DRAGOMAN_VERSION);
    manual_page_section(out, "NAME");
    buffer_print(out, "%s \\- %s\n", name, what);
}

void manual_page_section(struct buffer *out, const char *title)
{
    write_line(out, "SH", title);
}

void manual_page_subsection(struct buffer *out, const char *title)
{
    write_line(out, "SS", title);
}

static void write_paragraphs(struct buffer *out, struct text text, const char *between)
{
    while (text.length != 0) {
        struct text line = text_cut(&text, '\n');
        if (line.length == 0)
            buffer_append(out, text_of(between));
        else
            write_escaped(out, line);
        if (line.length != 0)
            buffer_append_byte(out, '\n');
    }
}

void manual_page_text(struct buffer *out, const char *text)
{
    write_paragraphs(out, text_of(text), ".PP\n");
}

void manual_page_item(struct buffer *out, const char *term, const char *text)
{
    buffer_append(out, TEXT(".TP\n\\fB"));
    write_escaped(out, text_of(term));
    buffer_append(out, TEXT("\\fR\n"));
    write_paragraphs(out, text_of(text), ".IP\n");
}

void manual_page_example(struct buffer *out, const char *lines)
{
    buffer_append(out, TEXT(".PP\n.EX\n"));
    write_escaped(out, text_of(lines));
    buffer_append(out, TEXT(".EE\n"));
}
