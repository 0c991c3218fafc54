/* What an adapter says of credentials that are good for one call, and of the answers to them. No proof of a
 * server is at hand here, so what is tried is that nothing else passes for one. */
#include "expectations.h"

#define FOR_CALL                                                                                               \
    ",\"for_call\":true,\"channel_binding\":\"n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg\"" /* 32 bytes */

static void is_said(struct trial *trial)
{
    const struct json_value *manifest = json_member(trial_initialize(trial), TEXT("manifest"));
    const struct json_value *confirms = json_member(manifest, TEXT("confirms"));
    trial_expect(trial, confirms == NULL || confirms->kind == JSON_BOOLEAN,
                 "manifest.confirms is to be true or false");
    trial_expect(trial,
                 !json_is_true(confirms) || (!json_is_true(json_member(manifest, TEXT("outside_effects"))) &&
                                             !json_is_true(json_member(manifest, TEXT("shares")))),
                 "manifest.confirms is for what has no outside effects and is not shared");
}

static void unasked(struct trial *trial)
{
    trial_expect(trial, json_member(expect_minted(trial, NULL), TEXT("confirmation")) == NULL,
                 "a confirmation is said where the order has no for_call");
}

static const struct json_value *mint_for_call(struct trial *trial)
{
    struct order order = order_plain(trial);
    order.more = FOR_CALL;
    return expect_mint(trial, &order);
}

static void for_call(struct trial *trial)
{
    trial_begin(trial);
    const struct json_value *confirmation = json_member(mint_for_call(trial), TEXT("confirmation"));
    if (confirmation == NULL || trial->has_failed)
        return;
    struct text text = json_string(confirmation);
    trial_expect(trial, json_is_true(json_member(trial->kit->manifest, TEXT("confirms"))),
                 "a confirmation is said, and manifest.confirms is not true");
    trial_expect(trial, text.length != 0 && text.length <= PROTOCOL_CONFIRMATION_MAX,
                 "confirmation is to be a text of 1 to 128 bytes");
}

static void tells_calls_apart(struct trial *trial)
{
    trial_begin(trial);
    const struct json_value *first = mint_for_call(trial), *second = mint_for_call(trial);
    if (trial->has_failed)
        return;
    struct text one = json_text_of(first, "confirmation"), other = json_text_of(second, "confirmation");
    trial_expect(trial,
                 !text_equal(json_text_of(first, "credential"), json_text_of(second, "credential")) &&
                     (one.length == 0 || !text_equal(one, other)),
                 "two calls were given one credential or one confirmation");
}

static const struct answer *confirm(struct trial *trial, struct text confirmation, const char *challenges)
{
    struct buffer params = buffer_in(trial->arena, 256);
    struct json_writer writer = json_writer_on(&params);
    buffer_print(&params, "{\"deadline_ms\":%lld,\"target\":%.*s,\"challenges\":%s,\"confirmation\":",
                 (long long)trial->kit->timeout_ms, TEXT_ARGUMENTS(order_target(trial, trial->kit->settings)),
                 challenges);
    json_write_text(&writer, confirmation);
    buffer_append_byte(&params, '}');
    return trial_ask(trial, "confirm", buffer_text(&params));
}

static void unproved(struct trial *trial)
{
    static const char *const challenges[] = {"[]", "[\"Negotiate\"]",
                                             "[\"Basic realm=\\\"kit\\\"\",\"Negotiate AAAA\"]",
                                             "[\"Negotiate !\",\"\",\"Negotiate \\u00e9\"]" /* no base64 */};
    trial_begin(trial);
    for (size_t i = 0; i < sizeof(challenges) / sizeof(challenges[0]) && !trial->has_failed; i++) {
        struct text confirmation = json_text_of(mint_for_call(trial), "confirmation");
        if (confirmation.length == 0) {
            trial_skip(trial, "it has nothing confirmed at this target");
            return;
        }
        expect_error(trial, confirm(trial, confirmation, challenges[i]), PROTOCOL_REFUSED);
    }
}

static void unknown(struct trial *trial)
{
    trial_begin(trial);
    expect_error(trial, confirm(trial, TEXT("kit-nobody-said-this"), "[\"Negotiate AAAA\"]"), PROTOCOL_REFUSED);
}

static void is_refused(struct trial *trial)
{
    trial_begin(trial);
    expect_error(trial, confirm(trial, TEXT("kit"), "[]"), PROTOCOL_METHOD_UNKNOWN);
}

const struct adapter_check confirm_checks[] = {
    {"confirm.is_said", "initialize", NEED_INITIALIZE,
     "confirms only answers to what is neither known elsewhere nor shared", is_said},
    {"confirm.unasked", "mint", NEED_MINT, "says no confirmation where nobody will ask for it", unasked},
    {"confirm.for_call", "mint", NEED_MINT, "makes a credential for one call, bound to a certificate",
     for_call},
    {"confirm.tells_calls_apart", "mint", NEED_MINT | ONLY_CONFIRMS, "makes another for each call",
     tells_calls_apart},
    {"confirm.unproved", "confirm", NEED_MINT | ONLY_CONFIRMS, "takes nothing for a proof that is none",
     unproved},
    {"confirm.unknown", "confirm", NEED_INITIALIZE | ONLY_CONFIRMS,
     "confirms nothing that it never made anything for", unknown},
    {"confirm.is_refused", "Messages", NEED_INITIALIZE | ONLY_NOT_CONFIRMS,
     "answers confirm with -32601 where it confirms nothing", is_refused},
    {.id = NULL},
};
