/* How settings are called outside of files: limits.threads is DRAGOMAN__LIMITS__THREADS in the environment, and
 * store.postgres.answerTimeout is DRAGOMAN__STORE__POSTGRES__ANSWER_TIMEOUT: two underscores for each dot, one
 * before each capital letter. */
#ifndef CONFIG_SETTINGS_SETTING_NAMES_H
#define CONFIG_SETTINGS_SETTING_NAMES_H

#include "config/documents.h"

/* What a variable or a flag sets. */
struct setting_place {
    struct text source; /* as mistakes and origins call it: the variable, or "--set limits.threads" */
    struct text path, value;
};

/* Of a FILE_SETTING; false after adding a mistake. */
bool setting_place_find(struct documents *documents, const struct document_file *file,
                        struct setting_place *place);
struct text setting_variable(struct arena *arena, struct text path);

#endif
