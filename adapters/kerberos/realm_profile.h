/* What libkrb5 is configured with: a krb5.conf of our own that never was a file. It lies in a pipe, which
 * libkrb5 opens by its descriptor (an adapter may write no files), and can be read exactly once: one
 * krb5_context is kept for as long as the program runs, because all later ones share what the first has read.
 * Neither the system's krb5.conf nor anything of the environment has a say.
 *
 * To be opened before any other thread uses libkrb5, GSSAPI or the environment; once in a process. */
#ifndef KERBEROS_REALM_PROFILE_H
#define KERBEROS_REALM_PROFILE_H

#include "base/buffer.h"
#include "base/fault.h"

struct realm_profile;

struct realm_profile_options {
    struct text realm; /* capital letters, digits, dots and dashes */
    int listener;      /* the relay's, on 127.0.0.1: the only KDC that libkrb5 knows */
};

/* False with a sentence about what is wrong; then nothing is kept. */
MUST_USE bool realm_profile_open(const struct realm_profile_options *options, struct realm_profile **profile,
                                 const char **mistake);
/* Whether a context that is made now still finds the realm and its KDC. */
MUST_USE bool realm_profile_check(const struct realm_profile *profile, const char **mistake);
/* After every other use of libkrb5. NULL is fine. */
void realm_profile_close(struct realm_profile *profile);

/* The text alone; false where a name has anything in it that might be more than a name. */
MUST_USE bool realm_profile_write(const struct realm_profile_options *options, uint16_t port,
                                  struct buffer *out);

#endif
