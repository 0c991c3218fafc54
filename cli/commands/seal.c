/* dragoman seal status, unseal: whether the gateway has the key to its store, and giving it one by hand. */
#include "commands.h"
#include "gateway.h"
#include "input.h"
#include "printer.h"
#include "table.h"

#include "base/clock.h"

static void print_status(const struct invocation *invocation, const struct json_value *status)
{
    static const char *const headings[] = {"STATE", "SINCE", "KEY FROM", "KEY ID"};
    bool is_sealed = json_is_true(json_member(status, TEXT("sealed")));
    int64_t since_s = 0;
    (void)json_integer(json_member(status, TEXT("since")), &since_s);
    struct table table = table_create(invocation->arena, headings, 4);
    struct text cells[] = {is_sealed ? TEXT("sealed") : TEXT("unsealed"),
                           terminal_distance(invocation->arena, since_s, clock_wall_s()),
                           json_text_of(status, "source"), json_text_of(status, "key_id")};
    table_add(&table, cells);
    table_print(&table, invocation->terminal);
    if (is_sealed)
        terminal_warn(invocation->terminal, json_text_of(status, "failure"));
}

static enum exit_code call(struct invocation *invocation, const char *method, struct text body)
{
    struct reply reply;
    enum exit_code code = gateway_administer(invocation, method, TEXT("/v1/seal"), body, &reply);
    if (code != EXIT_CODE_FINE)
        return code;
    if (invocation->output != OUTPUT_TABLE)
        printer_print(invocation, reply.json);
    else
        print_status(invocation, reply.json);
    return EXIT_CODE_FINE;
}

enum exit_code command_seal_status(struct invocation *invocation)
{
    return call(invocation, "GET", TEXT_NONE);
}

enum exit_code command_unseal(struct invocation *invocation)
{
    const char *file = invocation_option(invocation, "key-file");
    struct text key;
    enum exit_code code = input_read_secret(invocation, file != NULL ? file : "-", &key);
    return code == EXIT_CODE_FINE ? call(invocation, "POST", key) : code;
}
