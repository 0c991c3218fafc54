/* Checks of what an adapter says of a target's settings, and of health. */
#include "expectations.h"

enum { DEPTH = 40 };

static const struct json_value *mistakes_of(struct trial *trial, struct text settings)
{
    const struct json_value *result = trial_result(trial, "validate", order_validate(trial, settings));
    const struct json_value *mistakes = json_member(result, TEXT("mistakes"));
    trial_expect(trial, mistakes != NULL && mistakes->kind == JSON_ARRAY, "the result has no list of mistakes");
    return trial->has_failed ? NULL : mistakes;
}

static void good_settings(struct trial *trial)
{
    trial_initialize(trial);
    const struct json_value *mistakes = mistakes_of(trial, trial->kit->settings);
    if (mistakes != NULL && mistakes->count != 0)
        trial_fail(trial, "%.*s: %.*s", TEXT_ARGUMENTS(json_text_of(mistakes->first, "path")),
                   TEXT_ARGUMENTS(json_text_of(mistakes->first, "message")));
}

static void bad_settings(struct trial *trial)
{
    trial_initialize(trial);
    const struct json_value *mistakes = mistakes_of(trial, trial->kit->bad_settings);
    trial_expect(trial, mistakes == NULL || mistakes->count != 0,
                 "it finds nothing wrong with the bad settings");
}

/* The member of an object or the element of an array that a step of a pointer names. */
static const struct json_value *step_into(const struct json_value *value, struct text step)
{
    char name[256];
    size_t length = 0;
    for (size_t i = 0; i < step.length && length < sizeof(name); i++) {
        char byte = step.base[i];
        if (byte == '~' && i + 1 < step.length)
            byte = step.base[++i] == '1' ? '/' : '~';
        name[length++] = byte;
    }
    if (value == NULL || value->kind != JSON_ARRAY)
        return value != NULL && value->kind == JSON_OBJECT ? json_member(value, (struct text){name, length})
                                                           : NULL;
    int64_t index = -1;
    const struct json_value *element = value->first;
    if (!text_to_int64(step, &index) || index < 0)
        return NULL;
    for (; element != NULL && index > 0; index--)
        element = element->next;
    return element;
}

static bool is_escaped_well(struct text pointer)
{
    for (size_t i = 0; i < pointer.length; i++)
        if (pointer.base[i] == '~' &&
            (i + 1 == pointer.length || (pointer.base[i + 1] != '0' && pointer.base[i + 1] != '1')))
            return false;
    return pointer.length == 0 || pointer.base[0] == '/';
}

/* Of a member that is missing the object that lacks it must be there. */
static bool points_into(const struct json_value *settings, struct text pointer)
{
    const struct json_value *value = settings;
    if (!is_escaped_well(pointer))
        return false;
    if (pointer.length == 0)
        return true;
    struct text rest = {pointer.base + 1, pointer.length - 1};
    while (rest.base != NULL) {
        if (value == NULL || (value->kind != JSON_OBJECT && value->kind != JSON_ARRAY))
            return false;
        value = step_into(value, text_cut(&rest, '/'));
    }
    return true;
}

static void expect_pointers(struct trial *trial, const struct json_value *mistakes,
                            const struct json_value *settings)
{
    for (const struct json_value *mistake = mistakes != NULL ? mistakes->first : NULL; mistake != NULL;
         mistake = mistake->next) {
        struct text path = json_text_of(mistake, "path");
        if (path.base == NULL || !points_into(settings, path))
            trial_fail(trial, "\"%.*s\" is no JSON pointer into the settings", TEXT_ARGUMENTS(path));
    }
}

static void pointers(struct trial *trial)
{
    trial_initialize(trial);
    expect_pointers(trial, mistakes_of(trial, trial->kit->bad_settings), trial->kit->bad_settings_value);
}

static void messages(struct trial *trial)
{
    trial_initialize(trial);
    const struct json_value *mistakes = mistakes_of(trial, trial->kit->bad_settings);
    for (const struct json_value *mistake = mistakes != NULL ? mistakes->first : NULL; mistake != NULL;
         mistake = mistake->next) {
        struct text message = json_text_of(mistake, "message");
        trial_expect(
            trial, message.length != 0 && message.length <= PROTOCOL_MESSAGE_MAX && text_is_printable(message),
            "the message of a mistake is to be a printable text of at most 512 bytes");
    }
}

/* The good settings with something changed: of the member with this index the value, or behind the last one
 * more. */
static struct text changed_settings(struct trial *trial, unsigned index, struct text json)
{
    struct buffer out = buffer_in(trial->arena, 256);
    unsigned count = 0;
    buffer_append_byte(&out, '{');
    for (const struct json_value *member = trial->kit->settings_value->first; member != NULL;
         member = member->next, count++) {
        struct json_writer value = json_writer_on(&out);
        if (count != 0)
            buffer_append_byte(&out, ',');
        json_write_text(&value, member->name);
        buffer_append_byte(&out, ':');
        value = json_writer_on(&out);
        if (count == index)
            buffer_append(&out, json);
        else
            json_write_value(&value, member);
    }
    if (index >= count)
        buffer_print(&out, "%s\"kit_unknown_member\":%.*s", count != 0 ? "," : "", TEXT_ARGUMENTS(json));
    buffer_append_byte(&out, '}');
    return buffer_text(&out);
}

static void unknown_members(struct trial *trial)
{
    const struct json_value *value = NULL;
    trial_initialize(trial);
    struct text settings = changed_settings(trial, 1u << 30, TEXT("[{\"a\":1}]"));
    const struct json_value *mistakes = mistakes_of(trial, settings);
    if (json_parse(trial->arena, settings, &json_limits_document, &value) == FAULT_NONE)
        expect_pointers(trial, mistakes, value);
}

static void wrong_types(struct trial *trial)
{
    static const char *const wrong[] = {"[[]]",  "{\"a\":{}}", "null",
                                        "1e300", "true",       "\"\\u0000\\ud83d\\ude00\""};
    trial_initialize(trial);
    for (unsigned i = 0; i < trial->kit->settings_value->count && i < 32; i++)
        for (size_t j = 0; j < sizeof(wrong) / sizeof(wrong[0]); j++)
            mistakes_of(trial, changed_settings(trial, i, text_of(wrong[j])));
}

static void empty_settings(struct trial *trial)
{
    trial_initialize(trial);
    mistakes_of(trial, TEXT("{}"));
}

static void deep_settings(struct trial *trial)
{
    struct buffer deep = buffer_in(trial->arena, 128);
    trial_initialize(trial);
    for (int i = 0; i < DEPTH / 2; i++)
        buffer_append_byte(&deep, '[');
    for (int i = 0; i < DEPTH / 2; i++)
        buffer_append_byte(&deep, ']');
    mistakes_of(trial, changed_settings(trial, 1u << 30, buffer_text(&deep)));
}

static void expect_health(struct trial *trial, bool has_target)
{
    const struct json_value *health = trial_result(trial, "health", order_health(trial, has_target));
    struct text status = json_text_of(health, "status"), message = json_text_of(health, "message");
    trial_expect(trial, text_is(status, "good") || text_is(status, "degraded") || text_is(status, "bad"),
                 "status is to be good, degraded or bad");
    trial_expect(trial, message.length <= PROTOCOL_MESSAGE_MAX && text_is_printable(message),
                 "message is to be printable, at most 512 bytes");
}

static void health(struct trial *trial)
{
    trial_initialize(trial);
    expect_health(trial, false);
}

static void health_of_target(struct trial *trial)
{
    trial_begin(trial);
    expect_health(trial, true);
}

const struct adapter_check validate_checks[] = {
    {"validate.good_settings", "validate", NEED_INITIALIZE, "finds no mistake in good settings", good_settings},
    {"validate.bad_settings", "validate", NEED_INITIALIZE | ONLY_BAD_SETTINGS, "finds mistakes in bad settings",
     bad_settings},
    {"validate.pointers", "validate", NEED_INITIALIZE | ONLY_BAD_SETTINGS,
     "says by JSON pointers where a mistake is", pointers},
    {"validate.messages", "validate", NEED_INITIALIZE | ONLY_BAD_SETTINGS, "says in words what a mistake is",
     messages},
    {"validate.unknown_members", "validate", NEED_INITIALIZE,
     "answers settings with a member that it does not know", unknown_members},
    {"validate.wrong_types", "validate", NEED_INITIALIZE, "answers settings with values of wrong types",
     wrong_types},
    {"validate.empty_settings", "validate", NEED_INITIALIZE, "answers settings that are empty", empty_settings},
    {"validate.deep_settings", "validate", NEED_INITIALIZE, "answers settings that are nested deeply",
     deep_settings},
    {"health.answers", "health", NEED_INITIALIZE, "says how it is", health},
    {"health.of_target", "health", NEED_MINT, "says how a target is", health_of_target},
    {.id = NULL},
};
