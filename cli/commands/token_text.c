/* Takes a token apart and shows it; see token_text.h. More forgiving than verification: a token that would be
 * refused is exactly what people want to look at. */
#include "token_text.h"

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

static void print_object(const struct invocation *invocation, const char *heading,
                         const struct json_value *object)
{
    const struct terminal *terminal = invocation->terminal;
    unsigned width = 0;
    fprintf(terminal->out, "%s%s%s\n", terminal_ink(terminal, terminal->out, INK_BOLD), heading,
            terminal_ink(terminal, terminal->out, INK_PLAIN));
    for (const struct json_value *member = object->first; member != NULL; member = member->next) {
        unsigned columns = terminal_columns(terminal_clean(invocation->arena, member->name));
        width = columns > width && columns <= 24 ? columns : width;
    }
    for (const struct json_value *member = object->first; member != NULL; member = member->next) {
        struct text name = terminal_clean(invocation->arena, member->name);
        unsigned columns = terminal_columns(name);
        int64_t seconds;
        fprintf(terminal->out, "  %.*s%*s  ", TEXT_ARGUMENTS(name),
                (int)(width > columns ? width - columns : 0), "");
        if (is_time_claim(member->name) && json_integer(member, &seconds)) {
            struct text time = terminal_time(invocation->arena, seconds, clock_wall_s());
            fprintf(terminal->out, "%.*s", TEXT_ARGUMENTS(time));
        } else if (member->kind == JSON_STRING) {
            terminal_print_foreign(terminal->out, member->text);
        } else {
            printer_json(terminal->out, member, 2);
        }
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
