/* Settings explained for people at a terminal, from the same rows as docs/reference/settings.md. What
 * `dragomand config --explain` prints. */
#ifndef CONFIG_SETTING_H
#define CONFIG_SETTING_H

#include <stdbool.h>

#include "base/buffer.h"

/* A table with a line per setting: default, range with its unit, one sentence. name chooses: NULL the settings
 * of kind: Gateway; a kind ("Target") its fields; a field ("limits.threads", "spec.limits.threads",
 * "Target.scopes") everything about that one, or its members as a table. false: there is none of that name, and
 * out says what to try. */
bool setting_explain(const char *name, struct buffer *out);

/* All of them as the manual page dragoman.yaml(5). */
void setting_manual_page(struct buffer *out);

#endif
