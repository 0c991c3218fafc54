/* Line differences by longest common subsequence, and dragoman diff, which is that over documents. */
#include "documents/difference.h"

#include "commands/commands.h"
#include "documents/document_files.h"
#include "gateway.h"
#include "printer.h"
#include "json/json_writer.h"

enum { LINES_MAX = 2000 };

struct lines {
    struct text *items;
    size_t count;
};

static struct lines split(struct arena *arena, struct text text)
{
    struct lines lines = {ARENA_ARRAY(arena, struct text, LINES_MAX), 0};
    while (text.length != 0 && lines.count < LINES_MAX)
        lines.items[lines.count++] = text_cut(&text, '\n');
    return lines;
}

static void print_line(const struct terminal *terminal, char sign, struct text line)
{
    enum ink ink = sign == '-' ? INK_RED : sign == '+' ? INK_GREEN : INK_DIM;
    fprintf(terminal->out, "%s%c ", terminal_ink(terminal, terminal->out, ink), sign);
    terminal_print_foreign(terminal->out, line);
    fprintf(terminal->out, "%s\n", terminal_ink(terminal, terminal->out, INK_PLAIN));
}

bool difference_print(const struct terminal *terminal, struct arena *arena, struct text name, struct text old,
                      struct text new)
{
    if (text_equal(old, new))
        return false;
    struct lines a = split(arena, old), b = split(arena, new);
    size_t width = b.count + 1;
    /* common[i * width + j]: how many lines a[i..] and b[j..] have in common, in order. */
    uint16_t *common = ARENA_ARRAY(arena, uint16_t, (a.count + 1) * width);
    for (size_t i = a.count; i-- > 0;)
        for (size_t j = b.count; j-- > 0;) {
            uint16_t down = common[(i + 1) * width + j], right = common[i * width + j + 1];
            common[i * width + j] = text_equal(a.items[i], b.items[j])
                                        ? (uint16_t)(common[(i + 1) * width + j + 1] + 1)
                                        : (down > right ? down : right);
        }
    fprintf(terminal->out, "%s%.*s%s\n", terminal_ink(terminal, terminal->out, INK_BOLD), TEXT_ARGUMENTS(name),
            terminal_ink(terminal, terminal->out, INK_PLAIN));
    for (size_t i = 0, j = 0; i < a.count || j < b.count;) {
        if (i < a.count && j < b.count && text_equal(a.items[i], b.items[j])) {
            print_line(terminal, ' ', a.items[i]);
            i++, j++;
        } else if (i < a.count && (j == b.count || common[(i + 1) * width + j] >= common[i * width + j + 1])) {
            print_line(terminal, '-', a.items[i++]);
        } else {
            print_line(terminal, '+', b.items[j++]);
        }
    }
    return true;
}

static struct text body_yaml(struct arena *arena, struct text body)
{
    SCOPED_BUFFER yaml = {0};
    document_body_to_yaml(body, &yaml);
    return arena_copy(arena, buffer_text(&yaml));
}

/* The body of the same document among the gateway's, as canonical JSON; empty if it has none. */
static struct text current_body(struct arena *arena, const struct json_value *items,
                                const struct document *document)
{
    SCOPED_BUFFER json = {0};
    struct json_writer writer = json_writer_on(&json);
    for (const struct json_value *item = items; item != NULL; item = item->next) {
        if (!text_is(json_text_of(item, "kind"), document_kind_name(document->kind)) ||
            !text_equal(json_text_of(item, "name"), document->name))
            continue;
        json_write_value(&writer, json_member(item, TEXT("body")));
        return arena_copy(arena, buffer_text(&json));
    }
    return TEXT("");
}

static void print_table(struct invocation *invocation, struct arena *arena, const struct document *document,
                        struct text current)
{
    struct text name = arena_print(arena, "%s/%.*s%s", document_kind_name(document->kind),
                                   TEXT_ARGUMENTS(document->name), current.length == 0 ? " (new)" : "");
    struct text old = current.length == 0 ? TEXT("") : body_yaml(arena, current);
    difference_print(invocation->terminal, arena, name, old, body_yaml(arena, document->body));
}

/* kind, name, what apply would do, and both bodies as they are; both are canonical JSON already. */
static void append_json(struct buffer *out, const struct document *document, struct text current)
{
    if (out->length != 0)
        buffer_append_byte(out, ',');
    buffer_print(out, "{\"kind\":\"%s\",\"name\":\"%.*s\",\"change\":\"%s\",\"current\":%.*s,\"applied\":%.*s}",
                 document_kind_name(document->kind), TEXT_ARGUMENTS(document->name),
                 current.length == 0 ? "created" : "changed",
                 TEXT_ARGUMENTS(current.length == 0 ? TEXT("null") : current), TEXT_ARGUMENTS(document->body));
}

static void print_json(struct invocation *invocation, struct arena *arena, const struct buffer *differences)
{
    const struct json_value *value;
    struct text whole = arena_print(arena, "{\"differences\":[%.*s]}", (int)differences->length,
                                    differences->length == 0 ? "" : differences->base);
    if (json_parse(arena, whole, &json_limits_document, &value) == FAULT_NONE)
        printer_print(invocation, value);
}

enum exit_code command_diff(struct invocation *invocation)
{
    struct document_files files;
    struct reply reply;
    enum exit_code code = document_files_read(invocation, &files);
    if (code == EXIT_CODE_FINE)
        code = gateway_administer(invocation, "GET", TEXT("/v1/documents"), TEXT_NONE, &reply);
    if (code != EXIT_CODE_FINE)
        return code;
    const struct json_value *items = json_member(reply.json, TEXT("items"));
    SCOPED_ARENA arena = arena_create();
    SCOPED_BUFFER differences = {0};
    bool differs = false;
    for (size_t i = 0; i < files.documents.count; i++) {
        const struct document *document = files.documents.items[i];
        struct text current = current_body(arena, items != NULL ? items->first : NULL, document);
        if (text_equal(current, document->body))
            continue;
        differs = true;
        if (invocation->output == OUTPUT_TABLE)
            print_table(invocation, arena, document, current);
        else
            append_json(&differences, document, current);
    }
    if (invocation->output != OUTPUT_TABLE)
        print_json(invocation, arena, &differences);
    return differs ? EXIT_CODE_REFUSED : EXIT_CODE_FINE;
}
