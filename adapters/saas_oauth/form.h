/* A form (application/x-www-form-urlencoded) while it is written, and the query of a URL. */
#ifndef SAAS_OAUTH_FORM_H
#define SAAS_OAUTH_FORM_H

#include "base/buffer.h"
#include "settings.h"

enum { FORM_SECRETS_MAX = 8 };

struct form {
    struct buffer out;
    struct text secrets[FORM_SECRETS_MAX]; /* values that no message may repeat */
    size_t secret_count;
};

struct form form_in(struct arena *arena);
/* An empty value is none (RFC 6749 section 3.1): nothing is written. */
void form_add(struct form *form, const char *name, struct text value);
void form_add_secret(struct form *form, const char *name, struct text value);
void form_add_pairs(struct form *form, const struct setting_pairs *pairs);

#endif
