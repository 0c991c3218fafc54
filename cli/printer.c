/* Indented JSON and YAML; see printer.h. YAML is made by the config room, which also reads it back. */
#include "printer.h"

#include "config/documents.h"

enum { INDENT = 2 };

/* A JSON string without anything that is not printable (RFC 8259 section 7 lets any character be escaped). */
static void print_string(FILE *stream, struct text text)
{
    fputc('"', stream);
    while (text.length != 0) {
        unsigned char first = (unsigned char)text.base[0];
        size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
        struct text piece = {text.base, length < text.length ? length : text.length};
        if (first == '"' || first == '\\')
            fprintf(stream, "\\%c", first);
        else if (length == 1 && !text_is_printable(piece))
            fprintf(stream, "\\u%04x", first);
        else if (length == 2 && !text_is_printable(piece))
            fprintf(stream, "\\u%04x", (unsigned)((first & 0x1f) << 6 | (text.base[1] & 0x3f)));
        else if (length == 3 && !text_is_printable(piece))
            fprintf(stream, "\\u%04x",
                    (unsigned)((first & 0x0f) << 12 | (text.base[1] & 0x3f) << 6 | (text.base[2] & 0x3f)));
        else
            fprintf(stream, "%.*s", TEXT_ARGUMENTS(piece));
        text.base += piece.length;
        text.length -= piece.length;
    }
    fputc('"', stream);
}

static void print_members(FILE *stream, const struct json_value *value, unsigned indent)
{
    char open = value->kind == JSON_OBJECT ? '{' : '[';
    char close = value->kind == JSON_OBJECT ? '}' : ']';
    if (value->count == 0) {
        fprintf(stream, "%c%c", open, close);
        return;
    }
    fputc(open, stream);
    for (const struct json_value *member = value->first; member != NULL; member = member->next) {
        fprintf(stream, "\n%*s", (int)indent + INDENT, "");
        if (value->kind == JSON_OBJECT) {
            print_string(stream, member->name);
            fputs(": ", stream);
        }
        printer_json(stream, member, indent + INDENT);
        if (member->next != NULL)
            fputc(',', stream);
    }
    fprintf(stream, "\n%*s%c", (int)indent, "", close);
}

void printer_json(FILE *stream, const struct json_value *value, unsigned indent)
{
    switch (value->kind) {
    case JSON_NULL:
        fputs("null", stream);
        break;
    case JSON_BOOLEAN:
        fputs(value->boolean ? "true" : "false", stream);
        break;
    case JSON_NUMBER:
        fprintf(stream, "%.*s", TEXT_ARGUMENTS(value->text));
        break;
    case JSON_STRING:
        print_string(stream, value->text);
        break;
    case JSON_ARRAY:
    case JSON_OBJECT:
        print_members(stream, value, indent);
        break;
    }
}

void printer_print(const struct invocation *invocation, const struct json_value *value)
{
    FILE *stream = invocation->terminal->out;
    if (invocation->output != OUTPUT_YAML) {
        printer_json(stream, value, 0);
        fputc('\n', stream);
        return;
    }
    SCOPED_BUFFER yaml = {0};
    document_value_to_yaml(value, &yaml);
    fprintf(stream, "%.*s", TEXT_ARGUMENTS(buffer_text(&yaml)));
}

bool printer_print_instead(const struct invocation *invocation, const struct json_value *value)
{
    if (invocation->output == OUTPUT_TABLE)
        return false;
    printer_print(invocation, value);
    return true;
}
