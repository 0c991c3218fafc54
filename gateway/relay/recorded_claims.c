/* Claims made of a record: the same names as the adapter jwt gives them, so that whatever reads a token's
 * claims reads a key's. */
#include "relay/recorded_claims.h"

#include "base/random.h"
#include "exchange/handed_attributes.h"
#include "json/json_writer.h"

static void copy(struct json_writer *writer, const char *claim, const struct json_value *value)
{
    if (value == NULL)
        return;
    json_name(writer, text_of(claim));
    json_write_value(writer, value);
}

/* amr is a list in a token and one text in the facts of its record. */
static void write_authentication(struct json_writer *writer, const struct json_value *facts)
{
    struct text methods = json_text_of(facts, "amr");
    copy(writer, "acr", json_member(facts, TEXT("acr")));
    copy(writer, "auth_time", json_member(facts, TEXT("auth_time")));
    if (methods.length == 0)
        return;
    json_name(writer, TEXT("amr"));
    json_begin_array(writer);
    while (methods.length != 0)
        json_write_text(writer, text_cut(&methods, ' '));
    json_end_array(writer);
}

/* Nested, outermost first (RFC 8693 section 4.1). */
static void write_chain(struct json_writer *writer, const struct json_value *chain)
{
    size_t depth = 0;
    for (const struct json_value *actor = chain == NULL ? NULL : chain->first; actor != NULL;
         actor = actor->next, depth++) {
        json_name(writer, TEXT("act"));
        json_begin_object(writer);
        json_member_text(writer, "iss", json_text_of(actor, "iss"));
        json_member_text(writer, "sub", json_text_of(actor, "sub"));
    }
    while (depth-- > 0)
        json_end_object(writer);
}

const struct json_value *recorded_details(const struct json_value *record)
{
    const struct json_value *details = json_member(record, TEXT("authorization_details"));
    return details != NULL ? details
                           : json_member(json_member(record, TEXT("facts")), TEXT("authorization_details"));
}

const struct json_value *recorded_hand_over(struct arena *arena, const struct document *target,
                                            const struct json_value *record)
{
    return handed_attributes_again(arena, &target->target.hand_over.attributes,
                                   json_member(record, TEXT("handed_over")));
}

/* Whose it is, what it is for, until when. */
static void write_outline(struct json_writer *writer, const struct json_value *record, struct text issuer)
{
    const struct json_value *subject = json_member(record, TEXT("subject"));
    json_member_text(writer, "iss", issuer);
    json_member_text(writer, "sub", json_text_of(subject, "sub"));
    json_member_text(writer, "aud", json_text_of(record, "audience"));
    json_member_text(writer, "client_id", json_text_of(record, "client"));
    copy(writer, "exp", json_member(record, TEXT("expires_at")));
    json_member_text(writer, "sub_iss", json_text_of(subject, "iss"));
    write_chain(writer, json_member(record, TEXT("chain")));
}

static void write_claims(struct json_writer *writer, const struct json_value *record, struct text issuer)
{
    const struct json_value *facts = json_member(record, TEXT("facts"));
    struct text id = json_text_of(record, "id");
    json_member_integer(writer, "iat", identifier_time_ms(id.base, id.length) / 1000);
    json_member_text(writer, "jti", id);
    json_member_text(writer, "txn", json_text_of(record, "root"));
    json_member_text_if(writer, "scope", json_text_of(record, "scope_given"));
    copy(writer, "authorization_details", recorded_details(record));
    write_authentication(writer, facts);
    struct text thumbprint = json_text_of(record, "thumbprint");
    if (thumbprint.length != 0) {
        json_name(writer, TEXT("cnf"));
        json_begin_object(writer);
        json_member_text(writer, "x5t#S256", thumbprint);
        json_end_object(writer);
    }
    copy(writer, "dragoman_stands_on", json_member(record, TEXT("stands_on")));
    write_outline(writer, record, issuer);
}

static bool is_granted(const struct json_value *record)
{
    return text_is(json_text_of(record, "outcome"), "granted") &&
           text_is(json_text_of(record, "kind"), "exchange");
}

enum fault recorded_claims_read(struct arena *arena, const struct json_value *record, struct text issuer,
                                struct jwt_claims *claims)
{
    struct buffer json = buffer_in(arena, 1024);
    struct json_writer writer = json_writer_on(&json);
    if (!is_granted(record))
        return FAULT_TOKEN_CLAIMS;
    json_begin_object(&writer);
    write_claims(&writer, record, issuer);
    json_end_object(&writer);
    return jwt_claims_read(arena, buffer_text(&json), claims);
}

enum fault recorded_claims_outline(struct arena *arena, const struct json_value *record, struct text issuer,
                                   struct jwt_claims *claims)
{
    SCOPED_ARENA scratch = arena_create();
    struct buffer json = buffer_in(scratch, 1024);
    struct json_writer writer = json_writer_on(&json);
    if (!is_granted(record))
        return FAULT_TOKEN_CLAIMS;
    json_begin_object(&writer);
    write_outline(&writer, record, issuer);
    json_end_object(&writer);
    return jwt_claims_read(arena, buffer_text(&json), claims);
}
