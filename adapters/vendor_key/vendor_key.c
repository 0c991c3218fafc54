/* The methods. A key is made for every mint and never given twice, so that "fresh" needs nothing of its own. */
#include "vendor_key.h"

#include "kept.h"
#include "vendor.h"

static enum adapter_outcome describe(struct adapter_call *call, const struct json_value *settings,
                                     struct vendor_description *description)
{
    struct adapter_mistakes *mistakes = adapter_mistakes_begin(call);
    description_read(mistakes, settings, adapter_arena(call), description);
    return adapter_mistakes_end(call, mistakes);
}

static enum adapter_outcome validate(struct adapter_call *call, const struct adapter_target *target,
                                     struct adapter_mistakes *mistakes)
{
    struct vendor_description description;
    description_read(mistakes, target->settings, adapter_arena(call), &description);
    return ADAPTER_DONE;
}

static enum adapter_outcome mint(struct adapter_call *call, const struct adapter_order *order,
                                 struct adapter_credential *made)
{
    struct vendor_description description;
    struct vendor_key key;
    struct kept kept;
    struct template_values values = {
        .lease = order->lease,
        .root = order->root,
        .subject = order->subject.subject,
        .client = order->client,
        .scopes = order->scopes,
        .scope_count = order->scope_count,
        .expires_at_s = order->expires_at_s,
    };
    ADAPTER_TRY(adapter_refuse_details(call, order));
    ADAPTER_TRY(describe(call, order->target.settings, &description));
    ADAPTER_TRY(kept_read(call, order->target.name, &kept));
    ADAPTER_TRY(kept_secret_for(call, &kept, &description, order->target.team, &values.secret));
    ADAPTER_TRY(kept_note_settings(call, &order->target, &kept));
    ADAPTER_TRY(vendor_create(call, &description, &values, &key));
    made->credential = key.key;
    made->handle = key.id;
    made->header = description.header;
    made->scheme = description.scheme;
    /* One that lives longer at the vendor is deleted when the lease ends. */
    if (key.expires_at_s != 0 && key.expires_at_s < made->expires_at_s)
        made->expires_at_s = key.expires_at_s;
    return ADAPTER_DONE;
}

static enum adapter_outcome delete_found(struct adapter_call *call,
                                         const struct vendor_description *description,
                                         struct template_values *values)
{
    struct vendor_found found;
    ADAPTER_TRY(vendor_find(call, description, values, &found));
    for (size_t i = 0; i < found.count; i++) {
        values->id = found.ids[i];
        ADAPTER_TRY(vendor_delete(call, description, values));
    }
    if (found.count == VENDOR_FOUND_MAX)
        return adapter_unavailable(call, 1, "there may be more keys of this lease");
    return ADAPTER_DONE;
}

static enum adapter_outcome revoke(struct adapter_call *call, const struct adapter_lease *lease)
{
    struct vendor_description description;
    struct kept kept;
    struct template_values values = {.lease = lease->lease, .id = lease->handle};
    ADAPTER_TRY(kept_read(call, lease->target.name, &kept));
    /* What was made for a target that has gone is deleted by its own settings, whoever has the name now. */
    bool is_its_own = lease->target.settings != NULL && text_equal(lease->target.team, kept.team);
    const struct json_value *settings =
        is_its_own || kept.settings == NULL ? lease->target.settings : kept.settings;
    if (settings == NULL)
        return adapter_misconfigured(call, NULL,
                                     "the target has gone, and nothing is kept of how keys are deleted");
    ADAPTER_TRY(describe(call, settings, &description));
    ADAPTER_TRY(kept_secret_for(call, &kept, &description, kept.team, &values.secret));
    bool needs_id = (description.removal.uses & TEMPLATE_ID) != 0;
    if (needs_id && lease->handle.base == NULL)
        return delete_found(call, &description, &values);
    return vendor_delete(call, &description, &values);
}

/* --- the vendor's secret --- */

static const struct adapter_question questions[] = {
    {"secret", "Secret of the vendor's key-management API", true},
};

static bool is_secret(struct text secret)
{
    enum { SECRET_MAX = 4096 };
    for (size_t i = 0; i < secret.length; i++) {
        if (secret.base[i] <= 0x20 || secret.base[i] > 0x7e)
            return false;
    }
    return secret.length != 0 && secret.length <= SECRET_MAX;
}

static enum adapter_outcome connect_finish(struct adapter_call *call,
                                           const struct adapter_connection *connection)
{
    struct vendor_description description;
    struct text secret = json_text_of(connection->answers, "secret");
    if (connection->subject.subject.base != NULL)
        return adapter_refuse(call, "A secret is kept for the target, not for one subject.",
                              "connected for a subject");
    if (!is_secret(secret))
        return adapter_refuse(call, "The secret is 1 to 4096 characters of plain ASCII without spaces.",
                              "no usable secret was handed over");
    if (connection->target.settings == NULL)
        return adapter_misconfigured(call, NULL, "the target has no settings");
    ADAPTER_TRY(describe(call, connection->target.settings, &description));
    return kept_connect(call, &connection->target, description.origin, secret);
}

/* What one subject may end is their own, and of a subject nothing is kept. */
static enum adapter_outcome disconnect(struct adapter_call *call, const struct adapter_connection *connection)
{
    if (connection->subject.subject.base != NULL)
        return adapter_refuse(call, "A secret is kept for the target, not for one subject.",
                              "disconnected for a subject");
    return kept_forget(call, connection->target.name);
}

/* A target that nobody has connected is no reason to ask nothing of the others. */
static enum adapter_outcome health(struct adapter_call *call, const struct adapter_target *target)
{
    struct vendor_description description;
    struct kept kept;
    struct text secret;
    if (target == NULL)
        return ADAPTER_DONE;
    enum adapter_outcome outcome = describe(call, target->settings, &description);
    if (outcome == ADAPTER_DONE)
        outcome = kept_read(call, target->name, &kept);
    if (outcome == ADAPTER_DONE)
        outcome = kept_secret_for(call, &kept, &description, target->team, &secret);
    return outcome == ADAPTER_MISCONFIGURED ? ADAPTER_UNAVAILABLE : outcome;
}

static const struct adapter_kind kinds[] = {{"urn:dragoman:token-type:api-key", "N_A"}};

const struct adapter_definition vendor_key_definition = {
    .name = "vendor-key",
    .version = DRAGOMAN_VERSION,
    .kinds = kinds,
    .kind_count = sizeof(kinds) / sizeof(*kinds),
    .settings_schema = "{\"type\":\"object\",\"required\":[\"create\",\"delete\",\"answer\"],\"properties\":{"
                       "\"create\":{\"type\":\"object\"},\"delete\":{\"type\":\"object\"},"
                       "\"find\":{\"type\":\"object\"},\"answer\":{\"type\":\"object\"},"
                       "\"presentation\":{\"type\":\"object\"}},\"additionalProperties\":false}",
    .has_outside_effects = true,
    .has_network = true,
    .concurrency = 8,
    .questions = questions,
    .question_count = sizeof(questions) / sizeof(*questions),
    .mint = mint,
    .revoke = revoke,
    .validate = validate,
    .connect_finish = connect_finish,
    .disconnect = disconnect,
    .health = health,
};
