/* Annotations, one row each. What is not known here makes its policy deny when it decides: a newer gateway's
 * word must not be lost on an older one. */
#include "effect.h"

#include "policy/policy_book.h"

struct reading {
    struct arena *arena;
    struct policy_effect *effect;
    struct text value;
};

/* "60s", "5m", "1h", "1d" or bare seconds; none is no duration. */
static bool read_duration(struct text text, int64_t *seconds)
{
    bool is_number = text.length <= 9 && text_to_int64(text, seconds);
    return (is_number || text_to_seconds(text, seconds)) && *seconds > 0;
}

static bool read_id(struct reading *reading)
{
    for (size_t i = 0; i < reading->value.length; i++)
        if (reading->value.base[i] <= ' ' || reading->value.base[i] > '~')
            return false;
    return reading->value.length >= 1 && reading->value.length <= 128;
}

static bool read_nothing(struct reading *reading)
{
    (void)reading;
    return true;
}

/* What may stand in error_description and in a quoted parameter: RFC 6749 section 5.2. */
static bool is_quotable(struct text text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.base[i] < ' ' || text.base[i] > '~' || text.base[i] == '"' || text.base[i] == '\\')
            return false;
    return text.length != 0;
}

static bool read_reason(struct reading *reading)
{
    reading->effect->reason = reading->value;
    return is_quotable(reading->value) && reading->value.length <= POLICY_REASON_BYTES_MAX;
}

static bool read_maximum_lifetime(struct reading *reading)
{
    return read_duration(reading->value, &reading->effect->maximum_lifetime_s);
}

/* An empty one leaves no scope at all. */
static bool read_scopes(struct reading *reading)
{
    reading->effect->narrows_scopes = true;
    return scope_set_parse(reading->value, &reading->effect->scopes) == FAULT_NONE;
}

/* acr values parted by spaces, and max_age=DURATION among them. */
static bool read_step_up(struct reading *reading)
{
    struct text rest = reading->value, maximum_age = TEXT("max_age=");
    struct buffer values = buffer_in(reading->arena, rest.length + 1);
    reading->effect->needs_step_up = true;
    while (rest.length != 0) {
        struct text word = text_cut(&rest, ' ');
        if (text_starts_with(word, maximum_age)) {
            struct text age = {word.base + maximum_age.length, word.length - maximum_age.length};
            if (reading->effect->maximum_age_s != 0 || !read_duration(age, &reading->effect->maximum_age_s))
                return false;
            continue;
        }
        if (!is_quotable(word))
            return false;
        if (values.length != 0)
            buffer_append_byte(&values, ' ');
        buffer_append(&values, word);
    }
    reading->effect->acr_values = values.length == 0 ? TEXT_NONE : buffer_text(&values);
    return values.length <= POLICY_ACR_BYTES_MAX && (values.length != 0 || reading->effect->maximum_age_s != 0);
}

static bool read_has_effects(struct reading *reading)
{
    reading->effect->has_effects = true;
    return reading->value.length == 0;
}

static bool read_approval_kind(struct reading *reading)
{
    reading->effect->approval = reading->value;
    return is_quotable(reading->value) && reading->value.length <= POLICY_APPROVAL_BYTES_MAX;
}

static bool read_binding(struct reading *reading)
{
    if (text_is(reading->value, "mtls")) {
        reading->effect->needs_binding = true;
        return true;
    }
    reading->effect->not_available = TEXT("require_binding");
    return text_is(reading->value, "dpop");
}

static bool read_approval(struct reading *reading)
{
    reading->effect->not_available = TEXT("require_approval");
    return reading->value.length != 0;
}

/* Where one makes sense: on a permit alone, where something is given; on a forbid alone; on both. */
enum place { ON_PERMIT, ON_FORBID, ON_ANY };

static const struct row {
    const char *name;
    enum place place;
    bool (*read)(struct reading *reading);
    const char *expected;
} rows[] = {
    {"id", ON_ANY, read_id, "1 to 128 visible ASCII characters"},
    {"description", ON_ANY, read_nothing, ""},
    {"reason", ON_ANY, read_reason, "1 to 200 printable ASCII characters without quotation mark and backslash"},
    {"max_lifetime", ON_PERMIT, read_maximum_lifetime, "a duration such as \"60s\", \"5m\" or \"1h\""},
    {"narrow_scopes", ON_PERMIT, read_scopes, "scopes parted by single spaces, such as \"orders:read\""},
    {"require_step_up", ON_ANY, read_step_up,
     "acr values parted by spaces, max_age=DURATION, or both, such as \"urn:example:mfa max_age=5m\""},
    {"has_effects", ON_PERMIT, read_has_effects, "without a value"},
    {"approval", ON_FORBID, read_approval_kind,
     "1 to 64 printable ASCII characters without quotation mark and backslash"},
    {"require_binding", ON_PERMIT, read_binding, "\"dpop\" or \"mtls\""},
    {"require_approval", ON_PERMIT, read_approval, "the group that approves"},
};

struct text policy_annotation_nearest(struct text name)
{
    unsigned least = 4; /* more letters apart is another word */
    struct text nearest = TEXT_NONE;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned distance = text_distance(name, text_of(rows[i].name));
        if (distance < least && distance < name.length) {
            least = distance;
            nearest = text_of(rows[i].name);
        }
    }
    return nearest;
}

static const struct row *find_row(struct text name)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (text_is(name, rows[i].name))
            return &rows[i];
    return NULL;
}

static bool refuse(struct cedar_mistake *mistake, const struct cedar_policy *policy,
                   const struct cedar_annotation *annotation, struct text sentence)
{
    *mistake = (struct cedar_mistake){.source = policy->source, .span = annotation->span, .sentence = sentence};
    return false;
}

bool policy_effect_read(struct arena *arena, const struct cedar_policy *policy, struct policy_effect *effect,
                        struct cedar_mistake *mistake)
{
    for (size_t i = 0; i < policy->annotation_count; i++) {
        const struct cedar_annotation *annotation = &policy->annotations[i];
        const struct row *row = find_row(annotation->name);
        struct reading reading = {arena, effect, annotation->value};
        if (row == NULL) {
            if (effect->unknown.length == 0)
                effect->unknown = annotation->name;
            continue;
        }
        if (policy->is_forbid && row->place == ON_PERMIT)
            return refuse(mistake, policy, annotation,
                          arena_print(arena, "@%s has no meaning on a forbid, which gives nothing", row->name));
        if (!policy->is_forbid && row->place == ON_FORBID)
            return refuse(mistake, policy, annotation,
                          arena_print(arena, "@%s belongs on a forbid, which it would lift", row->name));
        if (!row->read(&reading))
            return refuse(mistake, policy, annotation,
                          arena_print(arena, "@%s must be %s", row->name, row->expected));
    }
    return true;
}
