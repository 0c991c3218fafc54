/* The cookies of browsers: one is read by its name, and what is sent is for this host, this scheme and no
 * script (RFC 6265bis). Pure. */
#ifndef AUTHORIZATION_BROWSER_COOKIE_H
#define AUTHORIZATION_BROWSER_COOKIE_H

#include "base/arena.h"
#include "transport/request.h"

enum { BROWSER_COOKIE_BYTES_MAX = 4096, BROWSER_COOKIE_HEADERS_MAX = 32 };

#define BROWSER_COOKIE_INVITATION "__Host-dragoman-invitation"
#define BROWSER_COOKIE_SESSION    "__Host-dragoman-session"

/* Looks through one Cookie header; *found is how many of that name there were so far, *value the last. */
void browser_cookie_find(struct text header, struct text name, struct text *value, unsigned *found);
/* TEXT_NONE: there is none, there are two, or it is too long to be ours. */
struct text browser_cookie_read(const struct request *request, const char *name);
/* The value of Set-Cookie; an empty value takes the cookie away. */
struct text browser_cookie_set(struct arena *arena, const char *name, struct text value, int64_t max_age_s);

#endif
