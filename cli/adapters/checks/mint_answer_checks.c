/* Checks of what a minted credential looks like, and that it is no wider than what was ordered. */
#include <string.h>

#include "adapter_protocol/numbers.h"
#include "base/header_name.h"
#include "base/random.h"
#include "expectations.h"

enum { SHORT_LIFE_S = 5 };

static void answers(struct trial *trial)
{
    if (trial->kit->needs_account)
        trial_skip(trial, "it mints for nobody who has not connected an account, which takes the other side");
    else
        expect_minted(trial, NULL);
}

static void credential(struct trial *trial)
{
    struct text value = json_text_of(expect_minted(trial, NULL), "credential");
    trial_expect(trial,
                 value.length != 0 && value.length <= PROTOCOL_CREDENTIAL_MAX && text_is_printable(value),
                 "credential is to be a text of 1 byte to 64 KiB without control characters");
}

static void type(struct trial *trial)
{
    const struct json_value *list = json_member(trial->kit->manifest, TEXT("credentials"));
    trial_begin(trial);
    for (const struct json_value *kind = list != NULL ? list->first : NULL; kind != NULL; kind = kind->next) {
        struct order order = order_plain(trial);
        order.type = json_text_of(kind, "type");
        const struct answer *answer = trial_ask(trial, "mint", order_mint(trial, &order));
        /* Which of several a target gives may be for its settings to say; the first is what is made otherwise.
         */
        if (kind != list->first && answer != NULL && json_integer_of(answer->error, "code") == PROTOCOL_REFUSED)
            continue;
        if (answer == NULL)
            return;
        struct text made = json_text_of(answer->result, "type");
        if (!text_equal(made, order.type))
            trial_fail(trial, "asked for %.*s, it made \"%.*s\"", TEXT_ARGUMENTS(order.type),
                       TEXT_ARGUMENTS(made));
    }
}

static void type_is_chosen(struct trial *trial)
{
    trial_begin(trial);
    struct order order = order_plain(trial);
    struct text first = order.type;
    order.type = TEXT_NONE;
    trial_expect(trial, text_equal(json_text_of(expect_mint(trial, &order), "type"), first),
                 "not asked for a type it is to make the first of the manifest");
}

static void expires_at(struct trial *trial)
{
    struct order order;
    int64_t at = 0;
    const struct json_value *minted = expect_minted(trial, &order);
    if (minted != NULL && !json_integer(json_member(minted, TEXT("expires_at")), &at))
        trial_fail(trial, "expires_at is to be a whole number of seconds");
    trial_expect(trial, minted == NULL || at > order.issued_at, "expires_at has passed already");
}

static void lifetime_not_widened(struct trial *trial)
{
    trial_begin(trial);
    struct order order = order_plain(trial);
    order.expires_at = order.issued_at + SHORT_LIFE_S;
    const struct answer *answer = trial_ask(trial, "mint", order_mint(trial, &order));
    expect_documented(trial, answer);
    expect_not_widened(trial, &order, answer != NULL ? answer->result : NULL);
}

static void expired_order(struct trial *trial)
{
    trial_begin(trial);
    struct order order = order_plain(trial);
    order.expires_at = order.issued_at - 60;
    const struct answer *answer = trial_ask(trial, "mint", order_mint(trial, &order));
    expect_documented(trial, answer);
    expect_not_widened(trial, &order, answer != NULL ? answer->result : NULL);
}

static void scopes(struct trial *trial)
{
    struct order order;
    const struct json_value *minted = expect_minted(trial, &order);
    const struct json_value *list = json_member(minted, TEXT("scopes"));
    trial_expect(trial, minted == NULL || (list != NULL && list->kind == JSON_ARRAY),
                 "scopes is to be an array");
    for (const struct json_value *scope = list != NULL ? list->first : NULL; scope != NULL; scope = scope->next)
        trial_expect(trial, json_string(scope).length != 0, "a scope is to be a text");
}

static void scopes_not_widened(struct trial *trial)
{
    trial_begin(trial);
    const struct json_value *all = NULL;
    struct order order = order_plain(trial);
    if (json_parse(trial->arena, trial->kit->scopes, &json_limits_document, &all) == FAULT_NONE &&
        all->count > 1) {
        struct buffer one = buffer_in(trial->arena, 64);
        struct json_writer writer = json_writer_on(&one);
        json_begin_array(&writer);
        json_write_text(&writer, json_string(all->first));
        json_end_array(&writer);
        order.scopes = buffer_text(&one);
    }
    expect_not_widened(trial, &order, expect_mint(trial, &order));
}

static void no_scopes(struct trial *trial)
{
    trial_begin(trial);
    struct order order = order_plain(trial);
    order.scopes = TEXT("[]");
    const struct answer *answer = trial_ask(trial, "mint", order_mint(trial, &order));
    expect_documented(trial, answer);
    expect_not_widened(trial, &order, answer != NULL ? answer->result : NULL);
}

static void presentation(struct trial *trial)
{
    const struct json_value *how = json_member(expect_minted(trial, NULL), TEXT("presentation"));
    const struct json_value *scheme = json_member(how, TEXT("scheme"));
    if (trial->has_failed)
        return;
    if (how == NULL) {
        trial_skip(trial, "it does not say how its credential is shown");
        return;
    }
    trial_expect(trial, text_is(json_text_of(how, "in"), "header"), "presentation.in is to be header");
    trial_expect(trial, header_name_takes_credential(json_text_of(how, "name")),
                 "presentation.name is to be the name of a header that can carry a credential");
    trial_expect(trial, scheme == NULL || text_is_token(json_string(scheme)),
                 "presentation.scheme is to be a token");
}

static void handle(struct trial *trial)
{
    const struct json_value *value = json_member(expect_minted(trial, NULL), TEXT("handle"));
    trial_expect(trial,
                 value == NULL || (json_is_string(value) && json_string(value).length <= PROTOCOL_HANDLE_MAX),
                 "handle is to be a text of at most 4 KiB");
}

static void fingerprint(struct trial *trial)
{
    const struct json_value *value = json_member(expect_minted(trial, NULL), TEXT("fingerprint"));
    if (value == NULL || trial->has_failed)
        return;
    struct text digits = json_string(value);
    bool is_good = digits.length == 64;
    for (size_t i = 0; i < digits.length; i++)
        is_good = is_good && text_hexadecimal_value(digits.base[i]) >= 0;
    trial_expect(trial, is_good, "fingerprint is to be 64 hexadecimal digits");
}

static void account(struct trial *trial)
{
    const struct json_value *value = json_member(expect_minted(trial, NULL), TEXT("account"));
    struct text name = json_string(value);
    trial_expect(trial,
                 value == NULL ||
                     (name.length != 0 && name.length <= PROTOCOL_ACCOUNT_MAX && text_is_printable(name)),
                 "account is to be a printable text of 1 to 256 bytes");
}

/* An order that is over is the one that most adapters refuse. */
static void refusal(struct trial *trial)
{
    trial_begin(trial);
    struct order order = order_plain(trial);
    order.expires_at = order.issued_at - 60;
    const struct answer *answer = trial_ask(trial, "mint", order_mint(trial, &order));
    const struct json_value *error = answer != NULL ? answer->error : NULL;
    const struct json_value *about = json_member(json_member(error, TEXT("data")), TEXT("about"));
    trial_expect(
        trial,
        about == NULL || text_is(json_string(about),
                                 json_integer_of(error, "code") == PROTOCOL_REFUSED ? "subject" : "request"),
        "data.about is to be subject of a refusal (-32001), and request of what is unavailable (-32002)");
}

/* One credential has one fingerprint, two have two. */
static void fingerprints_tell_apart(struct trial *trial)
{
    const struct json_value *first = expect_minted(trial, NULL);
    struct order order = order_plain(trial);
    order.subject = TEXT("kit-somebody-else");
    const struct answer *answer = trial_ask(trial, "mint", order_mint(trial, &order));
    const struct json_value *second = answer != NULL ? answer->result : NULL;
    struct text a = json_text_of(first, "fingerprint"), b = json_text_of(second, "fingerprint");
    if (trial->has_failed || second == NULL || a.base == NULL || b.base == NULL)
        return;
    trial_expect(trial,
                 text_equal(a, b) ==
                     text_equal(json_text_of(first, "credential"), json_text_of(second, "credential")),
                 "two credentials have one fingerprint, or one has two");
}

static bool says_that_it_shares(struct trial *trial)
{
    return trial_expect(
        trial, json_is_true(json_member(trial->kit->manifest, TEXT("shares"))),
        "it says how long what it shares lives or whose it was, and manifest.shares is not true");
}

static void lives_until(struct trial *trial)
{
    const struct json_value *minted = expect_minted(trial, NULL);
    const struct json_value *value = json_member(minted, TEXT("lives_until"));
    int64_t until = 0;
    if (value != NULL && says_that_it_shares(trial))
        trial_expect(trial,
                     json_integer(value, &until) && until >= json_integer_of(minted, "expires_at") &&
                         until <= PROTOCOL_TIME_MAX_S,
                     "lives_until is to be a time from expires_at on");
}

static void made_for(struct trial *trial)
{
    const struct json_value *value = json_member(expect_minted(trial, NULL), TEXT("made_for"));
    struct text lease = json_string(value);
    if (value != NULL && says_that_it_shares(trial))
        trial_expect(trial, lease.length != 0 && identifier_time_ms(lease.base, lease.length) >= 0,
                     "made_for is to be the lease of an order before");
}

const struct adapter_check mint_answer_checks[] = {
    {"mint.answers", "mint", NEED_INITIALIZE, "makes a credential for a plain order", answers},
    {"mint.credential", "mint", NEED_MINT, "the credential is a text that fits into a header", credential},
    {"mint.type", "mint", NEED_MINT, "makes the type asked for, or one of the manifest", type},
    {"mint.type_is_chosen", "initialize", NEED_MINT,
     "makes the first type of the manifest where none is asked for", type_is_chosen},
    {"mint.expires_at", "mint", NEED_MINT, "says when the credential ends", expires_at},
    {"mint.lifetime_not_widened", "mint", NEED_MINT, "lets a credential of five seconds live no longer",
     lifetime_not_widened},
    {"mint.expired_order", "mint", NEED_MINT, "makes nothing that outlives an order that is over",
     expired_order},
    {"mint.scopes", "mint", NEED_MINT, "says which scopes the credential has", scopes},
    {"mint.scopes_not_widened", "mint", NEED_MINT, "gives no scope that was not ordered", scopes_not_widened},
    {"mint.no_scopes", "mint", NEED_MINT, "gives none where none was ordered", no_scopes},
    {"mint.presentation", "mint", NEED_MINT, "says in which header the credential is shown", presentation},
    {"mint.handle", "mint", NEED_MINT, "the handle is a text of at most 4 KiB", handle},
    {"mint.fingerprint", "mint", NEED_MINT, "the fingerprint is 64 hexadecimal digits, where it says one",
     fingerprint},
    {"mint.account", "mint", NEED_MINT,
     "the account is a printable text of at most 256 bytes, where it says one", account},
    {"mint.refusal", "Errors", NEED_MINT, "says of no refusal that it is about anything but the subject",
     refusal},
    {"mint.lives_until", "mint", NEED_MINT,
     "lets what is shared live no shorter than it says, and what is not as long", lives_until},
    {"mint.made_for", "mint", NEED_MINT, "names a lease where it gives what was made for another", made_for},
    {"mint.fingerprints_tell_apart", "mint", NEED_MINT, "two credentials have two fingerprints",
     fingerprints_tell_apart},
    {.id = NULL},
};
