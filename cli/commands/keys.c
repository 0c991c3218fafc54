/* dragoman key list, rotate, revoke: the gateway's signing keys over its admin socket. dragoman seal status,
 * unseal: the key to its store. */
#include "commands.h"
#include "gateway.h"
#include "input.h"
#include "printer.h"
#include "table.h"

#include "base/clock.h"

/* How far away, which is what people want to know of a key; -o json has the time itself. */
static struct text key_time(const struct invocation *invocation, const struct json_value *key,
                            struct text member)
{
    const struct json_value *value = json_member(key, member);
    int64_t at_s = 0;
    if (!json_integer(value, &at_s) || at_s <= 0)
        return TEXT_NONE;
    return terminal_distance(invocation->arena, at_s, clock_wall_s());
}

static void print_keys(const struct invocation *invocation, const struct json_value *answer)
{
    static const char *const headings[] = {"KID",        "ALGORITHM",   "STATE",         "KEPT IN",
                                           "SIGNS FROM", "FOLLOWED IN", "VERIFIES UNTIL"};
    const struct json_value *keys = json_member(answer, TEXT("keys"));
    struct table table = table_create(invocation->arena, headings, 7);
    table.kept = 1; /* what revoke wants to be given */
    for (const struct json_value *key = keys != NULL ? keys->first : NULL; key != NULL; key = key->next) {
        bool is_revoked = text_is(json_text_of(key, "state"), "revoked");
        struct text cells[] = {
            json_text_of(key, "kid"),
            json_text_of(key, "algorithm"),
            json_text_of(key, "state"),
            json_text_of(key, "kept_in"),
            is_revoked ? TEXT_NONE : key_time(invocation, key, TEXT("activate_at")),
            is_revoked ? TEXT_NONE : key_time(invocation, key, TEXT("rotate_at")),
            is_revoked ? TEXT_NONE : key_time(invocation, key, TEXT("remove_at")),
        };
        table_add(&table, cells);
    }
    table_print(&table, invocation->terminal);
}

static enum exit_code call(struct invocation *invocation, const char *method, struct text path,
                           struct reply *reply)
{
    enum exit_code code = gateway_administer(invocation, method, path, TEXT_NONE, reply);
    if (code != EXIT_CODE_FINE)
        return code;
    if (invocation->output != OUTPUT_TABLE)
        printer_print(invocation, reply->json);
    else
        print_keys(invocation, reply->json);
    return EXIT_CODE_FINE;
}

enum exit_code command_key_list(struct invocation *invocation)
{
    struct reply reply;
    return call(invocation, "GET", TEXT("/v1/keys"), &reply);
}

enum exit_code command_key_rotate(struct invocation *invocation)
{
    const char *algorithm = invocation_option(invocation, "algorithm");
    struct text name = gateway_escape(invocation->arena, text_of(algorithm != NULL ? algorithm : "ES256"));
    struct reply reply;
    return call(invocation, "POST",
                arena_print(invocation->arena, "/v1/keys/rotate?algorithm=%.*s", TEXT_ARGUMENTS(name)), &reply);
}

enum exit_code command_key_revoke(struct invocation *invocation)
{
    struct text kid = gateway_escape(invocation->arena, text_of(invocation->arguments[0]));
    struct reply reply;
    int64_t cached_s = 0;
    enum exit_code code =
        call(invocation, "POST", arena_print(invocation->arena, "/v1/keys/%.*s/revoke", TEXT_ARGUMENTS(kid)),
             &reply);
    if (code == EXIT_CODE_FINE &&
        json_integer(json_member(reply.json, TEXT("verifiers_may_cache_s")), &cached_s))
        terminal_warn(invocation->terminal,
                      arena_print(invocation->arena,
                                  "verifiers that fetched the keys earlier may accept it for up to %.*s more",
                                  TEXT_ARGUMENTS(terminal_duration(invocation->arena, cached_s))));
    return code;
}

/* --- the sealing key --- */

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

static enum exit_code call_seal(struct invocation *invocation, const char *method, struct text body)
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
    return call_seal(invocation, "GET", TEXT_NONE);
}

enum exit_code command_unseal(struct invocation *invocation)
{
    const char *file = invocation_option(invocation, "key-file");
    struct text key;
    enum exit_code code = input_read_secret(invocation, file != NULL ? file : "-", &key);
    return code == EXIT_CODE_FINE ? call_seal(invocation, "POST", key) : code;
}
