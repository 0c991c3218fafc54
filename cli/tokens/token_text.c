/* Takes a token apart and shows it; see token_text.h. More forgiving than verification: a token that would be
 * refused is exactly what people want to look at. */
#include "token_text.h"

#include <string.h>

#include "base/base64url.h"
#include "base/clock.h"
#include "printer.h"

static const struct json_limits token_limits = {.bytes = 256 * 1024, .depth = 32, .members = 8192};

static bool decode(struct arena *arena, struct text segment, struct text *bytes)
{
    unsigned char *out = arena_allocate(arena, BASE64URL_DECODED_LENGTH(segment.length) + 1);
    if (!base64url_decode(segment, out, &bytes->length))
        return false;
    bytes->base = (const char *)out;
    return true;
}

const char *token_text_read(struct arena *arena, struct text token, struct token_text *parts)
{
    struct text rest = token, header;
    size_t dots = 0;
    *parts = (struct token_text){0};
    for (size_t i = 0; i < token.length; i++)
        dots += token.base[i] == '.';
    if (dots == 4)
        return "it has five parts: an encrypted token (JWE), which only its recipient can read";
    if (dots != 2)
        return "it does not have three parts separated by dots";
    if (!decode(arena, text_cut(&rest, '.'), &header))
        return "its header is not base64url";
    if (json_parse(arena, header, &token_limits, &parts->header) != FAULT_NONE ||
        parts->header->kind != JSON_OBJECT)
        return "its header is not a JSON object, or not a strict one";
    if (!decode(arena, text_cut(&rest, '.'), &parts->payload))
        return "its payload is not base64url";
    if (json_parse(arena, parts->payload, &token_limits, &parts->claims) != FAULT_NONE ||
        parts->claims->kind != JSON_OBJECT)
        parts->claims = NULL;
    return NULL;
}

static bool is_time_claim(struct text name)
{
    return text_is(name, "exp") || text_is(name, "iat") || text_is(name, "nbf") || text_is(name, "auth_time") ||
           text_is(name, "updated_at");
}

/* -- for people: a line per claim, nested ones by their path as AgentClass matches are written */

enum { CLAIM_LINES_MAX = 256, CLAIM_DEPTH_MAX = 8 };

struct claim_line {
    struct text path;
    const struct json_value *value;
};

struct claim_lines {
    struct arena *arena;
    struct claim_line items[CLAIM_LINES_MAX];
    size_t count;
};

static void collect(struct claim_lines *lines, struct text prefix, const struct json_value *object,
                    unsigned depth)
{
    for (const struct json_value *member = object->first; member != NULL; member = member->next) {
        bool has_dot = memchr(member->name.base, '.', member->name.length) != NULL;
        bool is_nested = member->kind == JSON_OBJECT && member->count != 0 && depth < CLAIM_DEPTH_MAX;
        bool is_quoted = has_dot && (is_nested || prefix.length != 0);
        struct text path =
            arena_print(lines->arena, "%.*s%s%s%.*s%s", TEXT_ARGUMENTS(prefix), prefix.length != 0 ? "." : "",
                        is_quoted ? "\"" : "", TEXT_ARGUMENTS(terminal_clean(lines->arena, member->name)),
                        is_quoted ? "\"" : "");
        if (is_nested)
            collect(lines, path, member, depth + 1);
        else if (lines->count < CLAIM_LINES_MAX)
            lines->items[lines->count++] = (struct claim_line){path, member};
    }
}

static bool is_list_of_words(const struct json_value *value)
{
    bool is_list = value->kind == JSON_ARRAY && value->count != 0;
    for (const struct json_value *element = value->first; is_list && element != NULL; element = element->next)
        is_list = element->kind != JSON_ARRAY && element->kind != JSON_OBJECT;
    return is_list;
}

static void print_value(const struct invocation *invocation, const struct claim_line *line)
{
    FILE *out = invocation->terminal->out;
    const struct json_value *value = line->value;
    int64_t seconds;
    if (is_time_claim(line->path) && json_integer(value, &seconds)) {
        struct text time = terminal_time(invocation->arena, seconds, clock_wall_s());
        fprintf(out, "%.*s", TEXT_ARGUMENTS(time));
    } else if (value->kind == JSON_STRING) {
        terminal_print_foreign(out, value->text);
    } else if (is_list_of_words(value)) {
        for (const struct json_value *element = value->first; element != NULL; element = element->next) {
            if (element->kind == JSON_STRING)
                terminal_print_foreign(out, element->text);
            else
                printer_json(out, element, 0);
            fputs(element->next != NULL ? ", " : "", out);
        }
    } else {
        printer_json(out, value, 4);
    }
}

static void print_object(const struct invocation *invocation, const char *heading,
                         const struct json_value *object)
{
    const struct terminal *terminal = invocation->terminal;
    struct claim_lines *lines = ARENA_NEW(invocation->arena, struct claim_lines);
    unsigned width = 0;
    lines->arena = invocation->arena;
    collect(lines, TEXT_NONE, object, 0);
    for (size_t i = 0; i < lines->count; i++) {
        unsigned columns = terminal_columns(lines->items[i].path);
        width = columns > width && columns <= 40 ? columns : width;
    }
    fprintf(terminal->out, "%s%s%s\n", terminal_ink(terminal, terminal->out, INK_BOLD), heading,
            terminal_ink(terminal, terminal->out, INK_PLAIN));
    for (size_t i = 0; i < lines->count; i++) {
        unsigned columns = terminal_columns(lines->items[i].path);
        fprintf(terminal->out, "  %.*s%*s  ", TEXT_ARGUMENTS(lines->items[i].path),
                (int)(width > columns ? width - columns : 0), "");
        print_value(invocation, &lines->items[i]);
        fputc('\n', terminal->out);
    }
}

void token_text_print(const struct invocation *invocation, const struct token_text *parts)
{
    print_object(invocation, "Header", parts->header);
    if (parts->claims != NULL)
        print_object(invocation, "Claims", parts->claims);
    else
        fprintf(invocation->terminal->out, "Payload: %zu bytes that are not a JSON object\n",
                parts->payload.length);
}
