/* Called by what reads the realm's and the targets' settings. What is wrong is left out of the list; the
 * mistake that was said keeps the rest from being used. */
#include "setting_lists.h"

#include <stdio.h>

struct adapter_settings setting_array(struct adapter_settings *settings, const char *name,
                                      enum adapter_need need, size_t most)
{
    const struct json_value *value = adapter_setting_value(settings, name);
    struct adapter_settings array = {.mistakes = settings->mistakes,
                                     .path = adapter_setting_path(settings, text_of(name))};
    if (value == NULL && (need == ADAPTER_OPTIONAL || settings->object == NULL))
        return array;
    if (value == NULL)
        adapter_mistake(array.mistakes, array.path, "expected an array, and it is missing");
    else if (value->kind != JSON_ARRAY || value->count == 0 || value->count > most)
        adapter_mistake(array.mistakes, array.path, "expected an array of 1 to %zu elements", most);
    else
        array.object = value;
    return array;
}

struct text setting_element_path(const struct adapter_settings *array, size_t number)
{
    char name[24];
    int length = snprintf(name, sizeof(name), "%zu", number);
    return adapter_setting_path(array, (struct text){name, (size_t)length});
}

struct adapter_settings setting_element(const struct adapter_settings *array, size_t number,
                                        const struct json_value *element)
{
    struct adapter_settings settings = {.mistakes = array->mistakes,
                                        .path = setting_element_path(array, number)};
    if (element->kind == JSON_OBJECT)
        settings.object = element;
    else
        adapter_mistake(array->mistakes, settings.path, "expected an object");
    return settings;
}

static const char *mistake_in(const struct json_value *element, const char *(*mistake_of)(struct text element))
{
    struct text text = json_string(element);
    if (text.length == 0 || text.length > SETTING_TEXT_MAX || !text_is_printable(text))
        return "expected 1 to 1024 bytes of printable text";
    return mistake_of != NULL ? mistake_of(text) : NULL;
}

struct text_list setting_texts(struct adapter_settings *settings, const char *name, size_t most,
                               const char *(*mistake_of)(struct text element), struct arena *arena)
{
    struct adapter_settings array = setting_array(settings, name, ADAPTER_OPTIONAL, most);
    if (array.object == NULL)
        return (struct text_list){0};
    struct text *texts = ARENA_ARRAY(arena, struct text, array.object->count);
    size_t count = 0, number = 0;
    for (const struct json_value *element = array.object->first; element != NULL; element = element->next) {
        const char *mistake = mistake_in(element, mistake_of);
        if (mistake != NULL)
            adapter_mistake(array.mistakes, setting_element_path(&array, number), "%s", mistake);
        else
            texts[count++] = json_string(element);
        number++;
    }
    return (struct text_list){texts, count};
}

bool text_list_has(const struct text_list *list, struct text text)
{
    size_t i = 0;
    while (i < list->count && !text_equal(list->texts[i], text))
        i++;
    return i < list->count;
}

bool text_list_has_ignoring_case(const struct text_list *list, struct text text)
{
    size_t i = 0;
    while (i < list->count && !text_equal_ignoring_case(list->texts[i], text))
        i++;
    return i < list->count;
}

bool setting_switch(struct adapter_settings *settings, const char *name)
{
    const struct json_value *value = adapter_setting_value(settings, name);
    if (value == NULL)
        return false;
    if (value->kind != JSON_BOOLEAN)
        adapter_mistake(settings->mistakes, adapter_setting_path(settings, text_of(name)),
                        "expected true or false");
    return value->boolean;
}
