/* Settings of a target, which come from whoever owns it: every reader says what it expected and where, and goes
 * on, so that all mistakes are found at once. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "base/outside_url.h"
#include "call.h"
#include "mistakes.h"
#include "json/json_pointer.h"

enum { MISTAKES_MAX = 64, SENTENCE_MAX = 256, URL_MAX = 2048, KNOWN_LISTED_MAX = 8 };

struct mistake {
    struct text path, sentence;
};

struct adapter_mistakes {
    struct arena *arena;
    struct mistake mistakes[MISTAKES_MAX];
    size_t count;
};

/* --- mistakes --- */

struct adapter_mistakes *adapter_mistakes_begin(struct adapter_call *call)
{
    struct adapter_mistakes *mistakes = ARENA_NEW(call->arena, struct adapter_mistakes);
    mistakes->arena = call->arena;
    return mistakes;
}

void adapter_mistake(struct adapter_mistakes *mistakes, struct text path, const char *format, ...)
{
    char sentence[SENTENCE_MAX + 5]; /* room for a whole character behind what is kept */
    va_list arguments;
    if (mistakes->count == MISTAKES_MAX)
        return;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    struct text whole = text_beginning(text_of(sentence), SENTENCE_MAX);
    mistakes->mistakes[mistakes->count++] = (struct mistake){
        arena_copy(mistakes->arena, path),
        text_is_printable(whole) ? arena_copy(mistakes->arena, whole) : TEXT("the value is not printable")};
}

enum adapter_outcome adapter_mistakes_end(struct adapter_call *call, const struct adapter_mistakes *mistakes)
{
    if (mistakes->count == 0)
        return ADAPTER_DONE;
    const struct mistake *first = &mistakes->mistakes[0];
    return adapter_misconfigured(call, first->path.base, "the settings%s%s: %s",
                                 first->path.length == 0 ? "" : " at ", first->path.base,
                                 first->sentence.base); /* copies of an arena end with a zero */
}

void mistakes_write(const struct adapter_mistakes *mistakes, struct buffer *out)
{
    struct json_writer writer = json_writer_on(out);
    json_begin_object(&writer);
    json_name(&writer, TEXT("mistakes"));
    json_begin_array(&writer);
    for (size_t i = 0; i < mistakes->count; i++) {
        json_begin_object(&writer);
        json_member_text(&writer, "path", mistakes->mistakes[i].path);
        json_member_text(&writer, "message", mistakes->mistakes[i].sentence);
        json_end_object(&writer);
    }
    json_end_array(&writer);
    json_end_object(&writer);
}

/* --- members --- */

struct adapter_settings adapter_settings_of(struct adapter_mistakes *mistakes, const struct json_value *object)
{
    return (struct adapter_settings){.mistakes = mistakes, .object = object, .path = TEXT("")};
}

struct text adapter_setting_path(const struct adapter_settings *settings, struct text name)
{
    struct buffer path = buffer_in(settings->mistakes->arena, settings->path.length + name.length + 8);
    buffer_append(&path, settings->path);
    json_pointer_append(&path, name);
    return buffer_text(&path);
}

static struct text path_to(const struct adapter_settings *settings, const char *name)
{
    return adapter_setting_path(settings, text_of(name));
}

const struct json_value *adapter_setting_value(struct adapter_settings *settings, const char *name)
{
    INVARIANT(settings->asked_count < ADAPTER_SETTINGS_MEMBERS_MAX);
    settings->asked[settings->asked_count++] = name;
    return json_member(settings->object, text_of(name));
}

static const struct json_value *take(struct adapter_settings *settings, const char *name,
                                     enum adapter_need need, enum json_kind kind, const char *expected)
{
    const struct json_value *value = adapter_setting_value(settings, name);
    if (value == NULL && need == ADAPTER_REQUIRED && settings->object != NULL)
        adapter_mistake(settings->mistakes, path_to(settings, name), "expected %s, and it is missing",
                        expected);
    if (value == NULL || value->kind == kind)
        return value;
    adapter_mistake(settings->mistakes, path_to(settings, name), "expected %s", expected);
    return NULL;
}

struct text adapter_setting_text(struct adapter_settings *settings, const char *name, enum adapter_need need,
                                 size_t longest)
{
    const struct json_value *value = take(settings, name, need, JSON_STRING, "a text");
    struct text text = json_string(value);
    if (value == NULL || (text.length != 0 && text.length <= longest && text_is_printable(text)))
        return text;
    adapter_mistake(settings->mistakes, path_to(settings, name), "expected 1 to %zu bytes of printable text",
                    longest);
    return TEXT_NONE;
}

bool adapter_url_is_usable(struct text url)
{
    return outside_url_is_usable(url);
}

struct text adapter_setting_url(struct adapter_settings *settings, const char *name, enum adapter_need need)
{
    struct text url = adapter_setting_text(settings, name, need, URL_MAX);
    if (url.base == NULL || adapter_url_is_usable(url))
        return url;
    adapter_mistake(settings->mistakes, path_to(settings, name),
                    "expected an https URL with a host, without user information and fragment");
    return TEXT_NONE;
}

int64_t adapter_setting_integer(struct adapter_settings *settings, const char *name, int64_t lowest,
                                int64_t highest, int64_t otherwise)
{
    const char *expected = arena_print(settings->mistakes->arena, "a whole number from %lld to %lld",
                                       (long long)lowest, (long long)highest)
                               .base;
    const struct json_value *value = take(settings, name, ADAPTER_OPTIONAL, JSON_NUMBER, expected);
    int64_t number;
    if (value == NULL)
        return otherwise;
    if (json_integer(value, &number) && number >= lowest && number <= highest)
        return number;
    adapter_mistake(settings->mistakes, path_to(settings, name), "expected %s", expected);
    return otherwise;
}

struct text adapter_setting_choice(struct adapter_settings *settings, const char *name, enum adapter_need need,
                                   const char *const *choices)
{
    const struct json_value *value = take(settings, name, need, JSON_STRING, "a text");
    SCOPED_BUFFER list = {0};
    if (value == NULL)
        return TEXT_NONE;
    for (size_t i = 0; choices[i] != NULL; i++) {
        if (text_is(json_string(value), choices[i]))
            return json_string(value);
        buffer_print(&list, "%s%s", i == 0 ? "" : choices[i + 1] == NULL ? " or " : ", ", choices[i]);
    }
    adapter_mistake(settings->mistakes, path_to(settings, name), "expected %.*s",
                    TEXT_ARGUMENTS(buffer_text(&list)));
    return TEXT_NONE;
}

struct adapter_settings adapter_setting_object(struct adapter_settings *settings, const char *name,
                                               enum adapter_need need)
{
    const struct json_value *value = take(settings, name, need, JSON_OBJECT, "an object");
    return (struct adapter_settings){
        .mistakes = settings->mistakes, .object = value, .path = path_to(settings, name)};
}

static bool was_asked_for(const struct adapter_settings *settings, struct text name)
{
    for (size_t i = 0; i < settings->asked_count; i++) {
        if (text_is(name, settings->asked[i]))
            return true;
    }
    return false;
}

/* What was meant, or what there is where that is little. */
static struct text known_instead(const struct adapter_settings *settings, struct text name)
{
    struct arena *arena = settings->mistakes->arena;
    struct text known[ADAPTER_SETTINGS_MEMBERS_MAX];
    struct buffer list = buffer_in(arena, 256);
    for (size_t i = 0; i < settings->asked_count; i++) {
        known[i] = text_of(settings->asked[i]);
        buffer_print(&list, "%s%s", i == 0 ? "; known: " : ", ", settings->asked[i]);
    }
    struct text nearest = nearest_name(arena, name, known, settings->asked_count);
    if (nearest.base != NULL)
        return arena_print(arena, "; did you mean \"%.*s\"?", TEXT_ARGUMENTS(nearest));
    return settings->asked_count != 0 && settings->asked_count <= KNOWN_LISTED_MAX ? buffer_text(&list)
                                                                                   : TEXT("");
}

void adapter_settings_end(struct adapter_settings *settings)
{
    const struct json_value *member = settings->object != NULL ? settings->object->first : NULL;
    for (; member != NULL; member = member->next) {
        if (!was_asked_for(settings, member->name))
            adapter_mistake(settings->mistakes, adapter_setting_path(settings, member->name),
                            "there is no such setting%.*s",
                            TEXT_ARGUMENTS(known_instead(settings, member->name)));
    }
}
