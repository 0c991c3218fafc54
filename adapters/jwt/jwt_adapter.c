/* The built-in adapter for JWTs: by default an RFC 9068 access token that names subject, actors, client,
 * audience, scope, jti and root. A target's token profile sets algorithm, typ and further claims. Its lease is
 * the exchange's record. */
#include "jwt_adapter.h"

#include "jose/jws.h"
#include "keys/signer.h"
#include "json/json_writer.h"

static const char access_token_type[] = "urn:ietf:params:oauth:token-type:access_token";
static const char jwt_type[] = "urn:ietf:params:oauth:token-type:jwt";

struct jwt_minting {
    struct flow flow; /* of its own: it waits for the signer */
    const struct signing_key *key;
    struct signing signing;
    const struct credential_order *order;
    struct credential_minting *minting;
    struct text signing_input;
};

static bool issues(const struct adapter *adapter, struct text token_type_uri)
{
    (void)adapter;
    return text_is(token_type_uri, access_token_type) || text_is(token_type_uri, jwt_type);
}

static struct text usual_type(const struct adapter *adapter, struct arena *arena)
{
    (void)adapter;
    (void)arena;
    return text_of(access_token_type);
}

/* act, nested: outermost is who acts now (RFC 8693 section 4.1). iss makes sub unambiguous across domains. */
static void write_chain(struct json_writer *writer, const struct credential_order *order)
{
    for (size_t i = 0; i < order->chain_length; i++) {
        json_name(writer, TEXT("act"));
        json_begin_object(writer);
        json_member_text(writer, "iss", order->chain[i].issuer);
        json_member_text(writer, "sub", order->chain[i].subject);
    }
    for (size_t i = 0; i < order->chain_length; i++)
        json_end_object(writer);
}

static void write_audience(struct json_writer *writer, const struct credential_order *order)
{
    json_name(writer, TEXT("aud"));
    if (order->audience_count == 1) {
        json_write_text(writer, order->audiences[0]);
        return;
    }
    json_begin_array(writer);
    for (size_t i = 0; i < order->audience_count; i++)
        json_write_text(writer, order->audiences[i]);
    json_end_array(writer);
}

/* Only a credential made from another of ours has any. */
static void write_ancestry(struct json_writer *writer, const struct credential_order *order)
{
    if (order->ancestry_count == 0)
        return;
    json_name(writer, TEXT("dragoman_stands_on"));
    json_begin_array(writer);
    for (size_t i = 0; i < order->ancestry_count; i++)
        json_write_text(writer, order->ancestry[i]);
    json_end_array(writer);
}

static void write_words(struct json_writer *writer, struct text rest, char separator)
{
    json_begin_array(writer);
    while (rest.length != 0)
        json_write_text(writer, text_cut(&rest, separator));
    json_end_array(writer);
}

/* Only where policies ask for some, and only in what can be shown to us again. */
static void write_attributes(struct json_writer *writer, const struct credential_order *order)
{
    if (order->attribute_count == 0)
        return;
    json_name(writer, TEXT("dragoman_attributes"));
    json_begin_object(writer);
    for (size_t i = 0; i < order->attribute_count; i++) {
        json_name(writer, order->attributes[i].name);
        if (order->attributes[i].is_list)
            write_words(writer, order->attributes[i].value, '\n');
        else
            json_write_text(writer, order->attributes[i].value);
    }
    json_end_object(writer);
}

/* RFC 9068 section 2.2.1: as the subject's own token said it, so that the next domain can ask for more. */
static void write_authentication(struct json_writer *writer, const struct credential_order *order)
{
    json_member_text_if(writer, "acr", order->acr);
    if (order->auth_time_s != 0)
        json_member_integer(writer, "auth_time", order->auth_time_s);
    if (order->amr.length == 0)
        return;
    json_name(writer, TEXT("amr"));
    write_words(writer, order->amr, ' ');
}

/* RFC 8705 section 3.1. */
static void write_binding(struct json_writer *writer, const struct credential_order *order)
{
    if (order->thumbprint.length == 0)
        return;
    json_name(writer, TEXT("cnf"));
    json_begin_object(writer);
    json_member_text(writer, "x5t#S256", order->thumbprint);
    json_end_object(writer);
}

static void write_claims(struct buffer *out, const struct credential_order *order)
{
    struct json_writer writer = json_writer_on(out);
    json_begin_object(&writer);
    json_member_text(&writer, "iss", order->issuer);
    json_member_text(&writer, "sub", order->subject.subject);
    write_audience(&writer, order);
    json_member_text(&writer, "client_id", order->client_id);
    json_member_integer(&writer, "iat", order->issued_at_s);
    json_member_integer(&writer, "exp", order->expires_at_s);
    json_member_text(&writer, "jti", order->id);
    json_member_text(&writer, "txn", order->root);
    json_member_text(&writer, "sub_iss", order->subject.issuer);
    json_member_text_if(&writer, "scope", order->scope);
    if (order->authorization_details != NULL) {
        json_name(&writer, TEXT("authorization_details")); /* RFC 9396 section 9.1 */
        json_write_value(&writer, order->authorization_details);
    }
    write_authentication(&writer, order);
    write_binding(&writer, order);
    for (size_t i = 0; i < order->claim_count; i++) {
        json_name(&writer, order->claims[i].name);
        json_write_text(&writer, order->claims[i].value);
    }
    write_ancestry(&writer, order);
    write_attributes(&writer, order);
    write_chain(&writer, order);
    json_end_object(&writer);
}

static enum flow_step_result write_signing_input(struct flow *flow)
{
    struct jwt_minting *jwt = (struct jwt_minting *)flow;
    const struct credential_order *order = jwt->order;
    jwt->key = key_snapshot_signer(order->keys, order->algorithm, order->issued_at_s);
    if (jwt->key == NULL) {
        jwt->minting->fault = FAULT_KEY_UNAVAILABLE;
        return FLOW_SKIP;
    }
    struct buffer claims = buffer_in(jwt->minting->arena, 1024);
    write_claims(&claims, order);
    jwt->signing_input = jws_signing_input(jwt->minting->arena, order->algorithm, jwt->key->id, order->type,
                                           buffer_text(&claims));
    return FLOW_NEXT;
}

static enum flow_step_result sign(struct flow *flow)
{
    struct jwt_minting *jwt = (struct jwt_minting *)flow;
    FLOW_AWAIT(flow, &jwt->signing.wait, signer_sign(jwt->key, jwt->signing_input, &jwt->signing));
    struct credential_minting *minting = jwt->minting;
    minting->fault = jwt->signing.fault;
    if (minting->fault != FAULT_NONE)
        return FLOW_NEXT;
    minting->credential =
        jws_assemble(minting->arena, jwt->signing_input, jwt->signing.signature, jwt->signing.length);
    minting->key_id = jwt->key->id;
    return FLOW_NEXT;
}

static void finish(struct flow *flow)
{
    flow_wait_done(&((struct jwt_minting *)flow)->minting->wait);
}

static const struct flow_step jwt_steps[] = {FLOW_STEP(write_signing_input), FLOW_STEP(sign), FLOW_STEP_LAST};

static void mint(const struct adapter *adapter, const struct credential_order *order,
                 struct credential_minting *minting)
{
    (void)adapter;
    struct jwt_minting *jwt = ARENA_NEW(minting->arena, struct jwt_minting);
    jwt->order = order;
    jwt->minting = minting;
    bool is_access_token =
        order->requested_type.length == 0 || text_is(order->requested_type, access_token_type);
    minting->issued_type = text_of(is_access_token ? access_token_type : jwt_type);
    /* What was asked for as a JWT is not presented as an access token: RFC 8693 section 2.2.1. */
    minting->token_type = is_access_token ? TEXT("Bearer") : TEXT("N_A");
    minting->presentation = (struct credential_presentation){TEXT("authorization"), TEXT("Bearer")};
    minting->expires_at_s = order->expires_at_s;
    minting->scope = order->scope;
    flow_start(&jwt->flow, jwt_steps, finish);
}

const struct adapter jwt_adapter = {
    .name = TEXT("jwt"), .issues = issues, .usual_type = usual_type, .mint = mint};
