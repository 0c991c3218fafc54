/* Arrays in settings, which the SDK's readers leave to adapters: bounded, and each element with its path. */
#ifndef KERBEROS_SETTING_LISTS_H
#define KERBEROS_SETTING_LISTS_H

#include "dragoman/adapter_tools.h"

enum { SETTING_TEXT_MAX = 1024 };

struct text_list {
    const struct text *texts;
    size_t count;
};

/* An array of one to so many elements and its path; object NULL where it is not there or is none. */
struct adapter_settings setting_array(struct adapter_settings *settings, const char *name,
                                      enum adapter_need need, size_t most);
/* Where the element of this number is. */
struct text setting_element_path(const struct adapter_settings *array, size_t number);
/* The element as settings of its own; object NULL where it is no object, which is a mistake then. */
struct adapter_settings setting_element(const struct adapter_settings *array, size_t number,
                                        const struct json_value *element);

/* Texts of 1 to 1024 printable bytes. mistake_of says what is wrong with one, or NULL; it may be NULL itself.
 */
struct text_list setting_texts(struct adapter_settings *settings, const char *name, size_t most,
                               const char *(*mistake_of)(struct text element), struct arena *arena);
bool text_list_has(const struct text_list *list, struct text text); /* exactly */
bool text_list_has_ignoring_case(const struct text_list *list, struct text text);

bool setting_switch(struct adapter_settings *settings, const char *name); /* false where it is not there */

#endif
