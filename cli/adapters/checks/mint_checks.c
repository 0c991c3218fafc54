/* Checks of orders that are unusual and yet right: what is missing, odd names, long chains, asked again. */
#include "expectations.h"

enum { ACTORS = 16 };

static void expect_answered(struct trial *trial, const struct order *order)
{
    const struct answer *answer = trial_ask(trial, "mint", order_mint(trial, order));
    expect_documented(trial, answer);
    if (answer != NULL && answer->error != NULL && json_integer_of(answer->error, "code") == PROTOCOL_FAILED)
        trial_fail(trial, "answered with -32603, a failure of its own, where nothing is wrong with the order");
    expect_not_widened(trial, order, answer != NULL ? answer->result : NULL);
}

static void without_what_may_be_missing(struct trial *trial)
{
    trial_begin(trial);
    struct order order = order_plain(trial);
    order.type = order.details = TEXT_NONE;
    order.is_bare = true;
    expect_mint(trial, &order);
}

static void ignores_unknown_members(struct trial *trial)
{
    trial_begin(trial);
    struct order order = order_plain(trial);
    order.more = ",\"of_a_later_version\":{\"expires_at\":1}";
    expect_mint(trial, &order);
}

static void many_actors(struct trial *trial)
{
    struct buffer actors = buffer_in(trial->arena, 1024);
    trial_begin(trial);
    struct order order = order_plain(trial);
    for (int i = 0; i < ACTORS; i++)
        buffer_print(&actors, "%s{\"issuer\":\"https://gateway%d.example\",\"subject\":\"agent-%d\"}",
                     i == 0 ? "[" : ",", i, i);
    buffer_append_byte(&actors, ']');
    order.actors = buffer_text(&actors);
    expect_answered(trial, &order);
}

static void no_actors(struct trial *trial)
{
    trial_begin(trial);
    struct order order = order_plain(trial);
    order.actors = TEXT("[]");
    expect_answered(trial, &order);
}

static void odd_names(struct trial *trial)
{
    static const char *const names[] = {
        "O'Brien \\\"Bob\\\" \\\\ <b>&amp;</b>; DROP TABLE x; --",
        "a\\nb\\r\\nX-Injected: 1",
        "../../../etc/passwd",
        "\xd0\x9b\xd0\xb5\xd0\xbd\xd0\xb0 \xf0\x9f\x94\x91 \\u202e",
        "%s%n%00{{7*7}}${HOME}`id`",
        " ",
    };
    trial_begin(trial);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct order order = order_plain(trial);
        order.subject = text_of(names[i]);
        expect_answered(trial, &order);
    }
}

static void nul_in_names(struct trial *trial)
{
    trial_begin(trial);
    struct order order = order_plain(trial);
    order.subject = TEXT("alice\\u0000bob");
    expect_answered(trial, &order);
}

static void authorization_details(struct trial *trial)
{
    trial_begin(trial);
    struct order order = order_plain(trial);
    order.details =
        TEXT("[{\"type\":\"kit_unknown_type\",\"actions\":[\"read\"],\"deep\":[[[[[[[[{\"a\":null}]]]]]]]]}]");
    expect_answered(trial, &order);
}

/* The gateway asks again where it does not know whether it was heard. */
static void same_lease_again(struct trial *trial)
{
    struct order order;
    expect_minted(trial, &order);
    expect_answered(trial, &order);
}

static void fresh(struct trial *trial)
{
    struct order order;
    struct text first = json_text_of(expect_minted(trial, &order), "credential");
    order.is_fresh = true;
    order.lease = order_lease(trial);
    struct text second = json_text_of(expect_mint(trial, &order), "credential");
    trial_expect(trial, trial->has_failed || !text_equal(first, second),
                 "fresh, it gives the same credential as before");
}

/* Whose one credential is stands with the second, or both cannot be told apart. */
static void leases_are_told_apart(struct trial *trial)
{
    struct order order;
    const struct json_value *first = expect_minted(trial, &order);
    struct text lease = order.lease, made_for = json_text_of(first, "made_for");
    order.lease = order_lease(trial);
    const struct json_value *second = expect_mint(trial, &order);
    struct text shared_with = json_text_of(second, "made_for");
    bool is_said = shared_with.length != 0 && text_equal(shared_with, made_for.length != 0 ? made_for : lease);
    trial_expect(trial,
                 trial->has_failed || is_said ||
                     !text_equal(json_text_of(first, "credential"), json_text_of(second, "credential")),
                 "two leases have one credential, and made_for does not say so: whoever revokes one ends both");
}

/* By other documents too: an adapter that remembers begins anew. */
static void attributes(struct trial *trial)
{
    static const char *const documents[] = {",\"documents\":\"0011\"", ",\"documents\":\"2233\""};
    trial_begin(trial);
    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
        struct order order = order_plain(trial);
        order.subject_more =
            ",\"attributes\":{\"kit_mail\":\"kit@idp.example\",\"kit_groups\":[\"staff\",\"a b\"],"
            "\"kit_none\":[]}";
        order.more = documents[i];
        expect_answered(trial, &order);
    }
}

#define BINDING(digest) ",\"channel_binding\":\"" digest "\""

/* Credentials that are the same cannot be bound to two channels. */
static void channel_binding(struct trial *trial)
{
    static const char *const bindings[] = {BINDING("a2l0IGtpdCBraXQga2l0IGtpdCA"),
                                           BINDING("a2l0IGtpdCBraXQga2l0IGtpdCEga2l0IGtpdCBraXQ")};
    struct text made[2];
    trial_begin(trial);
    for (size_t i = 0; i < 2; i++) {
        struct order order = order_plain(trial);
        order.more = bindings[i];
        const struct answer *answer = trial_ask(trial, "mint", order_mint(trial, &order));
        expect_documented(trial, answer);
        made[i] = json_text_of(answer != NULL ? answer->result : NULL, "credential");
    }
    trial_expect(trial, trial->has_failed || made[0].length == 0 || !text_equal(made[0], made[1]),
                 "asked for one that is bound to another channel, it gives the same credential");
}

/* Left out, it would be a credential that is bound to nothing. */
static void channel_binding_malformed(struct trial *trial)
{
    static const char *const bindings[] = {BINDING(""), BINDING("c2hvcnQ"),
                                           BINDING("a2l0IGtpdCBraXQga2l0IGtpdCA="), ",\"channel_binding\":{}"};
    trial_begin(trial);
    for (size_t i = 0; i < sizeof(bindings) / sizeof(bindings[0]); i++) {
        struct order order = order_plain(trial);
        order.more = bindings[i];
        expect_refused(trial, trial_ask(trial, "mint", order_mint(trial, &order)));
    }
}

static void misconfigured(struct trial *trial)
{
    trial_begin(trial);
    struct order order = order_plain(trial);
    order.settings = trial->kit->bad_settings;
    expect_refused(trial, trial_ask(trial, "mint", order_mint(trial, &order)));
}

const struct adapter_check mint_checks[] = {
    {"mint.without_what_may_be_missing", "mint", NEED_MINT,
     "needs no type, authorization_details, task or purpose", without_what_may_be_missing},
    {"mint.ignores_unknown_members", "Messages", NEED_MINT, "ignores members of an order that it does not know",
     ignores_unknown_members},
    {"mint.many_actors", "mint", NEED_MINT, "copes with a long chain of actors", many_actors},
    {"mint.no_actors", "mint", NEED_MINT, "copes with no actors", no_actors},
    {"mint.odd_names", "mint", NEED_MINT, "copes with subjects whose names have quotes, lines, paths, emoji",
     odd_names},
    {"mint.nul_in_names", "mint", NEED_MINT, "copes with a subject whose name has a NUL", nul_in_names},
    {"mint.authorization_details", "mint", NEED_MINT,
     "answers authorization details of a type it does not know", authorization_details},
    {"mint.attributes", "mint", NEED_MINT,
     "copes with attributes of the subject that it does not know, and with other documents", attributes},
    {"mint.channel_binding", "mint", NEED_MINT | ONLY_BINDS, "gives nothing that is bound to another channel",
     channel_binding},
    {"mint.channel_binding_malformed", "mint", NEED_MINT | ONLY_BINDS,
     "makes nothing where the channel cannot be read", channel_binding_malformed},
    {"mint.same_lease_again", "mint", NEED_MINT, "answers an order that comes again", same_lease_again},
    {"mint.fresh", "mint", NEED_MINT | ONLY_EFFECTS,
     "gives nothing that it remembers where it is asked for a fresh one", fresh},
    {"mint.leases_are_told_apart", "mint", NEED_MINT | ONLY_EFFECTS,
     "makes for each lease what can be revoked alone", leases_are_told_apart},
    {"mint.misconfigured", "Errors", NEED_MINT | ONLY_BAD_SETTINGS, "refuses to mint with bad settings",
     misconfigured},
    {.id = NULL},
};
