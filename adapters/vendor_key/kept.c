/* One entry of the state a target. */
#include "kept.h"

#include "base/buffer.h"
#include "json/json_writer.h"

/* What was taken once is taken again. */
static const struct json_limits kept_limits = {
    .bytes = ADAPTER_STATE_VALUE_MAX, .depth = 128, .members = 128 * 1024, .takes_nul = true};

static struct text key_of(struct adapter_call *call, struct text target)
{
    return arena_join(adapter_arena(call), (const struct text[]){TEXT("target/"), target}, 2);
}

enum adapter_outcome kept_read(struct adapter_call *call, struct text target, struct kept *kept)
{
    struct adapter_state state;
    const struct json_value *object;
    *kept = (struct kept){0};
    ADAPTER_TRY(adapter_state_get(call, key_of(call, target), &state));
    kept->version = state.version;
    if (state.value.base == NULL)
        return ADAPTER_DONE;
    if (json_parse(adapter_arena(call), state.value, &kept_limits, &object) != FAULT_NONE)
        return adapter_fail(call, "what is kept of the target is not what was put there");
    kept->origin = json_text_of(object, "origin");
    kept->team = json_text_of(object, "team");
    kept->secret = json_text_of(object, "secret");
    kept->settings = json_member(object, TEXT("settings"));
    return ADAPTER_DONE;
}

static enum adapter_outcome put(struct adapter_call *call, const struct adapter_target *target,
                                const struct kept *kept, int64_t expected_version)
{
    struct buffer out = buffer_in(adapter_arena(call), 4096);
    struct json_writer writer = json_writer_on(&out);
    json_begin_object(&writer);
    json_member_text_if(&writer, "origin", kept->origin);
    json_member_text_if(&writer, "team", kept->team);
    json_member_text_if(&writer, "secret", kept->secret);
    json_name(&writer, TEXT("settings"));
    json_write_value(&writer, target->settings);
    json_end_object(&writer);
    const struct adapter_state_change change = {.value = buffer_text(&out),
                                                .expected_version = expected_version};
    return adapter_state_put(call, key_of(call, target->name), &change);
}

enum adapter_outcome kept_connect(struct adapter_call *call, const struct adapter_target *target,
                                  struct text origin, struct text secret)
{
    const struct kept kept = {.origin = origin, .team = target->team, .secret = secret};
    return put(call, target, &kept, -1);
}

enum adapter_outcome kept_forget(struct adapter_call *call, struct text target)
{
    const struct adapter_state_change change = {.expected_version = -1};
    return adapter_state_put(call, key_of(call, target), &change);
}

/* Put under the version that was read: a secret that somebody hands over meanwhile is not lost. */
enum adapter_outcome kept_note_settings(struct adapter_call *call, const struct adapter_target *target,
                                        const struct kept *kept)
{
    if (kept->settings != NULL && json_equal(kept->settings, target->settings))
        return ADAPTER_DONE;
    enum adapter_outcome outcome = put(call, target, kept, kept->version);
    return outcome == ADAPTER_CONFLICT ? ADAPTER_DONE : outcome; /* the next one notes them */
}

enum adapter_outcome kept_secret_for(struct adapter_call *call, const struct kept *kept,
                                     const struct vendor_description *description, struct text team,
                                     struct text *secret)
{
    *secret = TEXT_NONE;
    if (!description->uses_secret)
        return ADAPTER_DONE;
    if (kept->secret.base == NULL)
        return adapter_misconfigured(call, NULL, "the target is not connected: hand over the vendor's secret");
    /* Settings come from teams; whoever changes the host must not be sent what was given for another one. */
    if (!text_equal_ignoring_case(kept->origin, description->origin))
        return adapter_misconfigured(call, "/create/url",
                                     "the target was connected for another host: connect it again");
    /* A target that has gone leaves its secret behind; another team may have taken the name. */
    if (!text_equal(kept->team, team))
        return adapter_misconfigured(call, NULL, "the target was connected for another team: connect it again");
    *secret = kept->secret;
    return ADAPTER_DONE;
}
