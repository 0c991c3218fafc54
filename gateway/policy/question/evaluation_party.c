/* Parties of a question. What is sent of them is typed, and what is not known is refused: a property that no
 * policy can look at was hardly meant so. */
#include "evaluation_party.h"

struct reading {
    struct arena *arena;
    const char *place;
    struct policy_party *party;
    struct text *proof;
    struct text *mistake;
};

static enum fault refuse(const struct reading *reading, const char *member, const char *expected)
{
    *reading->mistake = arena_print(reading->arena, "%s%s: %s.", reading->place, member, expected);
    return FAULT_EVALUATION_MALFORMED;
}

enum fault evaluation_read_name(struct arena *arena, const char *place, const struct json_value *json,
                                struct text *type, struct text *id, struct text *mistake)
{
    const struct reading reading = {.arena = arena, .place = place, .mistake = mistake};
    if (json == NULL || json->kind != JSON_OBJECT)
        return refuse(&reading, "", "an object with type and id is expected");
    *type = json_string(json_member(json, TEXT("type")));
    *id = json_string(json_member(json, TEXT("id")));
    if (type->length == 0)
        return refuse(&reading, ".type", "a string is expected");
    if (id->length == 0)
        return refuse(&reading, ".id", "a string is expected");
    return FAULT_NONE;
}

/* -- who */

/* "issuer subject": no issuer has a space in it. */
static enum fault read_identity(const struct reading *reading, struct text type, struct text id)
{
    struct policy_party *party = reading->party;
    if (!policy_party_kind_of_type(type, &party->kind))
        return refuse(reading, ".type", "Agent, User or Workload is expected");
    party->issuer = text_cut(&id, ' ');
    party->subject = id;
    if (party->issuer.length == 0 || party->subject.length == 0)
        return refuse(reading, ".id", "an issuer, a space and a sub are expected");
    return FAULT_NONE;
}

/* -- what is known of them */

static enum fault expect_same(const struct reading *reading, const struct json_value *value, struct text same,
                              const char *member, const char *expected)
{
    if (json_is_string(value) && text_equal(value->text, same))
        return FAULT_NONE;
    return refuse(reading, member, expected);
}

static enum fault read_issuer(const struct reading *reading, const struct json_value *value)
{
    return expect_same(reading, value, reading->party->issuer, ".properties.issuer",
                       "the issuer of the id is expected");
}

static enum fault read_subject(const struct reading *reading, const struct json_value *value)
{
    return expect_same(reading, value, reading->party->subject, ".properties.sub",
                       "the sub of the id is expected");
}

static enum fault read_proof(const struct reading *reading, const struct json_value *value)
{
    if (reading->party->kind != POLICY_AGENT || !json_is_string(value))
        return refuse(reading, ".properties.proof", "a string is expected, and an agent alone has one");
    *reading->proof = value->text;
    return FAULT_NONE;
}

static enum fault read_binding(const struct reading *reading, const struct json_value *value)
{
    if (reading->party->kind != POLICY_AGENT || !json_is_string(value) || !text_is(value->text, "none"))
        return refuse(reading, ".properties.binding", "none is expected, and an agent alone has one");
    return FAULT_NONE;
}

static enum fault read_risk(const struct reading *reading, const struct json_value *value)
{
    int64_t *risk = &reading->party->risk;
    if (!json_integer(value, risk) || *risk < 0 || *risk > POLICY_RISK_MAX)
        return refuse(reading, ".properties.risk", "a whole number from 0 to 100 is expected");
    return FAULT_NONE;
}

static enum fault read_attributes(const struct reading *reading, const struct json_value *value)
{
    if (policy_party_read_attributes(reading->arena, value, reading->party))
        return FAULT_NONE;
    return refuse(
        reading, ".properties.attributes",
        "an object with at most 64 members is expected, each a string or an array of strings that are "
        "not empty and have no line feed");
}

static enum fault read_belonging(const struct reading *reading, const struct json_value *value)
{
    static const char *const known[] = {"AgentClass", "Client", "Issuer", "Domain", "Team"};
    struct policy_party *party = reading->party;
    if (value->kind != JSON_ARRAY)
        return refuse(reading, ".properties.in", "an array is expected");
    struct cedar_uid *in = ARENA_ARRAY(reading->arena, struct cedar_uid, value->count + (size_t)1);
    for (const struct json_value *element = value->first; element != NULL; element = element->next) {
        struct cedar_uid *uid = &in[party->also_in_count++];
        bool is_known = false;
        uid->type = json_string(json_member(element, TEXT("type")));
        uid->id = json_string(json_member(element, TEXT("id")));
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
            is_known |= text_is(uid->type, known[i]);
        if (!is_known || uid->id.length == 0)
            return refuse(reading, ".properties.in",
                          "each has a type, one of AgentClass, Client, Issuer, Domain and Team, and an id");
    }
    party->also_in = in;
    return FAULT_NONE;
}

static enum fault read_property(const struct reading *reading, const struct json_value *property)
{
    static const struct {
        const char *name;
        enum fault (*read)(const struct reading *reading, const struct json_value *value);
    } rows[] = {
        {"issuer", read_issuer},   {"sub", read_subject}, {"proof", read_proof},
        {"binding", read_binding}, {"risk", read_risk},   {"attributes", read_attributes},
        {"in", read_belonging},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (text_is(property->name, rows[i].name))
            return rows[i].read(reading, property);
    return refuse(reading, ".properties",
                  "issuer, sub, proof, binding, risk, attributes and in are known; what else there is to say "
                  "of somebody stands in attributes");
}

enum fault evaluation_read_party(struct arena *arena, const char *place, const struct json_value *json,
                                 struct policy_party *party, struct text *proof, struct text *mistake)
{
    const struct reading reading = {arena, place, party, proof, mistake};
    struct text type, id;
    TRY(evaluation_read_name(arena, place, json, &type, &id, mistake));
    TRY(read_identity(&reading, type, id));
    const struct json_value *properties = json_member(json, TEXT("properties"));
    if (properties == NULL)
        return FAULT_NONE;
    if (properties->kind != JSON_OBJECT)
        return refuse(&reading, ".properties", "an object is expected");
    for (const struct json_value *property = properties->first; property != NULL; property = property->next)
        TRY(read_property(&reading, property));
    return FAULT_NONE;
}
