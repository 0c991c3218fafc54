/* Checks of messages as bytes: how they are cut, how they are spelled, how big they are. */
#include <poll.h>
#include <string.h>

#include "expectations.h"

enum { MANY = 20, LARGE_BYTES = 1024 * 1024 - 4096, QUIET_MS = 200 };

static void answer_of_shape(struct trial *trial)
{
    trial_begin(trial);
    trial_ask(trial, "health", order_health(trial, false));
    trial_ask(trial, "kit.no_such_method", TEXT("{}"));
    trial_listen(trial, QUIET_MS);
    expect_conduct(trial, MISCONDUCT_LINE);
}

static void one_answer_each(struct trial *trial)
{
    int64_t ids[3];
    trial_begin(trial);
    struct order order = order_plain(trial);
    ids[0] = trial_send(trial, "health", order_health(trial, false));
    ids[1] = trial_send(trial, "mint", order_mint(trial, &order));
    ids[2] = trial_send(trial, "kit.no_such_method", TEXT("{}"));
    for (int i = 0; i < 3; i++)
        trial_answer(trial, ids[i], trial->kit->timeout_ms);
    trial_listen(trial, QUIET_MS);
    expect_conduct(trial, MISCONDUCT_ANSWER);
}

static void split_at_every_byte(struct trial *trial)
{
    int64_t id = 0;
    trial_begin(trial);
    struct text line = trial_request(trial, "health", order_health(trial, false), &id);
    for (size_t i = 0; i < line.length; i++) {
        trial_write(trial, (struct text){line.base + i, 1});
        poll(NULL, 0, 1);
    }
    trial_answer(trial, id, trial->kit->timeout_ms);
}

static void several_in_one_write(struct trial *trial)
{
    int64_t ids[MANY];
    struct text lines[MANY];
    trial_begin(trial);
    for (int i = 0; i < MANY; i++)
        lines[i] = trial_request(trial, "health", order_health(trial, false), &ids[i]);
    trial_write(trial, arena_join(trial->arena, lines, MANY));
    for (int i = 0; i < MANY; i++)
        trial_answer(trial, ids[i], trial->kit->timeout_ms);
}

static void large_message(struct trial *trial)
{
    trial_begin(trial);
    char *filling = arena_allocate(trial->arena, LARGE_BYTES + 1);
    memset(filling, 'x', LARGE_BYTES);
    trial_ask(trial, "health",
              arena_print(trial->arena, "{\"deadline_ms\":%lld,\"of_a_later_version\":\"%s\"}",
                          (long long)trial->kit->timeout_ms, filling));
}

/* Cut in the middle of a character, with time for a reader to trip over it. */
static void split_character(struct trial *trial)
{
    int64_t id = 0;
    trial_begin(trial);
    struct order order = order_plain(trial);
    order.more = ",\"of_a_later_version\":\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x91\"";
    struct text line = trial_request(trial, "mint", order_mint(trial, &order), &id);
    size_t at = 0;
    while (at < line.length && (unsigned char)line.base[at] < 0x80)
        at++;
    for (; at < line.length && (unsigned char)line.base[at] >= 0x80; at++) {
        trial_write(trial, (struct text){line.base, at + 1});
        line = (struct text){line.base + at + 1, line.length - at - 1};
        at = (size_t)-1;
        poll(NULL, 0, 10);
    }
    trial_write(trial, line);
    trial_result_of(trial, trial_answer(trial, id, trial->kit->timeout_ms));
}

static void escapes(struct trial *trial)
{
    trial_begin(trial);
    int64_t id = 0;
    trial_request(trial, "health", TEXT("{}"), &id);
    trial_write(trial, arena_print(trial->arena,
                                   "{\"jsonrpc\":\"2\\u002e0\",\"\\u006dethod\":\"he\\u0061lth\",\"params\":"
                                   "{\"de\\u0061dline_ms\":%lld},\"id\":%lld}\n",
                                   (long long)trial->kit->timeout_ms, (long long)id));
    trial_result_of(trial, trial_answer(trial, id, trial->kit->timeout_ms));
}

static void white_space_and_order(struct trial *trial)
{
    trial_begin(trial);
    int64_t id = 0;
    trial_request(trial, "health", TEXT("{}"), &id);
    trial_write(
        trial,
        arena_print(
            trial->arena,
            " {\t\"params\" : { \"deadline_ms\" :%lld } , \"method\": \"health\",\"of_a_later_version\":[ ],"
            " \"id\" : %lld\t, \"jsonrpc\": \"2.0\" } \n",
            (long long)trial->kit->timeout_ms, (long long)id));
    trial_result_of(trial, trial_answer(trial, id, trial->kit->timeout_ms));
}

static void large_ids(struct trial *trial)
{
    trial_begin(trial);
    trial->last_id = 9007199254740990;
    trial_ask(trial, "health", order_health(trial, false));
}

static void requests_of_its_own(struct trial *trial)
{
    expect_minted(trial, NULL);
    expect_conduct(trial, MISCONDUCT_REQUEST);
    if (trial->requests == 0)
        trial_skip(trial, "it asks the gateway for nothing");
}

static void logs(struct trial *trial)
{
    expect_minted(trial, NULL);
    trial_ask(trial, "kit.no_such_method", TEXT("{}"));
    trial_listen(trial, QUIET_MS);
    expect_conduct(trial, MISCONDUCT_LOG);
    if (trial->logs == 0)
        trial_skip(trial, "it logs nothing");
}

const struct adapter_check framing_checks[] = {
    {"framing.answers_are_json_rpc", "Messages", NEED_INITIALIZE,
     "answers are JSON-RPC 2.0, one strict JSON object a line", answer_of_shape},
    {"framing.one_answer_each", "What ends an adapter", NEED_MINT,
     "answers each request once and nothing that was not asked", one_answer_each},
    {"framing.split_at_every_byte", "Messages", NEED_INITIALIZE,
     "understands a message that comes byte by byte", split_at_every_byte},
    {"framing.several_in_one_write", "Messages", NEED_INITIALIZE,
     "understands several messages that come at once", several_in_one_write},
    {"framing.large_message", "Messages", NEED_INITIALIZE, "takes a line of almost 1 MiB", large_message},
    {"framing.split_character", "Messages", NEED_MINT, "takes UTF-8 that is cut inside a character",
     split_character},
    {"framing.escapes", "Messages", NEED_INITIALIZE,
     "understands names and values that are written with escapes", escapes},
    {"framing.white_space_and_order", "Messages", NEED_INITIALIZE,
     "does not care for white space, the order of members or unknown ones", white_space_and_order},
    {"framing.large_ids", "Messages", NEED_INITIALIZE, "gives back an id of 53 bits exactly", large_ids},
    {"framing.own_requests", "Messages", NEED_MINT | ONLY_STATE,
     "numbers its requests from 1 and asks what the gateway has", requests_of_its_own},
    {"framing.logs", "Methods of the gateway", NEED_MINT, "logs and reports progress in the right shape", logs},
    {.id = NULL},
};
