/* Strict about what is known, blind for what is not: members of later gateways are ignored. */
#include "params.h"

#include "adapter_protocol/numbers.h"
#include "base/base64url.h"

enum { LIST_MAX = 1024, ATTRIBUTES_MAX = 64, BINDING_MIN = 20, BINDING_MAX = 64 };

static bool read_text(const struct json_value *object, const char *name, struct text *text)
{
    const struct json_value *member = json_member(object, text_of(name));
    *text = json_string(member);
    return json_is_string(member);
}

static bool read_text_if(const struct json_value *object, const char *name, struct text *text)
{
    *text = TEXT_NONE;
    return json_member(object, text_of(name)) == NULL || read_text(object, name, text);
}

static bool read_time(const struct json_value *object, const char *name, int64_t *time_s)
{
    return json_integer(json_member(object, text_of(name)), time_s) && *time_s > 0;
}

static bool is_object(const struct json_value *value)
{
    return value != NULL && value->kind == JSON_OBJECT;
}

bool params_deadline(const struct json_value *params, int64_t *deadline_ms)
{
    return json_integer(json_member(params, TEXT("deadline_ms")), deadline_ms) && *deadline_ms >= 0 &&
           *deadline_ms <= DEADLINE_MS_MAX;
}

static bool read_boolean_if(const struct json_value *object, const char *name, bool *is_true)
{
    const struct json_value *member = json_member(object, text_of(name));
    *is_true = json_is_true(member);
    return member == NULL || member->kind == JSON_BOOLEAN;
}

static bool are_texts(const struct json_value *list)
{
    if (list->kind != JSON_ARRAY || list->count > LIST_MAX)
        return false;
    for (const struct json_value *item = list->first; item != NULL; item = item->next)
        if (!json_is_string(item))
            return false;
    return true;
}

static bool read_attribute_names(const struct json_value *hands, struct adapter_target *target)
{
    target->handed_attributes = json_member(hands, TEXT("attributes"));
    return target->handed_attributes == NULL || are_texts(target->handed_attributes);
}

/* What orders for a target come with. */
static bool read_hand_over(const struct json_value *object, struct adapter_target *target)
{
    const struct json_value *hands = json_member(object, TEXT("hands_over"));
    const struct json_value *assertion = json_member(hands, TEXT("assertion"));
    if (!read_boolean_if(object, "connects", &target->is_connected_by_people) ||
        (hands != NULL && !is_object(hands)) ||
        !read_boolean_if(hands, "subject_token", &target->has_subject_token) ||
        !read_attribute_names(hands, target))
        return false;
    return assertion == NULL ||
           (is_object(assertion) && read_text(assertion, "audience", &target->assertion_audience) &&
            read_text(assertion, "algorithm", &target->assertion_algorithm) &&
            read_text(assertion, "type", &target->assertion_type));
}

static bool read_target(const struct json_value *params, struct adapter_target *target)
{
    const struct json_value *object = json_member(params, TEXT("target"));
    *target = (struct adapter_target){0};
    target->settings = json_member(object, TEXT("settings"));
    return is_object(object) && read_text(object, "name", &target->name) &&
           read_text_if(object, "domain", &target->domain) &&
           read_text_if(object, "audience", &target->audience) && read_text_if(object, "team", &target->team) &&
           read_hand_over(object, target) && (target->settings == NULL || is_object(target->settings));
}

bool params_target(const struct json_value *params, struct adapter_target *target)
{
    return read_target(params, target) && target->settings != NULL;
}

static bool read_party(const struct json_value *object, struct adapter_party *party)
{
    return is_object(object) && read_text(object, "issuer", &party->issuer) &&
           read_text(object, "subject", &party->subject);
}

static const struct json_value *list_of(const struct json_value *params, const char *name)
{
    const struct json_value *list = json_member(params, text_of(name));
    return list != NULL && list->kind == JSON_ARRAY && list->count <= LIST_MAX ? list : NULL;
}

static bool read_actors(struct arena *arena, const struct json_value *params, struct adapter_order *order)
{
    const struct json_value *list = list_of(params, "actors");
    if (list == NULL)
        return false;
    struct adapter_party *actors = ARENA_ARRAY(arena, struct adapter_party, list->count + 1);
    for (const struct json_value *actor = list->first; actor != NULL; actor = actor->next) {
        if (!read_party(actor, &actors[order->actor_count++]))
            return false;
    }
    order->actors = actors;
    return true;
}

static bool read_scopes(struct arena *arena, const struct json_value *params, struct adapter_order *order)
{
    const struct json_value *list = list_of(params, "scopes");
    if (list == NULL)
        return false;
    struct text *scopes = ARENA_ARRAY(arena, struct text, list->count + 1);
    for (const struct json_value *scope = list->first; scope != NULL; scope = scope->next) {
        if (!json_is_string(scope))
            return false;
        scopes[order->scope_count++] = json_string(scope);
    }
    order->scopes = scopes;
    return true;
}

static bool read_attributes(const struct json_value *subject, struct adapter_order *order)
{
    const struct json_value *attributes = json_member(subject, TEXT("attributes"));
    order->attributes = attributes;
    if (attributes == NULL)
        return true;
    if (!is_object(attributes) || attributes->count > ATTRIBUTES_MAX)
        return false;
    for (const struct json_value *one = attributes->first; one != NULL; one = one->next)
        if (!json_is_string(one) && !are_texts(one))
            return false;
    return true;
}

/* What cannot be read must not pass for an order that is bound to nothing. */
static bool read_binding(struct arena *arena, const struct json_value *params, struct adapter_order *order)
{
    struct text written;
    if (!read_text_if(params, "channel_binding", &written))
        return false;
    if (written.base == NULL)
        return true;
    unsigned char *bytes = arena_allocate(arena, BASE64URL_DECODED_LENGTH(written.length) + 1);
    size_t length;
    if (written.length > BASE64URL_ENCODED_LENGTH(BINDING_MAX) || !base64url_decode(written, bytes, &length) ||
        length < BINDING_MIN)
        return false;
    order->channel_binding = (struct text){(const char *)bytes, length};
    return true;
}

static bool read_handed_over(const struct json_value *params, struct adapter_order *order)
{
    const struct json_value *token = json_member(params, TEXT("subject_token"));
    return read_text_if(params, "assertion", &order->assertion) &&
           (token == NULL || (is_object(token) && read_text(token, "token", &order->subject_token) &&
                              read_text(token, "type", &order->subject_token_type)));
}

bool params_order(struct arena *arena, const struct json_value *params, struct adapter_order *order)
{
    *order = (struct adapter_order){0};
    const struct json_value *details = json_member(params, TEXT("authorization_details"));
    order->authorization_details = details;
    return (details == NULL || details->kind == JSON_ARRAY) && read_text(params, "lease", &order->lease) &&
           order->lease.length != 0 && read_text(params, "root", &order->root) &&
           read_boolean_if(params, "fresh", &order->is_fresh) &&
           read_text_if(params, "sharing", &order->sharing) && params_target(params, &order->target) &&
           read_party(json_member(params, TEXT("subject")), &order->subject) &&
           read_actors(arena, params, order) && read_text(params, "client", &order->client) &&
           read_text_if(params, "type", &order->type) && read_scopes(arena, params, order) &&
           read_time(params, "issued_at", &order->issued_at_s) &&
           read_time(params, "expires_at", &order->expires_at_s) &&
           read_text_if(params, "task", &order->task) && read_text_if(params, "purpose", &order->purpose) &&
           read_attributes(json_member(params, TEXT("subject")), order) &&
           read_text_if(params, "documents", &order->documents) && read_binding(arena, params, order) &&
           read_boolean_if(params, "for_call", &order->is_for_call) && read_handed_over(params, order);
}

bool params_confirmation(struct arena *arena, const struct json_value *params,
                         struct adapter_confirmation *confirmation)
{
    *confirmation = (struct adapter_confirmation){0};
    const struct json_value *list = list_of(params, "challenges");
    if (list == NULL || !read_text(params, "confirmation", &confirmation->confirmation) ||
        confirmation->confirmation.length == 0 || confirmation->confirmation.length > PROTOCOL_CONFIRMATION_MAX)
        return false;
    struct text *challenges = ARENA_ARRAY(arena, struct text, list->count + 1);
    for (const struct json_value *challenge = list->first; challenge != NULL; challenge = challenge->next) {
        if (!json_is_string(challenge))
            return false;
        challenges[confirmation->challenge_count++] = json_string(challenge);
    }
    confirmation->challenges = challenges;
    return true;
}

bool params_lease(const struct json_value *params, struct adapter_lease *lease)
{
    *lease = (struct adapter_lease){0};
    return read_text(params, "lease", &lease->lease) && lease->lease.length != 0 &&
           read_target(params, &lease->target) && read_text_if(params, "handle", &lease->handle) &&
           lease->handle.length <= PROTOCOL_HANDLE_MAX;
}

bool params_renewal(const struct json_value *params, struct adapter_lease *lease)
{
    return params_lease(params, lease) && read_time(params, "expires_at", &lease->expires_at_s);
}

static bool read_answers(const struct json_value *params, struct adapter_connection *connection)
{
    connection->answers = json_member(params, TEXT("answers"));
    if (!is_object(connection->answers))
        return false;
    for (const struct json_value *answer = connection->answers->first; answer != NULL; answer = answer->next) {
        if (!json_is_string(answer))
            return false;
    }
    return true;
}

static bool read_browser(const struct json_value *params, struct adapter_connection *connection)
{
    return read_text_if(params, "redirect_uri", &connection->redirect_uri) &&
           read_text_if(params, "state", &connection->state) &&
           read_text_if(params, "scope", &connection->scope) &&
           read_text_if(params, "keep", &connection->keep) && connection->keep.length <= PROTOCOL_KEEP_MAX;
}

bool params_connection(const struct json_value *params, bool needs_answers,
                       struct adapter_connection *connection)
{
    *connection = (struct adapter_connection){0};
    const struct json_value *subject = json_member(params, TEXT("subject"));
    return read_target(params, &connection->target) &&
           (subject == NULL || read_party(subject, &connection->subject)) && read_browser(params, connection) &&
           (!needs_answers || read_answers(params, connection));
}
