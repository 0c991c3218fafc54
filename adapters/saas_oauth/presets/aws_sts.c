/* AWS STS, AssumeRoleWithWebIdentity: AWS trusts this gateway as an OpenID Connect provider of the account, and
 * the gateway's assertion becomes credentials of a role. The session is named after the root, so that every
 * line in CloudTrail leads back to it; the same as source identity where the assertion has that claim
 * (spec.handOver.assertionClaims: "https://aws.amazon.com/source_identity": root), which roles that are assumed
 * from there on keep. AWS takes nothing back: the credentials end by themselves. */
#include <stdio.h>
#include <string.h>

#include "grant_steps.h"
#include "presets.h"
#include "json/json_writer.h"

enum { SHORTEST_S = 900, LONGEST_S = 43200, ACCOUNT_DIGITS = 12, SESSION_NAME_MAX = 64, VALUE_MAX = 16 * 1024 };

struct aws_options {
    struct text role, region;
    int64_t duration_s;
};

static void fill(struct adapter_settings *options, struct arena *arena, struct oauth_settings *settings)
{
    struct aws_options *read = ARENA_NEW(arena, struct aws_options);
    read->role = adapter_setting_text(options, "role", ADAPTER_OPTIONAL, 2048);
    read->region = adapter_setting_text(options, "region", ADAPTER_OPTIONAL, 32);
    read->duration_s = adapter_setting_integer(options, "durationSeconds", SHORTEST_S, LONGEST_S, SHORTEST_S);
    settings->options = read;
    if (settings->token_endpoint.base == NULL && read->region.base != NULL)
        settings->token_endpoint =
            arena_print(arena, "https://sts.%.*s.amazonaws.com/", TEXT_ARGUMENTS(read->region));
    settings->authentication = CLIENT_NONE;
}

/* arn:PARTITION:iam::ACCOUNT:role/PATH/NAME. STS would say no at each exchange, and does not say of what. */
static bool is_role(struct text arn)
{
    struct text rest = arn, word = text_cut(&rest, ':'), partition = text_cut(&rest, ':'),
                service = text_cut(&rest, ':'), region = text_cut(&rest, ':'), account = text_cut(&rest, ':');
    struct text prefix = TEXT("role/");
    if (!text_starts_with(rest, prefix))
        return false;
    struct text name = {rest.base + prefix.length, rest.length - prefix.length};
    return text_is(word, "arn") && text_starts_with(partition, TEXT("aws")) &&
           preset_is_made_of(partition, SMALL_LETTERS DIGITS "-") && text_is(service, "iam") &&
           region.length == 0 && account.length == ACCOUNT_DIGITS && preset_is_made_of(account, DIGITS) &&
           preset_is_made_of(name, LETTERS DIGITS "_+=,.@-/") && !text_ends_with(name, TEXT("/"));
}

static void check(const struct oauth_settings *settings, struct adapter_mistakes *mistakes)
{
    const struct aws_options *options = settings->options;
    if (!is_role(options->role))
        adapter_mistake(mistakes, TEXT("/options/role"),
                        "expected the role's ARN, with the twelve digits of its account, such as "
                        "arn:aws:iam::123456789012:role/agents");
    if (!preset_is_made_of(options->region, SMALL_LETTERS DIGITS "-"))
        adapter_mistake(mistakes, TEXT("/options/region"), "expected a region, such as eu-central-1");
    if (settings->scope_count != 0)
        adapter_mistake(mistakes, TEXT("/scopes"), "AWS has no scopes: what is allowed is the role's to say");
}

static void check_target(const struct oauth_settings *settings, const struct adapter_target *target,
                         struct adapter_mistakes *mistakes)
{
    preset_check_assertion(settings, target, "RS256 RS384 RS512 ES256 ES384 ES512", mistakes);
}

/* [\w+=,.@-]{2,64}: what does not fit becomes '-', which no root of ours has to. */
static struct text session_name(struct arena *arena, struct text root)
{
    struct text name = arena_copy(arena, text_beginning(root, SESSION_NAME_MAX));
    char *bytes = (char *)(uintptr_t)name.base;
    for (size_t i = 0; i < name.length; i++) {
        if (!preset_is_made_of((struct text){bytes + i, 1}, LETTERS DIGITS "_+=,.@-"))
            bytes[i] = '-';
    }
    return name;
}

/* --- the answer, which is XML --- */

/* What stands between the first <name> and </name> behind it: STS writes no attributes, and values without
 * entities. */
static struct text element(struct text body, const char *name)
{
    char begin[64], end[64];
    snprintf(begin, sizeof(begin), "<%s>", name);
    snprintf(end, sizeof(end), "</%s>", name);
    const char *from = body.length == 0 ? NULL : memmem(body.base, body.length, begin, strlen(begin));
    if (from == NULL)
        return TEXT_NONE;
    from += strlen(begin);
    size_t left = body.length - (size_t)(from - body.base);
    const char *to = memmem(from, left, end, strlen(end));
    return to == NULL ? TEXT_NONE : (struct text){from, (size_t)(to - from)};
}

/* Letters, digits and what base64 has. */
static bool is_value(struct text value)
{
    for (size_t i = 0; i < value.length; i++) {
        char byte = value.base[i];
        if (byte <= 0x20 || byte > 0x7e || byte == '<' || byte == '&' || byte == '"' || byte == '\\')
            return false;
    }
    return value.length != 0 && value.length <= VALUE_MAX;
}

/* As a credential_process prints it, which is what the SDKs of AWS take. */
static struct text write_credentials(struct arena *arena, struct text key, struct text secret,
                                     struct text session, struct text end)
{
    struct buffer out = buffer_in(arena, session.length + 512);
    struct json_writer writer = json_writer_on(&out);
    json_begin_object(&writer);
    json_member_integer(&writer, "Version", 1);
    json_member_text(&writer, "AccessKeyId", key);
    json_member_text(&writer, "SecretAccessKey", secret);
    json_member_text(&writer, "SessionToken", session);
    json_member_text(&writer, "Expiration", end);
    json_end_object(&writer);
    return buffer_text(&out);
}

static enum adapter_outcome read_credentials(const struct grant_run *run, struct text body, struct token *token)
{
    struct text credentials = element(body, "Credentials");
    struct text key = element(credentials, "AccessKeyId"), secret = element(credentials, "SecretAccessKey"),
                session = element(credentials, "SessionToken"), end = element(credentials, "Expiration");
    const struct json_value time = {.kind = JSON_STRING, .text = end};
    if (!is_value(key) || !is_value(secret) || !is_value(session) || !is_value(end) ||
        !adapter_timestamp(&time, &token->expires_at_s))
        return adapter_misconfigured(run->call, NULL, "the answer of STS has no credentials with an end");
    token->credential = write_credentials(adapter_arena(run->call), key, secret, session, end);
    token->token_type = TEXT("N_A");
    return ADAPTER_DONE;
}

/* <Error><Type>Sender</Type><Code>InvalidIdentityToken</Code><Message>...</Message></Error> */
static void find_error(const struct upstream_answer *answer, struct text *code, struct text *description)
{
    struct text error = element(answer->body, "Error");
    *code = element(error, "Code");
    *description = element(error, "Message");
}

static enum adapter_outcome run_aws(const struct grant_run *run, struct token *token)
{
    struct arena *arena = adapter_arena(run->call);
    const struct aws_options *options = run->settings->options;
    struct form form = form_in(arena);
    struct upstream_answer answer;
    struct text assertion;
    ADAPTER_TRY(assertion_of(run, &assertion));
    form_add(&form, "Action", TEXT("AssumeRoleWithWebIdentity"));
    form_add(&form, "Version", TEXT("2011-06-15"));
    form_add(&form, "RoleArn", options->role);
    form_add(&form, "RoleSessionName", session_name(arena, run->order->root));
    form_add(&form, "DurationSeconds", arena_print(arena, "%lld", (long long)options->duration_s));
    form_add_secret(&form, "WebIdentityToken", assertion);
    const struct token_request request = {
        .form = &form, .is_unauthenticated = true, .answer = ANSWER_XML, .find_error = find_error};
    ADAPTER_TRY(token_request_send(run, &request, &answer));
    if (text_is(answer.error.code, "RegionDisabledException"))
        return adapter_misconfigured(run->call, "/options/region",
                                     "the account has STS disabled in this region");
    ADAPTER_TRY(upstream_error_end(run->call, &answer.error, false));
    return read_credentials(run, answer.body, token);
}

const struct grant preset_aws_sts = {
    .name = "aws-sts",
    .is_preset = true,
    .type = TYPE_AWS,
    .needs = GRANT_NEEDS_ASSERTION,
    .fill = fill,
    .check = check,
    .check_target = check_target,
    .run = run_aws,
};
