/* Checks of an adapter at which people connect accounts in a browser: where it sends them, and what it takes of
 * who comes back. What the other side says to a code of the kit's is not known, so an account is connected only
 * where the adapter believes the kit. */
#include <string.h>

#include "base/base64url.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/outside_url.h"
#include "base/percent.h"
#include "base/random.h"
#include "expectations.h"

enum { CHALLENGE_LENGTH = 43, VERIFIER_MIN = 43, VERIFIER_MAX = 128 };

static struct text unheard(struct trial *trial, const char *prefix)
{
    char id[IDENTIFIER_SIZE];
    identifier_make(clock_wall_us(), id);
    return arena_print(trial->arena, "%s-%s", prefix, id);
}

struct journey {
    struct text subject, state, go_to, keep;
    const struct json_value *answer;
};

/* A subject that has connected nothing is at a browser. */
static struct journey depart_as(struct trial *trial, struct text subject)
{
    struct journey journey = {.subject = subject, .state = unheard(trial, "kit+state/=")};
    journey.answer = trial_result(trial, "connect_begin", order_browser(trial, journey.subject, journey.state));
    journey.go_to = json_text_of(journey.answer, "go_to");
    journey.keep = json_text_of(journey.answer, "keep");
    trial_expect(trial, trial->has_failed || journey.go_to.length != 0,
                 "connect_begin sends nobody anywhere, as if somebody new were connected already");
    return journey;
}

static struct journey depart(struct trial *trial)
{
    trial_begin(trial); /* with its own secrets: without them it may well send nobody anywhere */
    return depart_as(trial, unheard(trial, "kit-person"));
}

/* Decoded; TEXT_NONE if it is not there. */
static struct text parameter(struct trial *trial, struct text url, const char *name)
{
    struct text query = url, value = TEXT_NONE;
    text_cut(&query, '?');
    while (query.length != 0) {
        struct text pair = text_cut(&query, '&');
        struct text key = text_cut(&pair, '=');
        if (text_is(key, name) && percent_decode_form(trial->arena, pair, &value))
            return value.base != NULL ? value : TEXT("");
    }
    return TEXT_NONE;
}

/* An authorization request that stands in the URL (RFC 6749 section 4.1.1), not one that was pushed or signed
 * (RFC 9126, RFC 9101): of those nothing is seen here. */
static bool has_request(struct trial *trial, struct text go_to)
{
    bool is_hidden =
        parameter(trial, go_to, "request_uri").base != NULL || parameter(trial, go_to, "request").base != NULL;
    if (trial->has_failed)
        return false;
    if (is_hidden || memchr(go_to.base, '?', go_to.length) == NULL) {
        trial_skip(trial, "its authorization request does not stand in the URL");
        return false;
    }
    return true;
}

static void go_to(struct trial *trial)
{
    struct journey journey = depart(trial);
    trial_expect(trial,
                 trial->has_failed ||
                     (journey.go_to.length <= PROTOCOL_GO_TO_MAX && outside_url_is_usable(journey.go_to)),
                 "go_to is to be an https URL of at most 8 KiB without fragment");
}

static void keep(struct trial *trial)
{
    const struct json_value *kept = json_member(depart(trial).answer, TEXT("keep"));
    trial_expect(trial, kept == NULL || (json_is_string(kept) && json_string(kept).length <= PROTOCOL_KEEP_MAX),
                 "keep is to be a text of at most 4 KiB");
}

static void comes_back(struct trial *trial)
{
    struct journey journey = depart(trial);
    if (!has_request(trial, journey.go_to))
        return;
    trial_expect(trial, text_equal(parameter(trial, journey.go_to, "state"), journey.state),
                 "state of go_to is not the state that was given");
    trial_expect(trial, text_is(parameter(trial, journey.go_to, "redirect_uri"), order_redirect_uri),
                 "redirect_uri of go_to is not the one that was given");
}

static void challenge(struct trial *trial)
{
    struct journey journey = depart(trial);
    if (!has_request(trial, journey.go_to))
        return;
    struct text value = parameter(trial, journey.go_to, "code_challenge");
    unsigned char digest[BASE64URL_DECODED_LENGTH(CHALLENGE_LENGTH)];
    size_t length = 0;
    trial_expect(trial, text_is(parameter(trial, journey.go_to, "code_challenge_method"), "S256"),
                 "code_challenge_method of go_to is to be S256");
    trial_expect(trial, value.length == CHALLENGE_LENGTH && base64url_decode(value, digest, &length),
                 "code_challenge of go_to is to be a SHA-256 in base64url");
}

static void challenges_differ(struct trial *trial)
{
    struct journey first = depart(trial);
    struct journey second = depart_as(trial, unheard(trial, "kit-person"));
    if (has_request(trial, first.go_to))
        trial_expect(trial,
                     !text_equal(parameter(trial, first.go_to, "code_challenge"),
                                 parameter(trial, second.go_to, "code_challenge")),
                     "two people have one code_challenge: whoever has one verifier has both");
}

static bool is_of_verifiers(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           (byte != '\0' && strchr("-._~", byte) != NULL);
}

/* Whether a run of the characters of verifiers (RFC 7636 section 4.1) is what the challenge is of. */
static bool has_verifier(struct text kept, struct text challenge)
{
    for (size_t from = 0; from < kept.length; from++) {
        size_t length = 0;
        char encoded[CHALLENGE_LENGTH];
        unsigned char digest[DIGEST_SIZE];
        while (from + length < kept.length && is_of_verifiers(kept.base[from + length]))
            length++;
        digest_sha256((struct text){kept.base + from, length}, digest);
        base64url_encode(digest, sizeof(digest), encoded);
        if (length >= VERIFIER_MIN && length <= VERIFIER_MAX &&
            text_equal((struct text){encoded, sizeof(encoded)}, challenge))
            return true;
        from += length;
    }
    return false;
}

static void keep_is_sealed(struct trial *trial)
{
    struct journey journey = depart(trial);
    if (!has_request(trial, journey.go_to))
        return;
    struct text challenge = parameter(trial, journey.go_to, "code_challenge");
    unsigned char *bytes = arena_allocate(trial->arena, BASE64URL_DECODED_LENGTH(journey.keep.length) + 1);
    size_t length = 0;
    bool is_encoded = base64url_decode(journey.keep, bytes, &length);
    trial_expect(trial,
                 !has_verifier(journey.keep, challenge) &&
                     !(is_encoded && has_verifier((struct text){(char *)bytes, length}, challenge)),
                 "the code_verifier stands in keep as it is: seal it");
}

static void finish(struct trial *trial)
{
    struct journey journey = depart(trial);
    const struct answer *answer = trial_ask(
        trial, "connect_finish", order_back(trial, journey.subject, journey.keep, "{\"code\":\"kit-code\"}"));
    const struct json_value *account = json_member(answer != NULL ? answer->result : NULL, TEXT("account"));
    expect_documented(trial, answer);
    trial_expect(trial,
                 account == NULL ||
                     (json_is_string(account) && json_string(account).length <= PROTOCOL_ACCOUNT_MAX &&
                      text_is_printable(json_string(account))),
                 "account is to be a printable text of at most 256 bytes");
}

static void denied(struct trial *trial)
{
    struct journey journey = depart(trial);
    expect_refused(
        trial, trial_ask(trial, "connect_finish",
                         order_back(trial, journey.subject, journey.keep, "{\"error\":\"access_denied\"}")));
}

static void foreign_keep(struct trial *trial)
{
    struct journey journey = depart(trial);
    const struct text kept[] = {TEXT("kit-made-this-up"), TEXT_NONE};
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
        expect_refused(trial,
                       trial_ask(trial, "connect_finish",
                                 order_back(trial, journey.subject, kept[i], "{\"code\":\"kit-code\"}")));
}

/* Whoever has connected nothing gets nothing of anybody else's account. */
static void account_missing(struct trial *trial)
{
    trial_begin(trial);
    struct order order = order_plain(trial);
    order.subject = unheard(trial, "kit-person");
    if (order.target_more.length == 0)
        order.target_more = TEXT(",\"connects\":true");
    expect_error(trial, trial_ask(trial, "mint", order_mint(trial, &order)), PROTOCOL_INTERACTION_REQUIRED);
}

#define CONNECTING "connect_begin, connect_finish, disconnect"

const struct adapter_check browser_checks[] = {
    {"browser.go_to", CONNECTING, NEED_INITIALIZE | ONLY_BROWSER | ONLY_ACCOUNTS,
     "sends people to an https URL of at most 8 KiB", go_to},
    {"browser.keep", CONNECTING, NEED_INITIALIZE | ONLY_BROWSER | ONLY_ACCOUNTS,
     "wants at most 4 KiB kept until they are back", keep},
    {"browser.comes_back", CONNECTING, NEED_INITIALIZE | ONLY_BROWSER | ONLY_ACCOUNTS,
     "has them sent back as it was told to, with the state it was given", comes_back},
    {"browser.challenge", CONNECTING, NEED_INITIALIZE | ONLY_BROWSER | ONLY_ACCOUNTS,
     "binds the code to itself by PKCE with S256", challenge},
    {"browser.challenges_differ", CONNECTING, NEED_INITIALIZE | ONLY_BROWSER | ONLY_ACCOUNTS,
     "makes a verifier for each journey", challenges_differ},
    {"browser.keep_is_sealed", CONNECTING, NEED_INITIALIZE | ONLY_BROWSER | ONLY_ACCOUNTS,
     "seals the verifier it wants kept", keep_is_sealed},
    {"browser.finish", CONNECTING, NEED_INITIALIZE | ONLY_BROWSER | ONLY_ACCOUNTS,
     "names the account that was connected, or says why none was", finish},
    {"browser.denied", CONNECTING, NEED_INITIALIZE | ONLY_BROWSER | ONLY_ACCOUNTS,
     "connects nothing where the other side said no", denied},
    {"browser.foreign_keep", CONNECTING, NEED_INITIALIZE | ONLY_BROWSER | ONLY_ACCOUNTS,
     "connects nothing by what it has not wanted kept", foreign_keep},
    {"browser.account_missing", "Errors", NEED_INITIALIZE | ONLY_BROWSER | ONLY_ACCOUNTS,
     "answers -32004 to an order for somebody who has connected nothing", account_missing},
    {.id = NULL},
};
