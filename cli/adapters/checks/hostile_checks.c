/* Checks of what no gateway should send: an adapter says so, or ends in order; it does not crash, hang or obey.
 */
#include <string.h>

#include "expectations.h"

enum { DEPTH = 5000 };

static void unknown_method(struct trial *trial)
{
    trial_begin(trial);
    expect_error(trial, trial_ask(trial, "kit.no_such_method", TEXT("{}")), PROTOCOL_METHOD_UNKNOWN);
}

static void params_of_wrong_type(struct trial *trial)
{
    static const char *const wrong[] = {"[]", "\"x\"", "7", "null"};
    trial_begin(trial);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        expect_error(trial, trial_ask(trial, "mint", text_of(wrong[i])), PROTOCOL_PARAMS_INVALID);
}

static void params_missing(struct trial *trial)
{
    int64_t id = 0;
    trial_begin(trial);
    trial_request(trial, "mint", TEXT("{}"), &id);
    trial_write(trial, arena_print(trial->arena, "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"method\":\"mint\"}\n",
                                   (long long)id));
    expect_error(trial, trial_answer(trial, id, trial->kit->timeout_ms), PROTOCOL_PARAMS_INVALID);
}

/* The plain order less one member; more, if not NULL, is put in its place. */
static struct text order_without(struct trial *trial, struct text name, const char *more)
{
    struct order order = order_plain(trial);
    const struct json_value *params = NULL;
    struct buffer out = buffer_in(trial->arena, 1024);
    if (json_parse(trial->arena, order_mint(trial, &order), &json_limits_document, &params) != FAULT_NONE)
        return TEXT("{}");
    for (const struct json_value *member = params->first; member != NULL; member = member->next) {
        struct json_writer writer = json_writer_on(&out);
        if (text_equal(member->name, name))
            continue;
        buffer_append_byte(&out, out.length == 0 ? '{' : ',');
        json_write_text(&writer, member->name);
        buffer_append_byte(&out, ':');
        writer = json_writer_on(&out);
        json_write_value(&writer, member);
    }
    if (more != NULL)
        buffer_print(&out, ",\"%.*s\":%s", TEXT_ARGUMENTS(name), more);
    buffer_append_byte(&out, '}');
    return buffer_text(&out);
}

static void members_missing(struct trial *trial)
{
    static const char *const needed[] = {"lease", "target", "expires_at"};
    trial_begin(trial);
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        const struct answer *answer = trial_ask(trial, "mint", order_without(trial, text_of(needed[i]), NULL));
        if (answer != NULL && answer->error == NULL)
            trial_fail(trial, "it mints without %s", needed[i]);
        expect_error(trial, answer, PROTOCOL_PARAMS_INVALID);
    }
}

static void members_of_wrong_type(struct trial *trial)
{
    static const struct {
        const char *name, *value;
    } wrong[] = {{"target", "7"}, {"expires_at", "\"soon\""}, {"scopes", "\"all\""}, {"lease", "{}"}};
    trial_begin(trial);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        expect_error(trial,
                     trial_ask(trial, "mint", order_without(trial, text_of(wrong[i].name), wrong[i].value)),
                     PROTOCOL_PARAMS_INVALID);
}

static void huge_numbers(struct trial *trial)
{
    static const char *const huge[] = {"1e400", "99999999999999999999999999", "-1e-400", "1.5"};
    trial_begin(trial);
    for (size_t i = 0; i < sizeof(huge) / sizeof(huge[0]); i++) {
        const struct answer *answer =
            trial_ask(trial, "mint", order_without(trial, TEXT("expires_at"), huge[i]));
        expect_documented(trial, answer);
        if (answer != NULL && answer->result != NULL && json_integer_of(answer->result, "expires_at") == 0)
            trial_fail(trial, "asked for expires_at %s it answers with no whole number", huge[i]);
    }
}

static void deep_nesting(struct trial *trial)
{
    struct buffer deep = buffer_in(trial->arena, (size_t)2 * DEPTH + 256);
    int64_t id = 0;
    trial_begin(trial);
    buffer_print(&deep, "{\"deadline_ms\":1000,\"of_a_later_version\":");
    for (int i = 0; i < DEPTH; i++)
        buffer_append_byte(&deep, '[');
    for (int i = 0; i < DEPTH; i++)
        buffer_append_byte(&deep, ']');
    buffer_append_byte(&deep, '}');
    trial_write(trial, trial_request(trial, "health", buffer_text(&deep), &id));
    expect_survival(trial);
}

static void survives_line(struct trial *trial, const char *line)
{
    trial_begin(trial);
    trial_write(trial, text_of(line));
    expect_survival(trial);
}

static void not_json(struct trial *trial)
{
    survives_line(trial, "kit: this is no JSON {[\"\\\n");
}

static void not_utf8(struct trial *trial)
{
    survives_line(
        trial,
        "{\"jsonrpc\":\"2.0\",\"id\":77,\"method\":\"health\",\"params\":{\"x\":\"\xff\xfe\xc0\x80\"}}\n");
}

static void doubled_names(struct trial *trial)
{
    survives_line(
        trial,
        "{\"jsonrpc\":\"2.0\",\"id\":77,\"id\":78,\"method\":\"health\",\"method\":\"mint\",\"params\":{}}\n");
}

static void batch(struct trial *trial)
{
    survives_line(trial, "[{\"jsonrpc\":\"2.0\",\"id\":77,\"method\":\"health\",\"params\":{}}]\n");
}

static void odd_ids(struct trial *trial)
{
    survives_line(trial, "{\"jsonrpc\":\"2.0\",\"id\":{\"a\":[]},\"method\":7,\"params\":{}}\n");
}

static void answer_to_nothing(struct trial *trial)
{
    trial_begin(trial);
    trial_write(trial,
                TEXT("{\"jsonrpc\":\"2.0\",\"id\":987654,\"result\":{\"value\":\"AAAA\",\"version\":1}}\n"));
    trial_expect_alive(trial);
}

static void mint_before_initialize(struct trial *trial)
{
    int64_t id = 0;
    trial_launch(trial, false);
    trial_send_start(trial);
    struct order order = order_plain(trial);
    trial_write(trial, trial_request(trial, "mint", order_mint(trial, &order), &id));
    expect_survival(trial);
}

static void expect_message(struct trial *trial, const struct answer *answer)
{
    struct text message = answer != NULL ? json_text_of(answer->error, "message") : TEXT_NONE;
    trial_expect(trial, message.length <= PROTOCOL_MESSAGE_MAX && text_is_printable(message),
                 "the message of an error is to be printable, at most 512 bytes");
}

/* What was asked for is odd or long, so that what repeats it is seen. */
static void messages_of_errors(struct trial *trial)
{
    char value[2048];
    trial_begin(trial);
    memset(value, 'v', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    expect_message(trial, trial_ask(trial, "kit.\\u0007no_such_method", TEXT("{}")));
    expect_message(trial, trial_ask(trial, "mint", TEXT("{\"deadline_ms\":1000}")));
    struct text quoted = arena_print(trial->arena, "\"%s\"", value);
    expect_message(trial, trial_ask(trial, "mint", order_without(trial, TEXT("expires_at"), quoted.base)));
}

const struct adapter_check hostile_checks[] = {
    {"hostile.unknown_method", "Messages", NEED_INITIALIZE,
     "answers a method that it does not know with -32601", unknown_method},
    {"hostile.params_of_wrong_type", "Errors", NEED_INITIALIZE, "answers params that are no object with -32602",
     params_of_wrong_type},
    {"hostile.params_missing", "Errors", NEED_INITIALIZE, "answers a request without params with -32602",
     params_missing},
    {"hostile.members_missing", "Errors", NEED_MINT,
     "answers an order without lease, target or end with -32602", members_missing},
    {"hostile.members_of_wrong_type", "Errors", NEED_MINT,
     "answers an order whose members have wrong types with -32602", members_of_wrong_type},
    {"hostile.huge_numbers", "Errors", NEED_MINT, "copes with numbers that are none of a clock's",
     huge_numbers},
    {"hostile.deep_nesting", "What ends an adapter", NEED_INITIALIZE,
     "neither crashes nor hangs at 5000 levels of nesting", deep_nesting},
    {"hostile.not_json", "What ends an adapter", NEED_INITIALIZE,
     "neither crashes nor hangs at a line that is no JSON", not_json},
    {"hostile.not_utf8", "Messages", NEED_INITIALIZE, "neither crashes nor hangs at a line that is no UTF-8",
     not_utf8},
    {"hostile.doubled_names", "Messages", NEED_INITIALIZE, "neither crashes nor hangs at doubled names",
     doubled_names},
    {"hostile.batch", "Messages", NEED_INITIALIZE, "neither crashes nor hangs at a batch", batch},
    {"hostile.odd_ids", "Messages", NEED_INITIALIZE, "neither crashes nor hangs at an id that is no number",
     odd_ids},
    {"hostile.answer_to_nothing", "Messages", NEED_INITIALIZE, "ignores an answer to what it never asked",
     answer_to_nothing},
    {"hostile.mint_before_initialize", "Messages", NEED_MINT,
     "neither crashes nor hangs when asked before initialize", mint_before_initialize},
    {"hostile.messages_of_errors", "Errors", NEED_INITIALIZE,
     "keeps what it says of errors short and printable", messages_of_errors},
    {.id = NULL},
};
