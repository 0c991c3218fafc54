/* Client authentication, first to last: pick the one method, find who it claims to be, wait for a key if one is
 * needed, prove it. Every refusal of a wrong secret, key or name reads the same to the caller. */
#include "exchange/client_authentication.h"

#include "base/percent.h"
#include "exchange/basic_credentials.h"

static const char assertion_type[] =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"; /* RFC 7523 section 2.2 */

static enum fault fail(struct client_authentication *authentication, const char *check, enum fault fault)
{
    return ladder_fail(authentication->ladder, check, fault, document_label(authentication->caller.document),
                       TEXT_NONE);
}

static void pass(struct client_authentication *authentication, const char *check, struct text detail)
{
    ladder_pass(authentication->ladder, check, document_label(authentication->caller.document), detail);
}

static enum fault read_basic(struct client_authentication *authentication, struct text authorization,
                             struct text *client_id)
{
    struct text name, secret;
    authentication->used_authorization_header = true;
    if (!basic_credentials_read(authentication->arena, authorization, &name, &secret))
        return fail(authentication, "client_authentication_read", FAULT_CLIENT_HEADER_MALFORMED);
    /* Both halves are form-encoded before they are joined: RFC 6749 section 2.3.1. */
    if (!percent_decode_form(authentication->arena, name, client_id) ||
        !percent_decode_form(authentication->arena, secret, &authentication->secret) || client_id->length == 0)
        return fail(authentication, "client_authentication_read", FAULT_CLIENT_HEADER_MALFORMED);
    authentication->caller.method = TEXT("client_secret_basic");
    return FAULT_NONE;
}

static enum fault identify_client(struct client_authentication *authentication, struct text client_id)
{
    authentication->client = world_client(authentication->world, client_id);
    if (authentication->client == NULL)
        return fail(authentication, "client_known", FAULT_CLIENT_UNKNOWN);
    struct caller *caller = &authentication->caller;
    const struct document *document = authentication->client->document;
    bool is_class = client_document_is_class(&document->client);
    /* A class is no client: those that it stands for are. */
    if (is_class && text_equal(client_id, document->client.client_id))
        return fail(authentication, "client_known", FAULT_CLIENT_UNKNOWN);
    caller->document = document;
    caller->client = authentication->client;
    caller->client_id = is_class ? client_id : document->client.client_id;
    caller->name = document->name;
    caller->identity = (struct identity){authentication->world->issuer, caller->client_id};
    caller->account = authentication->client->account;
    caller->limits = authentication->client->limits;
    pass(authentication, "client_known", caller->client_id);
    return FAULT_NONE;
}

/* Nobody who could prove who they are may come in without (RFC 6749 section 2.3). */
static enum fault identify_public(struct client_authentication *authentication, struct text client_id)
{
    authentication->caller.method = TEXT("none");
    authentication->is_public = true;
    TRY(identify_client(authentication, client_id));
    if (authentication->client->document->client.methods != CLIENT_NONE)
        return fail(authentication, "client_method_allowed", FAULT_CLIENT_METHOD_NOT_ALLOWED);
    return FAULT_NONE;
}

/* The code that it redeems, with the verifier that only who began has, is all that a public client has to show:
 * everywhere else it is nobody (RFC 7636 section 1). */
static bool is_public(const struct client_authentication *authentication, const struct form *form)
{
    return authentication->may_be_public && form_value(form, "client_id").length != 0;
}

/* RFC 8705 section 2: client_id says which client, and nothing else is shown. Whoever shows a certificate
 * without need, as browsers do, is no worse off. */
static bool is_by_certificate(const struct client_authentication *authentication, struct text client_id)
{
    const struct client *client = authentication->certificate == NULL || client_id.length == 0
                                      ? NULL
                                      : world_client(authentication->world, client_id);
    return client != NULL && (client->document->client.methods & CLIENT_TLS) != 0;
}

static enum fault identify_platform_token(struct client_authentication *authentication,
                                          const struct issuer *issuer, const struct key_snapshot *own_keys)
{
    const struct world *world = authentication->world;
    authentication->is_platform_token = true;
    authentication->caller.method = TEXT("platform_token");
    authentication->caller.document = issuer->document;
    if (issuer->is_self || !issuer->document->issuer.is_platform)
        return fail(authentication, "platform_issuer",
                    authentication->is_by_grant ? FAULT_TOKEN_TYPE_NOT_ACCEPTED : FAULT_CLIENT_UNKNOWN);
    authentication->rules = (struct verification_rules){
        .use = TOKEN_USE_CLIENT,
        .declared_type = TOKEN_TYPE_JWT,
        .issuers = world->issuers_by_identifier,
        .issuer_count = world->issuer_count,
        .own_issuer = world->issuer,
        .own_keys = own_keys,
        .chain_depth = 0,
        .remembered_tokens = (size_t)world->gateway->remembered_tokens,
        .now_s = authentication->now_s,
    };
    enum fault fault =
        verification_route(authentication->arena, &authentication->rules, &authentication->verification);
    if (fault != FAULT_NONE)
        return fail(authentication, "platform_token_read", fault);
    return FAULT_NONE;
}

static enum fault identify_assertion(struct client_authentication *authentication,
                                     const struct key_snapshot *own_keys)
{
    const struct issuer *issuer = NULL;
    if (verification_read(authentication->arena, authentication->assertion, &authentication->verification) !=
        FAULT_NONE)
        return fail(authentication, "client_assertion_read", FAULT_ASSERTION_MALFORMED);
    struct text claimed = verification_unverified_issuer(&authentication->verification);
    if (claimed.length != 0)
        issuer = world_issuer(authentication->world, claimed);
    if (issuer != NULL)
        return identify_platform_token(authentication, issuer, own_keys);
    authentication->caller.method = TEXT("private_key_jwt");
    return identify_client(authentication, claimed);
}

/* Workload identity federation: the token that is the grant says who calls, and nothing else is shown. An
 * ID-JAG speaks of somebody, and who shows it has to be the client it was made for. */
static enum fault identify_grant_assertion(struct client_authentication *authentication,
                                           const struct key_snapshot *own_keys)
{
    authentication->assertion = authentication->grant_assertion;
    authentication->is_by_grant = true;
    if (verification_read(authentication->arena, authentication->assertion, &authentication->verification) !=
        FAULT_NONE)
        return fail(authentication, "assertion_read", FAULT_TOKEN_MALFORMED);
    if (jws_type_is(&authentication->verification.jws, "oauth-id-jag+jwt")) {
        authentication->is_by_grant = false;
        return fail(authentication, "one_client_authentication_method", FAULT_CLIENT_MISSING);
    }
    struct text claimed = verification_unverified_issuer(&authentication->verification);
    const struct issuer *issuer = claimed.length == 0 ? NULL : world_issuer(authentication->world, claimed);
    if (issuer == NULL)
        return fail(authentication, "platform_issuer", FAULT_TOKEN_ISSUER_UNKNOWN);
    return identify_platform_token(authentication, issuer, own_keys);
}

enum fault client_authentication_identify(struct client_authentication *authentication,
                                          struct text authorization, const struct form *form,
                                          const struct key_snapshot *own_keys)
{
    struct text assertion = form_value(form, "client_assertion");
    struct text type = form_value(form, "client_assertion_type");
    struct text secret = form_value(form, "client_secret");
    struct text client_id = form_value(form, "client_id");
    bool has_assertion = assertion.length != 0 || type.length != 0;
    if ((authorization.length != 0) + (secret.length != 0) + has_assertion > 1)
        return fail(authentication, "one_client_authentication_method", FAULT_CLIENT_METHODS_MIXED);
    if (authorization.length != 0) {
        TRY(read_basic(authentication, authorization, &client_id));
        return identify_client(authentication, client_id);
    }
    if (secret.length != 0) {
        authentication->secret = secret;
        authentication->caller.method = TEXT("client_secret_post");
        return client_id.length == 0 ? fail(authentication, "client_known", FAULT_CLIENT_MISSING)
                                     : identify_client(authentication, client_id);
    }
    if (!has_assertion && is_by_certificate(authentication, client_id)) {
        authentication->caller.method = TEXT("tls_client_auth");
        authentication->caller.is_by_certificate = true;
        return identify_client(authentication, client_id);
    }
    if (!has_assertion && is_public(authentication, form))
        return identify_public(authentication, client_id);
    if (!has_assertion && authentication->grant_assertion.length != 0)
        return identify_grant_assertion(authentication, own_keys);
    if (!has_assertion)
        return fail(authentication, "one_client_authentication_method", FAULT_CLIENT_MISSING);
    if (!text_is(type, assertion_type))
        return fail(authentication, "client_assertion_type", FAULT_ASSERTION_TYPE_UNKNOWN);
    authentication->assertion = assertion;
    return identify_assertion(authentication, own_keys);
}

struct flow_wait *client_authentication_wait(struct client_authentication *authentication)
{
    return &authentication->verification.lookup.wait;
}

void client_authentication_find_key(struct client_authentication *authentication)
{
    if (authentication->is_platform_token)
        verification_find_key(&authentication->verification, &authentication->rules);
    else if (authentication->assertion.length != 0 && authentication->client != NULL &&
             authentication->client->keys != NULL)
        key_source_find(authentication->client->keys, authentication->verification.jws.key_id,
                        authentication->verification.jws.algorithm, &authentication->verification.lookup);
    else
        flow_wait_done(&authentication->verification.lookup.wait);
}

static bool method_is_allowed(const struct client_authentication *authentication, enum client_method method)
{
    return (authentication->client->document->client.methods & method) != 0;
}

static enum fault check_secret(struct client_authentication *authentication, const struct sealer *sealer)
{
    bool is_basic = text_is(authentication->caller.method, "client_secret_basic");
    unsigned char presented[DIGEST_SIZE];
    sealer_keyed_hash(sealer, "client-secret", authentication->secret, presented);
    bool is_right = authentication->client->has_secret &&
                    secret_equal(presented, authentication->client->secret_hash, DIGEST_SIZE);
    if (!is_right)
        return fail(authentication, "client_secret", FAULT_CLIENT_SECRET_WRONG);
    if (!method_is_allowed(authentication, is_basic ? CLIENT_SECRET_BASIC : CLIENT_SECRET_POST))
        return fail(authentication, "client_method_allowed", FAULT_CLIENT_METHOD_NOT_ALLOWED);
    pass(authentication, "client_secret", TEXT_NONE);
    return FAULT_NONE;
}

static enum fault check_certificate(struct client_authentication *authentication)
{
    const struct client_document *spec = &authentication->client->document->client;
    const struct client_certificate *certificate = authentication->certificate;
    const struct certificate_name names[] = {
        {CERTIFICATE_SUBJECT, spec->certificate.subject}, {CERTIFICATE_DNS, spec->certificate.dns},
        {CERTIFICATE_URI, spec->certificate.uri},         {CERTIFICATE_IP, spec->certificate.ip},
        {CERTIFICATE_EMAIL, spec->certificate.email},
    };
    if (!certificate->is_verified)
        return fail(authentication, "client_certificate_verified", FAULT_CLIENT_CERTIFICATE_WRONG);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].value.length != 0 && client_certificate_has(certificate, names[i].kind, names[i].value)) {
            pass(authentication, "client_certificate", names[i].value);
            return FAULT_NONE;
        }
    return fail(authentication, "client_certificate", FAULT_CLIENT_CERTIFICATE_WRONG);
}

static enum fault check_assertion_claims(struct client_authentication *authentication,
                                         const struct jwt_claims *claims)
{
    const struct client_document *spec = &authentication->client->document->client;
    const struct world *world = authentication->world;
    /* iss = sub = client_id, exp and jti present: rfc7523bis, OpenID Connect Core section 9. */
    if (!text_equal(claims->issuer, spec->client_id) || !text_equal(claims->subject, spec->client_id) ||
        claims->id.length == 0)
        return fail(authentication, "client_assertion_claims", FAULT_ASSERTION_CLAIMS);
    /* The sole audience is our issuer identifier; the token endpoint only for clients that were told so (RFC
     * 7523). */
    bool audience_fits =
        jwt_has_only_audience(claims, world->issuer) ||
        (spec->accepts_token_endpoint_audience && jwt_has_only_audience(claims, world->token_endpoint));
    if (!audience_fits)
        return fail(authentication, "client_assertion_audience", FAULT_ASSERTION_AUDIENCE);
    struct jwt_time_rules rules = {.now_s = authentication->now_s,
                                   .leeway_s = CLIENT_ASSERTION_LEEWAY_S,
                                   .maximum_lifetime_s = CLIENT_ASSERTION_LIFETIME_MAX_S};
    enum fault fault = jwt_check_time(claims, &rules);
    if (fault == FAULT_TOKEN_CLAIMS)
        return fail(authentication, "client_assertion_claims", FAULT_ASSERTION_CLAIMS);
    return fault == FAULT_NONE ? FAULT_NONE
                               : fail(authentication, "client_assertion_time", FAULT_ASSERTION_TIME);
}

static enum fault check_assertion(struct client_authentication *authentication)
{
    if (!method_is_allowed(authentication, CLIENT_PRIVATE_KEY_JWT) || authentication->client->keys == NULL)
        return fail(authentication, "client_method_allowed", FAULT_CLIENT_METHOD_NOT_ALLOWED);
    if (authentication->verification.lookup.fault == FAULT_ISSUER_UNREACHABLE)
        return fail(authentication, "client_key_found", FAULT_ISSUER_UNREACHABLE);
    if (authentication->verification.lookup.fault != FAULT_NONE ||
        jws_verify(&authentication->verification.jws, authentication->verification.lookup.key) != FAULT_NONE)
        return fail(authentication, "client_assertion_signature", FAULT_ASSERTION_SIGNATURE);
    pass(authentication, "client_assertion_signature", TEXT_NONE);
    /* Untyped is still accepted, another kind of token is not (rfc7523bis section on typ, RFC 8725
     * section 3.11). */
    if (authentication->verification.jws.type.length != 0 &&
        !jws_type_is(&authentication->verification.jws, "client-authentication+jwt") &&
        !jws_type_is(&authentication->verification.jws, "JWT"))
        return fail(authentication, "client_assertion_typ", FAULT_ASSERTION_TYP);
    struct jwt_claims claims;
    if (jwt_claims_from(authentication->verification.unverified, &claims) != FAULT_NONE)
        return fail(authentication, "client_assertion_claims", FAULT_ASSERTION_CLAIMS);
    TRY(check_assertion_claims(authentication, &claims));
    pass(authentication, "client_assertion_claims", TEXT_NONE);
    authentication->caller.assertion_id = claims.id;
    authentication->caller.assertion_expires_at_s = claims.expires_at_s + CLIENT_ASSERTION_LEEWAY_S;
    return FAULT_NONE;
}

/* Every claim the class names, compared byte for byte with the verified token's: no prefixes, no patterns. */
static bool class_matches(const struct agent_class *class, const struct verified_token *token,
                          const struct world *world)
{
    const struct agent_class_document *spec = &class->document->agent_class;
    if (class->issuer != token->issuer || spec->match.count == 0)
        return false;
    bool audience_fits = spec->audiences.count == 0 && jwt_has_audience(&token->claims, world->issuer);
    for (size_t i = 0; i < spec->audiences.count; i++)
        audience_fits |= jwt_has_audience(&token->claims, spec->audiences.items[i]);
    for (size_t i = 0; audience_fits && i < spec->match.count; i++) {
        const struct json_value *claim = json_at(token->claims.all, spec->match.items[i].name);
        bool is_scalar = claim != NULL && (claim->kind == JSON_STRING || claim->kind == JSON_NUMBER);
        struct text value = is_scalar ? claim->text : TEXT_NONE;
        if (claim != NULL && claim->kind == JSON_BOOLEAN)
            value = claim->boolean ? TEXT("true") : TEXT("false");
        if (value.base == NULL || !text_equal(value, spec->match.items[i].value))
            return false;
    }
    return audience_fits;
}

static enum fault choose_class(struct client_authentication *authentication)
{
    const struct world *world = authentication->world;
    const struct agent_class *chosen = NULL;
    for (size_t i = 0; i < world->agent_class_count; i++) {
        if (!class_matches(&world->agent_classes[i], &authentication->verification.token, world))
            continue;
        if (chosen != NULL)
            return fail(authentication, "agent_class_matched", FAULT_AGENT_CLASS_AMBIGUOUS);
        chosen = &world->agent_classes[i];
    }
    if (chosen == NULL)
        return fail(authentication, "agent_class_matched", FAULT_AGENT_CLASS_NONE);
    struct caller *caller = &authentication->caller;
    caller->document = chosen->document;
    caller->agent_class = chosen;
    caller->client_id = chosen->document->name;
    caller->name = chosen->document->name;
    caller->identity = authentication->verification.token.identity;
    caller->account = chosen->account;
    caller->limits = chosen->limits;
    caller->proof_expires_at_s = authentication->verification.token.claims.expires_at_s;
    pass(authentication, "agent_class_matched", caller->identity.subject);
    return FAULT_NONE;
}

/* The token is for us if it is for any class of its issuer; which class then fits is decided by choose_class.
 */
static struct text_list list_audiences(const struct client_authentication *authentication)
{
    const struct world *world = authentication->world;
    struct text_list list = {0};
    size_t room = 0;
    for (size_t i = 0; i < world->agent_class_count; i++)
        room += world->agent_classes[i].document->agent_class.audiences.count + 1;
    list.items = ARENA_ARRAY(authentication->arena, struct text, room + 1);
    for (size_t i = 0; i < world->agent_class_count; i++) {
        const struct agent_class *class = &world->agent_classes[i];
        if (class->issuer != authentication->verification.issuer)
            continue;
        const struct text_list *own = &class->document->agent_class.audiences;
        if (own->count == 0)
            list.items[list.count++] = world->issuer;
        for (size_t item = 0; item < own->count; item++)
            list.items[list.count++] = own->items[item];
    }
    return list;
}

static enum fault check_platform_token(struct client_authentication *authentication)
{
    if (authentication->verification.lookup.fault == FAULT_ISSUER_UNREACHABLE)
        return fail(authentication, "platform_key_found", FAULT_ISSUER_UNREACHABLE);
    struct text_list audiences = list_audiences(authentication);
    if (audiences.count == 0)
        return fail(authentication, "agent_class_matched", FAULT_AGENT_CLASS_NONE);
    authentication->rules.audiences = audiences.items;
    authentication->rules.audience_count = audiences.count;
    enum fault fault =
        verification_complete(authentication->arena, &authentication->rules, &authentication->verification);
    if (fault != FAULT_NONE)
        return fail(authentication, "platform_token_verified", fault);
    pass(authentication, "platform_token_verified", authentication->verification.token.identity.issuer);
    return choose_class(authentication);
}

static bool caller_is_enabled(const struct caller *caller)
{
    return caller->client != NULL ? caller->document->client.is_enabled
                                  : caller->document->agent_class.is_enabled;
}

enum fault client_authentication_complete(struct client_authentication *authentication, const struct form *form,
                                          const struct sealer *sealer)
{
    if (authentication->is_platform_token)
        TRY(check_platform_token(authentication));
    else if (authentication->assertion.length != 0)
        TRY(check_assertion(authentication));
    else if (authentication->caller.is_by_certificate)
        TRY(check_certificate(authentication));
    else if (!authentication->is_public)
        TRY(check_secret(authentication, sealer));
    struct caller *caller = &authentication->caller;
    struct text client_id = form_value(form, "client_id");
    if (client_id.length != 0 && !text_equal(client_id, caller->client_id))
        return fail(authentication, "client_id_agrees", FAULT_CLIENT_ID_MISMATCH);
    /* A public client is anybody who knows its name until it has proved what it redeems: what comes of that is
     * counted as a stranger's (decision 0028), and takes nothing from its budget. */
    caller->is_authenticated = !authentication->is_public;
    if (!caller_is_enabled(caller))
        return fail(authentication, "client_enabled", FAULT_CLIENT_DISABLED);
    pass(authentication, "client_enabled", caller->method);
    return FAULT_NONE;
}

void client_authentication_dispose(struct client_authentication *authentication)
{
    verification_dispose(&authentication->verification);
}
