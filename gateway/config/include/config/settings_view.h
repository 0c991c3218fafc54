/* The settings of a Gateway as they came out, with where each came from. What `dragomand config show` prints.
 * Secrets are names of files in them, never the secrets. */
#ifndef CONFIG_SETTINGS_VIEW_H
#define CONFIG_SETTINGS_VIEW_H

#include "config/documents.h"

struct settings_view {
    bool has_built_in; /* settings that nobody wrote, too */
    bool has_origins;
    bool is_json;
};

/* For a set with a Gateway document and without mistakes. The document that is written reads back as the same
 * settings, from any folder: file names in it are absolute. In JSON with origins it is a list instead, an
 * object with setting, value and origin for each. */
void settings_view_write(const struct documents *documents, const struct settings_view *view,
                         struct buffer *out);

#endif
